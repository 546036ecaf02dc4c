//! The functions and records of libremotestore.h that lib.rs needs; records up to the field that
//! is needed.
#![allow(dead_code)]
use std::ffi::{c_char, c_void};

pub const ABI_VERSION: u32 = 6;
pub const OK: i32 = 0;
pub const END: i32 = 27;
pub const OVERWRITE: u32 = 1;
pub const KIND_FOLDER: i32 = 2;

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct rstore_evidence {
    pub status: i32,
    pub http_status: i32,
    pub attempts: i32,
    pub retryable: i32,
    pub message: *const c_char,
    pub operation: *const c_char,
    pub path: *const c_char,
    pub backend: *const c_char,
    pub s3_code: *const c_char,
    pub request_id: *const c_char,
    pub host_id: *const c_char,
    pub capability: *const c_char,
    pub upload_id: *const c_char,
    pub detail: *const c_char,
}

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct rstore_args {
    pub flags: u32,
    pub page_size: u32,
    pub offset: u64,
    pub length: u64,
    pub max_depth: i64,
    pub pattern: *const c_char,
    pub pattern_len: usize,
    pub metadata: *const c_void,
    pub metadata_count: usize,
}

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct rstore_object {
    pub owner: u64,
    pub kind: i32,
    pub odd: i32,
    pub size: u64,
    pub modified_ns: i64,
    pub path: *const c_char,
    pub path_len: usize,
    pub etag: *const c_char,
    pub etag_len: usize,
    pub content_type: *const c_char,
    pub content_type_len: usize,
    pub data: *const c_void,
    pub data_len: usize,
    pub metadata: *const c_void,
    pub metadata_count: usize,
    pub version_id: *const c_char,
    pub version_id_len: usize,
    pub digest_algorithm: *const c_char,
    pub digest_algorithm_len: usize,
    pub digest: *const c_char,
    pub digest_len: usize,
    pub upload_id: *const c_char,
    pub upload_id_len: usize,
    pub length: u64,
}

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct rstore_page {
    pub owner: u64,
    pub objects: *const rstore_object,
    pub object_size: usize,
    pub count: usize,
}

#[repr(C)]
#[allow(non_camel_case_types)]
pub struct rstore_stats_record {
    pub live_handles: u64,
    pub goroutines: u64,
    pub cleanups: u64,
    pub fast_lane: u64,
    pub sdk_lane: u64,
}

extern "C" {
    pub fn rstore_abi_version() -> u32;
    pub fn rstore_status_name(status: i32) -> *const c_char;
    pub fn rstore_close(handle: u64) -> i32;
    pub fn rstore_stats(stats: *mut rstore_stats_record, size: usize) -> i32;
    pub fn rstore_error_evidence(error: u64, evidence: *mut rstore_evidence, size: usize) -> i32;
    pub fn rstore_open(url: *const c_char, url_len: usize, options: u64, store: *mut u64, error: *mut u64) -> i32;
    pub fn rstore_get(
        store: u64,
        ctx: u64,
        path: *const c_char,
        path_len: usize,
        args: *const rstore_args,
        args_size: usize,
        object: *mut rstore_object,
        object_size: usize,
        error: *mut u64,
    ) -> i32;
    pub fn rstore_put(
        store: u64,
        ctx: u64,
        path: *const c_char,
        path_len: usize,
        data: *const c_void,
        data_len: usize,
        args: *const rstore_args,
        args_size: usize,
        object: *mut rstore_object,
        object_size: usize,
        error: *mut u64,
    ) -> i32;
    pub fn rstore_delete(
        store: u64,
        ctx: u64,
        path: *const c_char,
        path_len: usize,
        args: *const rstore_args,
        args_size: usize,
        error: *mut u64,
    ) -> i32;
    pub fn rstore_list_open(
        store: u64,
        path: *const c_char,
        path_len: usize,
        args: *const rstore_args,
        args_size: usize,
        list: *mut u64,
        error: *mut u64,
    ) -> i32;
    pub fn rstore_list_next(list: u64, ctx: u64, page: *mut rstore_page, page_size: usize, error: *mut u64) -> i32;
}
