//! The same as small.c by the crate object_store: one thread waits for each call, or
//! the tasks of tokio do.

use object_store::{aws::AmazonS3Builder, path::Path, ObjectStoreExt, PutPayload};
use std::{env, mem::zeroed, sync::Arc, time::Instant};

fn cpu() -> f64 {
    let mut used: libc::rusage = unsafe { zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut used) };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(used.ru_utime) + seconds(used.ru_stime)
}

async fn work(store: Arc<dyn object_store::ObjectStore>, what: String, count: usize) {
    let (path, data) = (Path::from("put/native"), PutPayload::from(vec![b'x'; 4096]));
    for _ in 0..count {
        let size = match what.as_str() {
            "get" => store.get(&path).await.unwrap().bytes().await.unwrap().len(),
            "head" => store.head(&path).await.unwrap().size as usize,
            _ => {
                store.put(&path, data.clone()).await.unwrap();
                4096
            }
        };
        assert_eq!(size, 4096);
    }
}

fn main() {
    let given: Vec<String> = env::args().collect();
    let (at_once, count): (usize, usize) = (given[3].parse().unwrap(), given[4].parse().unwrap());
    let store = AmazonS3Builder::new()
        .with_endpoint(&given[1])
        .with_allow_http(true)
        .with_bucket_name("bench")
        .with_region("us-east-1")
        .with_access_key_id("bench-access-key")
        .with_secret_access_key("bench-secret-key-0123456789")
        .build()
        .unwrap();
    let store: Arc<dyn object_store::ObjectStore> = Arc::new(store);
    let runtime = match at_once {
        1 => tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        _ => tokio::runtime::Runtime::new().unwrap(),
    };
    let run = |count: usize| {
        let tasks: Vec<_> = (0..at_once).map(|_| runtime.spawn(work(store.clone(), given[2].clone(), count))).collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        })
    };
    runtime.block_on(work(store.clone(), "put".into(), 1));
    run(100);
    let (used, begun) = (cpu(), Instant::now());
    run(count);
    let calls = (count * at_once) as f64;
    println!("{} {}", (cpu() - used) / calls * 1e6, begun.elapsed().as_secs_f64() / calls * 1e6);
}
