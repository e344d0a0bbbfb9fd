// Which functions run when the frame of an embed is opened, plays and is looked around in: one digit
// for each, in the order of the module. `cargo xtask later` builds it so that it writes them down.
//
//   node later-embed.mjs DIRECTORY PLACE COUNT

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './harness.mjs';
import { serve } from './server.mjs';

const [directory, place, count] = process.argv.slice(2);
const host = await serve({ directory });
const browser = await launch();
const ran = new Uint8Array(Number(count));

// The runs for which the first part has to be enough.
const document = await readFile(join(directory, 'embed/index.html'), 'utf8');
const first = /data-first="([^"]*)"/.exec(document)[1].split(' ');

// In frames of several widths, in both themes, for people with and without a wish for less motion.
const VISITS = [
  { viewport: { width: 700, height: 640 } },
  { viewport: { width: 320, height: 640 }, colorScheme: 'dark', deviceScaleFactor: 3 },
  { viewport: { width: 1000, height: 640 }, reducedMotion: 'reduce' },
];

/// Looks at everything that a run shows while it passes: a little later with each frame.
const passes = (page) => page.evaluate(async () => {
  const scrub = document.getElementById('scrub');
  for (let at = 0; at <= Number(scrub.max); at += 0.05) {
    scrub.value = at;
    scrub.dispatchEvent(new Event('input'));
    await new Promise(requestAnimationFrame);
  }
});

for (const scenario of first) {
  for (const visit of VISITS) {
    const page = await browser.newPage(visit);
    const origin = new URL(host.url).origin;
    const asked = new URLSearchParams({
      scenario, host: origin, controls: 'timeout,workers,jitter,attempts,breaker,backoff,rate', speed: 40,
    });
    await page.goto(`${host.url}embed/index.html#${asked}`);
    await page.waitForFunction(() => !document.getElementById('play').disabled);
    // Here the page around it is the page itself.
    const send = (message) => page.evaluate((message) => postMessage({ halfOpen: 1, id: 1, ...message }), message);
    for (const to of [0, 5, 12.5, 1.5]) {
      await send({ type: 'seek', to });
      await page.waitForTimeout(300);
    }
    await passes(page);
    await send({ type: 'play' });
    await page.waitForTimeout(3_000);
    await send({ type: 'pause' });
    await send({ type: 'state?' });
    await page.locator('#scrub').focus();
    await page.keyboard.press('ArrowRight');
    await page.setViewportSize({ width: 480, height: 600 });
    await page.emulateMedia({ colorScheme: visit.colorScheme === 'dark' ? 'light' : 'dark' });
    await page.waitForTimeout(300);
    const bytes = await page.evaluate(
      ([from, length]) => [...new Uint8Array(globalThis.halfOpenMemory.buffer, from, length)],
      [Number(place), Number(count)],
    );
    bytes.forEach((byte, index) => (ran[index] |= byte));
    await page.close();
  }
}

console.log(ran.join(''));
await browser.close();
await host.close();
