'use strict';
// A store in Node, by koffi over the functions of libremotestore.h, which is the manual. Records
// are those of the header, up to the field that is needed.
const koffi = require('koffi');
const { promisify } = require('node:util');

const ABI_VERSION = 6;
const END = 27;
const OVERWRITE = 1;

const lib = koffi.load(process.env.REMOTESTORE_LIBRARY || 'libremotestore.so.1');

const Evidence = koffi.struct('rstore_evidence', {
  status: 'int32_t', http_status: 'int32_t', attempts: 'int32_t', retryable: 'int32_t',
  message: 'char *', operation: 'char *', path: 'char *', backend: 'char *', s3_code: 'char *',
  request_id: 'char *', host_id: 'char *', capability: 'char *', upload_id: 'char *', detail: 'char *',
});
const Args = koffi.struct('rstore_args', {
  flags: 'uint32_t', page_size: 'uint32_t', offset: 'uint64_t', length: 'uint64_t', max_depth: 'int64_t',
  pattern: 'char *', pattern_len: 'size_t', metadata: 'void *', metadata_count: 'size_t',
});
const RawObject = koffi.struct('rstore_object', {
  owner: 'uint64_t', kind: 'int32_t', odd: 'int32_t', size: 'uint64_t', modified_ns: 'int64_t',
  path: 'void *', path_len: 'size_t', etag: 'void *', etag_len: 'size_t',
  content_type: 'void *', content_type_len: 'size_t', data: 'void *', data_len: 'size_t',
  metadata: 'void *', metadata_count: 'size_t', version_id: 'void *', version_id_len: 'size_t',
  digest_algorithm: 'void *', digest_algorithm_len: 'size_t', digest: 'void *', digest_len: 'size_t',
  upload_id: 'void *', upload_id_len: 'size_t', length: 'uint64_t',
});
const Page = koffi.struct('rstore_page', {
  owner: 'uint64_t', objects: 'void *', object_size: 'size_t', count: 'size_t',
});
const Stats = koffi.struct('rstore_stats_record', {
  live_handles: 'uint64_t', goroutines: 'uint64_t', cleanups: 'uint64_t', fast_lane: 'uint64_t', sdk_lane: 'uint64_t',
});

const abiVersion = lib.func('uint32_t rstore_abi_version()');
const statusName = lib.func('const char *rstore_status_name(int32_t status)');
const closeHandle = lib.func('int32_t rstore_close(uint64_t handle)');
const readStats = lib.func('int32_t rstore_stats(_Out_ rstore_stats_record *stats, size_t size)');
const readEvidence = lib.func(`
  int32_t rstore_error_evidence(uint64_t error, _Out_ rstore_evidence *evidence, size_t size)`);
const open = lib.func(`
  int32_t rstore_open(const void *url, size_t url_len, uint64_t options, _Out_ uint64_t *store, _Out_ uint64_t
  *error)`);
const get = lib.func(`
  int32_t rstore_get(uint64_t store, uint64_t ctx, const void *path, size_t path_len, const rstore_args *args,
  size_t args_size, _Out_ rstore_object *object, size_t object_size, _Out_ uint64_t *error)`);
const put = lib.func(`
  int32_t rstore_put(uint64_t store, uint64_t ctx, const void *path, size_t path_len, const void *data, size_t
  data_len, const rstore_args *args, size_t args_size, _Out_ rstore_object *object, size_t object_size, _Out_
  uint64_t *error)`);
const remove = lib.func(`
  int32_t rstore_delete(uint64_t store, uint64_t ctx, const void *path, size_t path_len, const void *args,
  size_t args_size, _Out_ uint64_t *error)`);
const listOpen = lib.func(`
  int32_t rstore_list_open(uint64_t store, const void *path, size_t path_len, const void *args, size_t
  args_size, _Out_ uint64_t *list, _Out_ uint64_t *error)`);
const listNext = lib.func(`
  int32_t rstore_list_next(uint64_t list, uint64_t ctx, _Out_ rstore_page *page, size_t page_size, _Out_
  uint64_t *error)`);

if (abiVersion() !== ABI_VERSION) {
  throw new Error(`the library has version ${abiVersion()} of its interface, not ${ABI_VERSION}`);
}

/** What a call failed with: `code`, such as "NOT_FOUND", and all of rstore_evidence in `evidence`. */
class RemoteStoreError extends Error {
  constructor(status, handle) {
    const evidence = {};
    readEvidence(handle, evidence, koffi.sizeof(Evidence));
    closeHandle(handle);
    super(evidence.message || statusName(status));
    this.code = statusName(status);
    this.evidence = evidence;
  }
}

function check(status, error) {
  if (status !== 0) throw new RemoteStoreError(status, error[0]);
}

// Pointer and length of a text or of bytes.
function bytes(value) {
  const buffer = Buffer.from(value);
  return [buffer.length ? buffer : null, buffer.length];
}

// A copy of memory of the library.
function copied(pointer, length) {
  return Buffer.from(length ? koffi.decode(pointer, 'uint8_t', length) : []);
}

function described(raw) {
  return { path: copied(raw.path, raw.path_len).toString(), size: Number(raw.size), folder: raw.kind === 2 };
}

// The rest of a call that fills an object: what `use` makes of it, which is closed.
function owned(status, error, raw, use) {
  check(status, error);
  try {
    return use(raw);
  } finally {
    closeHandle(raw.owner);
  }
}

const inFlight = new Set();

// Calls a function on a thread of koffi's. What it reads must not be collected meanwhile: koffi
// keeps only what it fills.
async function onThread(func, args) {
  inFlight.add(args);
  try {
    return await promisify(func.async)(...args);
  } finally {
    inFlight.delete(args);
  }
}

const contentOf = (raw) => copied(raw.data, raw.data_len);

/** A store, until close(). The calls with Async run on a thread of koffi's. */
class Store {
  constructor(url) {
    const store = [0n], error = [0n];
    check(open(...bytes(url), 0, store, error), error);
    this.handle = store[0];
  }

  #get(path, raw, error) {
    return [this.handle, 0, ...bytes(path), null, 0, raw, koffi.sizeof(RawObject), error];
  }

  #put(path, data, overwrite, raw, error) {
    const args = [{ flags: overwrite ? OVERWRITE : 0 }, koffi.sizeof(Args)]; // the rest is zeros
    return [this.handle, 0, ...bytes(path), ...bytes(data), ...args, raw, koffi.sizeof(RawObject), error];
  }

  /** Reads an object into a Buffer. */
  get(path) {
    const raw = {}, error = [0n];
    return owned(get(...this.#get(path, raw, error)), error, raw, contentOf);
  }

  async getAsync(path) {
    const raw = {}, error = [0n];
    return owned(await onThread(get, this.#get(path, raw, error)), error, raw, contentOf);
  }

  /** Writes an object, text or bytes; one that exists only with overwrite. */
  put(path, data, { overwrite = false } = {}) {
    const raw = {}, error = [0n];
    return owned(put(...this.#put(path, data, overwrite, raw, error)), error, raw, described);
  }

  async putAsync(path, data, { overwrite = false } = {}) {
    const raw = {}, error = [0n];
    return owned(await onThread(put, this.#put(path, data, overwrite, raw, error)), error, raw, described);
  }

  delete(path) {
    const error = [0n];
    check(remove(this.handle, 0, ...bytes(path), null, 0, error), error);
  }

  /** The objects and folders in a folder. */
  *list(path = '') {
    const list = [0n], error = [0n];
    check(listOpen(this.handle, ...bytes(path), null, 0, list, error), error);
    try {
      for (;;) {
        const page = {};
        const status = listNext(list[0], 0, page, koffi.sizeof(Page), error);
        if (status === END) return;
        check(status, error);
        try {
          for (let i = 0; i < page.count; i++) {
            yield described(koffi.decode(page.objects, i * Number(page.object_size), RawObject));
          }
        } finally {
          closeHandle(page.owner);
        }
      }
    } finally {
      closeHandle(list[0]);
    }
  }

  close() {
    closeHandle(this.handle);
  }
}

/** How many handles are open: for leak checks. */
function liveHandles() {
  const stats = {};
  readStats(stats, koffi.sizeof(Stats));
  return stats.live_handles;
}

module.exports = { Store, RemoteStoreError, liveHandles };
