'use strict';
// Writes, reads, lists and deletes objects in the store of a URL, on this thread and another.
const { Store, RemoteStoreError, liveHandles } = require('./remotestore.js');

function print(error) {
  const e = error.evidence;
  console.log(`error   ${error.code}: ${e.operation} ${e.path}: ${e.message}`);
  const answer = `HTTP status ${e.http_status}, S3 code "${e.s3_code}", request id "${e.request_id}"`;
  console.log(`        ${e.backend}, ${e.attempts} requests, ${answer}`);
}

async function use(store) {
  const written = store.put('demo/hello.txt', 'hello, world', { overwrite: true });
  console.log(`put     ${written.path}, ${written.size} bytes`);
  console.log(`get     ${store.get('demo/hello.txt')}`);
  for (const each of store.list('demo')) console.log(`list    ${each.path}, ${each.size} bytes`);
  try {
    store.get('demo/missing.txt');
  } catch (error) {
    print(error);
  }
  await store.putAsync('demo/worker.txt', 'hello, thread', { overwrite: true });
  console.log(`worker  ${await store.getAsync('demo/worker.txt')}`);
  store.delete('demo/hello.txt');
  store.delete('demo/worker.txt');
}

async function main() {
  const store = new Store(process.argv[2] || 'memory://');
  try {
    await use(store);
  } finally {
    store.close();
  }
  console.log(`closed  ${liveHandles()} handles are open`);
}

main().catch((error) => {
  if (!(error instanceof RemoteStoreError)) throw error;
  print(error);
  process.exitCode = 1;
});
