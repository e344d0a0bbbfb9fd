// Which functions run when somebody opens the page and only looks: one digit for each, in the order
// of the module. `cargo xtask later` builds the page so that it writes them down.
//
//   node later.mjs DIRECTORY PLACE COUNT

import { launch } from './harness.mjs';
import { serve } from './server.mjs';

const [directory, place, count] = process.argv.slice(2);
const host = await serve({ directory });
const browser = await launch();
const ran = new Uint8Array(Number(count));

// As wide as screens are, in both themes, for people with and without a wish for less motion, on
// fast machines and slow ones.
const VISITS = [
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 820, height: 1180 }, colorScheme: 'dark' },
  { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 3 },
  { viewport: { width: 1440, height: 900 }, colorScheme: 'dark', slower: 8 },
  { viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce', deviceScaleFactor: 2 },
];

let first = true;
for (const { slower = 1, ...visit } of VISITS) {
  const page = await browser.newPage(visit);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await page.goto(host.url);
  await page.waitForFunction(() => !document.getElementById('start'));
  // Until the run has played to its end, which is in virtual seconds: longer than any visit.
  await page.waitForTimeout(first ? 75_000 : 5_000);
  first = false;
  // A window may change, and the theme with the hour.
  for (const width of [visit.viewport.width - 40, 900, 390]) {
    await page.setViewportSize({ width, height: 700 });
    await page.waitForTimeout(500);
  }
  await page.emulateMedia({ colorScheme: visit.colorScheme === 'dark' ? 'light' : 'dark' });
  await page.waitForTimeout(500);
  // Or the page is left for another, or for good.
  await page.evaluate(() => {
    for (const event of ['blur', 'focus', 'pagehide', 'beforeunload']) dispatchEvent(new Event(event));
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.waitForTimeout(500);
  const bytes = await page.evaluate(
    ([from, length]) => [...new Uint8Array(globalThis.halfOpenMemory.buffer, from, length)],
    [Number(place), Number(count)],
  );
  bytes.forEach((byte, index) => (ran[index] |= byte));
  await page.close();
}

console.log(ran.join(''));
await browser.close();
await host.close();
