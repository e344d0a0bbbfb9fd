// Compares the hashes that the native program printed with those of the Wasm build, in Node and in
// Chromium: `node check.mjs DIRECTORY`, with native.txt and the bound module in DIRECTORY.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { launch } from '../browser/harness.mjs';
import { serve } from '../browser/server.mjs';

const MODULE = 'half_open_determinism';

const directory = resolve(process.argv[2]);
const native = readFileSync(join(directory, 'native.txt'), 'utf8').trim().split('\n');

compare('Node', await inNode());
compare('Chromium', await inChromium());

async function inNode() {
  const { initSync, case_hash } = await import(pathToFileURL(join(directory, `${MODULE}.js`)));
  initSync({ module: readFileSync(join(directory, `${MODULE}_bg.wasm`)) });
  return native.map((_, n) => hex(case_hash(n)));
}

async function inChromium() {
  const host = await serve({ directory, base: '/' });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    // Any page of the host will do: the module is imported from there.
    await page.goto(`${host.url}native.txt`);
    const hashes = await page.evaluate(
      async ([address, count]) => {
        const { default: start, case_hash } = await import(address);
        await start();
        return Array.from({ length: count }, (_, n) => BigInt.asUintN(64, case_hash(n)).toString());
      },
      [`${host.url}${MODULE}.js`, native.length],
    );
    return hashes.map((hash) => hex(BigInt(hash)));
  } finally {
    await browser.close();
    await host.close();
  }
}

function hex(hash) {
  return BigInt.asUintN(64, hash).toString(16).padStart(16, '0');
}

function compare(place, hashes) {
  const first = native.findIndex((hash, n) => hash !== hashes[n]);
  if (first >= 0) {
    console.error(
      `Case ${first} differs: ${native[first]} natively, ${hashes[first]} in ${place}.`,
    );
    process.exit(1);
  }
  console.log(`${native.length} cases are the same natively and in ${place}.`);
}
