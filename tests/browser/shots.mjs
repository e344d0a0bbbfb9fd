// Takes the pictures in docs/shots/: `cargo xtask shots [NAME]…`

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { close, open } from './harness.mjs';

const DIRECTORY = fileURLToPath(new URL('../../docs/shots/', import.meta.url));

/// The moments worth a picture: what `open` takes, and what to do before the picture is taken.
const MOMENTS = [
  { name: 'start-light', theme: 'light' },
  { name: 'start-dark', theme: 'dark' },
  { name: 'start-phone', theme: 'light', width: 390, height: 844, touch: true },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !MOMENTS.some((moment) => moment.name === name));
if (unknown.length > 0) {
  const names = MOMENTS.map((moment) => moment.name).join(', ');
  console.error(`There is no picture “${unknown[0]}”; there are ${names}.`);
  process.exit(1);
}

await mkdir(DIRECTORY, { recursive: true });
for (const { name, act, ...options } of MOMENTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const page = await open(options);
  await act?.(page);
  await page.screenshot({ path: `${DIRECTORY}${name}.png`, animations: 'disabled' });
  await page.close();
  console.log(`docs/shots/${name}.png`);
}
await close();
