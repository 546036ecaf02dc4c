//! Writes, reads, lists and deletes objects in the store of a URL, on this thread and another.
use libremotestore::{live_handles, Error, Store};
use std::{env, process, thread};

fn print(error: &Error) {
    let e = error.evidence();
    println!("error   {error}");
    println!(
        "        {}, {} requests, HTTP status {}, S3 code \"{}\", request id \"{}\"",
        e.backend, e.attempts, e.http_status, e.s3_code, e.request_id
    );
}

fn demo(store: &Store) -> Result<(), Error> {
    let written = store.put("demo/hello.txt", b"hello, world", true)?;
    println!("put     {}, {} bytes", written.path, written.size);
    println!("get     {}", String::from_utf8_lossy(&store.get("demo/hello.txt")?));
    for each in store.list("demo")? {
        println!("list    {}, {} bytes", each.path, each.size);
    }
    if let Err(error) = store.get("demo/missing.txt") {
        print(&error);
    }
    let read = thread::scope(|scope| {
        let worker = scope.spawn(|| {
            store.put("demo/worker.txt", b"hello, thread", true)?;
            store.get("demo/worker.txt")
        });
        worker.join().expect("the thread does not panic")
    })?;
    println!("worker  {}", String::from_utf8_lossy(&read));
    store.delete("demo/hello.txt")?;
    store.delete("demo/worker.txt")
}

fn main() {
    let url = env::args().nth(1).unwrap_or("memory://".to_string());
    if let Err(error) = Store::open(&url).and_then(|store| demo(&store)) {
        print(&error);
        process::exit(1);
    }
    println!("closed  {} handles are open", live_handles());
}
