//! A store in Rust, over the functions of libremotestore.h, which is the manual.
mod abi;

use std::ffi::{c_char, c_void, CStr};
use std::mem::{size_of, zeroed};
use std::{error, fmt, ptr, slice};

/// What is known of a call that failed: `rstore_evidence`.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub status: i32,
    pub http_status: i32,
    pub attempts: i32,
    pub retryable: bool,
    pub name: String,
    pub message: String,
    pub operation: String,
    pub path: String,
    pub backend: String,
    pub s3_code: String,
    pub request_id: String,
}

/// What a call failed with.
#[derive(Debug, Clone)]
pub struct Error(Box<Evidence>);

impl Error {
    pub fn evidence(&self) -> &Evidence {
        &self.0
    }

    /// Takes over the handle.
    fn new(status: i32, handle: u64) -> Error {
        let _owner = Handle(handle);
        let mut evidence: abi::rstore_evidence = unsafe { zeroed() };
        unsafe { abi::rstore_error_evidence(handle, &mut evidence, size_of::<abi::rstore_evidence>()) };
        Error(Box::new(Evidence {
            status,
            http_status: evidence.http_status,
            attempts: evidence.attempts,
            retryable: evidence.retryable != 0,
            name: text(unsafe { abi::rstore_status_name(status) }),
            message: text(evidence.message),
            operation: text(evidence.operation),
            path: text(evidence.path),
            backend: text(evidence.backend),
            s3_code: text(evidence.s3_code),
            request_id: text(evidence.request_id),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let e = self.evidence();
        write!(f, "{}: {} {}: {}", e.name, e.operation, e.path, e.message)
    }
}

impl error::Error for Error {}

fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// A copy of memory of the library.
fn copied(pointer: *const c_void, length: usize) -> Vec<u8> {
    if length == 0 {
        return Vec::new();
    }
    unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length) }.to_vec()
}

/// The pointer of bytes. That of none is NULL: Rust's is no address, on which Go may end the process.
fn pointer<T>(bytes: &[u8]) -> *const T {
    if bytes.is_empty() {
        return ptr::null();
    }
    bytes.as_ptr().cast()
}

fn check(status: i32, error: u64) -> Result<(), Error> {
    if status == abi::OK {
        return Ok(());
    }
    Err(Error::new(status, error))
}

/// An object, or a folder in a listing.
#[derive(Debug, Clone)]
pub struct Entry {
    pub path: String,
    pub size: u64,
    pub folder: bool,
}

impl Entry {
    fn new(record: &abi::rstore_object) -> Entry {
        Entry {
            path: String::from_utf8_lossy(&copied(record.path.cast(), record.path_len)).into_owned(),
            size: record.size,
            folder: record.kind == abi::KIND_FOLDER,
        }
    }
}

/// A handle, closed when it is dropped.
struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {
        unsafe { abi::rstore_close(self.0) };
    }
}

/// A store, which any number of threads may use at once.
pub struct Store(Handle);

impl Store {
    pub fn open(url: &str) -> Result<Store, Error> {
        let found = unsafe { abi::rstore_abi_version() };
        assert_eq!(found, abi::ABI_VERSION, "the library has another interface");
        let (mut store, mut error) = (0, 0);
        let status = unsafe { abi::rstore_open(pointer(url.as_bytes()), url.len(), 0, &mut store, &mut error) };
        check(status, error)?;
        Ok(Store(Handle(store)))
    }

    /// Reads an object.
    pub fn get(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut object: abi::rstore_object = unsafe { zeroed() };
        let mut error = 0;
        let status = unsafe {
            abi::rstore_get(
                self.0 .0,
                0,
                pointer(path.as_bytes()),
                path.len(),
                ptr::null(),
                0,
                &mut object,
                size_of::<abi::rstore_object>(),
                &mut error,
            )
        };
        check(status, error)?;
        let _owner = Handle(object.owner);
        Ok(copied(object.data, object.data_len))
    }

    /// Writes an object; one that exists only with overwrite.
    pub fn put(&self, path: &str, data: &[u8], overwrite: bool) -> Result<Entry, Error> {
        let mut object: abi::rstore_object = unsafe { zeroed() };
        let mut args: abi::rstore_args = unsafe { zeroed() };
        let mut error = 0;
        args.flags = if overwrite { abi::OVERWRITE } else { 0 };
        let status = unsafe {
            abi::rstore_put(
                self.0 .0,
                0,
                pointer(path.as_bytes()),
                path.len(),
                pointer(data),
                data.len(),
                &args,
                size_of::<abi::rstore_args>(),
                &mut object,
                size_of::<abi::rstore_object>(),
                &mut error,
            )
        };
        check(status, error)?;
        let _owner = Handle(object.owner);
        Ok(Entry::new(&object))
    }

    pub fn delete(&self, path: &str) -> Result<(), Error> {
        let mut error = 0;
        let status = unsafe {
            abi::rstore_delete(
                self.0 .0,
                0,
                pointer(path.as_bytes()),
                path.len(),
                ptr::null(),
                0,
                &mut error,
            )
        };
        check(status, error)
    }

    /// The objects and folders in a folder.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, Error> {
        let (mut handle, mut error) = (0, 0);
        let status = unsafe {
            abi::rstore_list_open(
                self.0 .0,
                pointer(path.as_bytes()),
                path.len(),
                ptr::null(),
                0,
                &mut handle,
                &mut error,
            )
        };
        check(status, error)?;
        let list = Handle(handle);
        let mut entries = Vec::new();
        loop {
            let mut page: abi::rstore_page = unsafe { zeroed() };
            let status =
                unsafe { abi::rstore_list_next(list.0, 0, &mut page, size_of::<abi::rstore_page>(), &mut error) };
            if status == abi::END {
                return Ok(entries);
            }
            check(status, error)?;
            let _owner = Handle(page.owner);
            for i in 0..page.count {
                entries.push(Entry::new(unsafe { &*page.objects.byte_add(i * page.object_size) }));
            }
        }
    }
}

/// How many handles are open: for leak checks.
pub fn live_handles() -> u64 {
    let mut stats: abi::rstore_stats_record = unsafe { zeroed() };
    unsafe { abi::rstore_stats(&mut stats, size_of::<abi::rstore_stats_record>()) };
    stats.live_handles
}
