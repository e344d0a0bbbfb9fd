// Makes films through the page's dialog, and draws some of their pictures by themselves, for films.py to
// compare with.
//
//     films.mjs DIRECTORY

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { drawn, exporting, fill, made, ordered } from '../browser/films.mjs';
import { close } from '../browser/harness.mjs';

const [directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });

const ORDERS = [
  { name: 'both.gif', format: 'gif', what: 'both', from: 4, to: 7, speed: 1, rate: 25 },
  { name: 'dark.gif', format: 'gif', what: 'stage', from: 4, to: 6, speed: 0.5, rate: 10, theme: 'dark', again: false },
  { name: 'both.webm', format: 'webm', what: 'both', from: 4, to: 7, speed: 1, rate: 25, scale: 2 },
  { name: 'both.mp4', format: 'mp4', what: 'both', from: 4, to: 5, speed: 0.5, rate: 20, scale: 2 },
  { name: 'dark.webm', format: 'webm', what: 'stage', from: 4, to: 7, speed: 0.5, rate: 20, theme: 'dark' },
];

const page = await exporting();
const films = [];
for (const { name, ...choices } of ORDERS) {
  await fill(page, { caption: 'The bank is slow.', scale: 1, theme: 'light', again: true, ...choices });
  writeFileSync(join(directory, name), await made(page));
  const { plan, order } = await ordered(page);
  const pictures = {};
  for (const number of [Math.round(plan.frames / 3), plan.frames - 1]) {
    pictures[number] = `${name}-${number}.png`;
    writeFileSync(join(directory, pictures[number]), await drawn(page, number));
  }
  films.push({ ...plan, name, again: order.again, drawn: pictures });
}
writeFileSync(join(directory, 'films.json'), JSON.stringify({ films }));
await close();
