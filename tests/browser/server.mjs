// A static host for dist/, under a path as deep as a real one might be.

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

export const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
};

/// Serves `directory` at `base` on a free port of this machine. With `compress` as most hosts do,
/// otherwise as the plainest would.
/// Where `clean`, `index.html` leads to the directory, as some hosts have it.
export async function serve({ directory = DIST, base = '/docs/demo/', compress = false, clean = false } = {}) {
  if (!existsSync(join(directory, 'index.html')) && directory === DIST) {
    throw new Error('There is no dist/ yet; `cargo xtask build` makes it.');
  }
  const compressed = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    const inside = path.startsWith(base) ? normalize(path.slice(base.length)) : '..';
    const wanted = join(directory, inside.endsWith('/') || inside === '.' ? 'index.html' : inside);
    const file = inside === '' ? join(directory, 'index.html') : wanted;
    if (clean && inside === 'index.html') {
      response.writeHead(308, { location: base }).end();
      return;
    }
    if (inside.startsWith('..') || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
      return;
    }
    const headers = {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      // The names of all files but the page itself change with their content.
      'cache-control': file.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable',
    };
    if (compress && /\bbr\b/.test(request.headers['accept-encoding'] ?? '')) {
      if (!compressed.has(file)) compressed.set(file, brotliCompressSync(readFileSync(file)));
      response.writeHead(200, { ...headers, 'content-encoding': 'br' }).end(compressed.get(file));
    } else {
      response.writeHead(200, headers);
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}${base}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
