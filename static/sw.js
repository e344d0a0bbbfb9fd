// Keeps the page for when there is no network: every file of one version, and never a mix of two. Only
// registered for those who ask for that; see offline.js. `cargo xtask build` writes the list.

const VERSION = '';
/// The path of each file, how many bytes it has, and its FNV-1a hash.
const FILES = [];

// Another copy of the page on the same host has its own.
const PREFIX = `half-open ${registration.scope} `;
const NAME = PREFIX + VERSION;
const place = (path) => new URL(path, registration.scope).href;

function hashed(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/// Whether this is the very file of this version: a host may be in the middle of an update.
async function isOf(answer, size, hash) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return bytes.length === size && hashed(bytes) === hash;
}

/// Puts a file into the new cache: from an older one, if it has not changed, or else from the host.
async function keep(cache, olds, [path, size, hash]) {
  const url = place(path);
  for (const old of olds) {
    const kept = await old.match(url);
    if (kept && await isOf(kept.clone(), size, hash)) return cache.put(url, direct(kept));
  }
  const answer = await fetch(url, { cache: 'no-cache' });
  if (!answer.ok || !await isOf(answer.clone(), size, hash)) throw new Error(`${path} is not of this version`);
  return cache.put(url, direct(answer));
}

/// What a host gave by way of a redirect (`index.html` to `/`, say), as if it had not: no browser opens a page from
/// the other.
const direct = (answer) => (answer.redirected ? new Response(answer.body, answer) : answer);

async function install() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  const olds = await Promise.all(names.map((name) => caches.open(name)));
  const cache = await caches.open(NAME);
  try {
    await Promise.all(FILES.map((file) => keep(cache, olds, file)));
  } catch (error) {
    // All or nothing; the browser tries again at the next visit.
    await caches.delete(NAME);
    throw error;
  }
}

async function clean() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  }
}

const known = new Set(FILES.map(([path]) => place(path)));

async function answer(request) {
  const url = new URL(request.url);
  url.hash = url.search = '';
  const wanted = url.href === registration.scope ? place('index.html') : url.href;
  const kept = known.has(wanted) && await (await caches.open(NAME)).match(wanted);
  // What is not part of the page is asked for, and is missing where there is no network.
  return kept || fetch(request).catch(() => new Response('Not found\n', { status: 404 }));
}

addEventListener('install', (event) => event.waitUntil(install()));
addEventListener('activate', (event) => event.waitUntil(clean()));
addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(registration.scope)) event.respondWith(answer(request));
});
// A page that wants the new version gets it if it is alone: no other one is to go on with files of two.
addEventListener('message', (event) => {
  if (event.data !== 'take over') return;
  const take = async () => {
    const all = await clients.matchAll({ type: 'window', includeUncontrolled: true });
    const others = all.filter(({ id, url }) => id !== event.source.id && url.startsWith(registration.scope));
    if (others.length > 0) event.source.postMessage({ others: others.length });
    else await skipWaiting();
  };
  event.waitUntil(take());
});
