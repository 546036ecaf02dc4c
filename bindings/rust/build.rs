//! Links libremotestore.so, of the folder in REMOTESTORE_LIB_DIR if that is set.
use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=REMOTESTORE_LIB_DIR");
    println!("cargo:rustc-link-lib=dylib=remotestore");
    if let Ok(folder) = env::var("REMOTESTORE_LIB_DIR") {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
