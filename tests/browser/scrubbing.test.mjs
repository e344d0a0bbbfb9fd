// Looking at any moment, from wherever one comes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { still } from './harness.mjs';
import {
  clock, leave, lookAt, milliseconds, narrated, numbers, onTimeline, openPaused, panel, pixels,
} from './gestures.mjs';

/// Moments in milliseconds: calm, slow, open, half-open, closed again, a lost response.
const MOMENTS = [0, 137, 2500, 4000, 4362, 5100, 6400, 6500, 8700, 9000, 11_000, 12_400, 14_300];

/// All that can be seen of a moment.
async function seen(page) {
  const canvases = await pixels(page);
  const settings = await panel(page).ariaSnapshot();
  return { canvases, t: await clock(page), numbers: await numbers(page), settings };
}

/// Drags the playhead there, over everything between.
async function scrub(page, ms) {
  const { x, y } = await onTimeline(page, ms);
  await page.mouse.move(x, y, { steps: 3 });
  await still(page);
}

async function grip(page, ms) {
  const { x, y } = await onTimeline(page, ms);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await still(page);
}

test('a moment looks the same to the pixel, from wherever one comes', async () => {
  const page = await openPaused();
  await grip(page, 1000);
  const first = new Map();
  for (const at of MOMENTS) {
    await scrub(page, at);
    first.set(at, await seen(page));
    assert.ok(Math.abs((await milliseconds(page)) - at) < 30, `the playhead is at ${at} ms`);
  }
  const pictures = [...first.values()].map(({ canvases }) => canvases.join());
  assert.equal(new Set(pictures).size, MOMENTS.length, 'every moment has its own picture');

  const shuffled = [...MOMENTS].sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009));
  for (const at of [...MOMENTS].reverse().concat(shuffled)) {
    await scrub(page, at);
    assert.deepEqual(await seen(page), first.get(at), `at ${at} ms`);
  }

  // Having played over it changes nothing.
  await page.mouse.up();
  await leave(page);
  await page.getByRole('slider', { name: 'speed' }).fill('14');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('.clock').textContent > '0:16');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.keyboard.press('Home');
  await grip(page, 1000);
  for (const at of MOMENTS) {
    await scrub(page, at);
    assert.deepEqual(await seen(page), first.get(at), `at ${at} ms, after playing`);
  }
  await page.mouse.up();
  page.assertQuiet();
  await page.close();
});

test('one step back undoes one step forth, by event and by request', async () => {
  const page = await openPaused({ at: 4361.9 });
  const button = (name) => page.getByRole('button', { name, exact: true });
  for (const name of ['event', 'request']) {
    const trail = [];
    for (let steps = 0; steps < 5; steps += 1) {
      await button(`Next ${name}`).click();
      await still(page);
      trail.push({ t: await clock(page), told: await narrated(page), see: await pixels(page) });
    }
    assert.equal(new Set(trail.map(({ see }) => see.join())).size, 5, `five ${name}s`);
    trail.pop();
    for (const before of trail.reverse()) {
      await button(`Previous ${name}`).click();
      await still(page);
      const now = { t: await clock(page), told: await narrated(page), see: await pixels(page) };
      assert.deepEqual(now, before);
    }
  }
  await lookAt(page, 4361.9);
  await page.keyboard.press('ArrowRight');
  await still(page);
  const byKey = await pixels(page);
  await lookAt(page, 4361.9);
  await button('Next event').click();
  await leave(page);
  assert.deepEqual(await pixels(page), byKey, 'keys do what buttons do');
  page.assertQuiet();
  await page.close();
});

test('zooming and moving the time axis leaves the moment alone', async () => {
  const page = await openPaused({ at: 5000 });
  const before = await pixels(page);
  await page.getByRole('button', { name: 'Show less time' }).click();
  const [stage, ground] = await pixels(page);
  assert.equal(stage, before[0]);
  assert.notEqual(ground, before[1]);
  await page.getByRole('button', { name: 'fit' }).click();
  await page.getByRole('button', { name: 'fit' }).click();
  await leave(page);
  assert.deepEqual(await pixels(page), before);
  assert.equal(await clock(page), '0:05.000');
  page.assertQuiet();
  await page.close();
});

test('a list of finished requests says of how many, and how long each took', async () => {
  const page = await openPaused({ at: 8000 });
  await page.locator('dl.numbers button').first().click();
  await still(page);
  const words = await panel(page).locator('header p').textContent();
  const [, all] = words.match(/^50 of (\d+) up to 8\.000 s/);
  assert.ok(Number(all) > 100);
  const took = await panel(page).locator('.events td.took').allTextContents();
  assert.equal(took.length, 50);
  assert.ok(took.every((text) => /^<?\d+(\.\d)? m?s$/.test(text)), took.join());
  page.assertQuiet();
  await page.close();
});

test('the words beside the pointer do not outlive what they were about', async () => {
  const page = await openPaused({ at: 8000 });
  const [, , without] = await pixels(page);
  const { x, y } = await onTimeline(page, 6000, 38);
  await page.mouse.move(x, y);
  await still(page);
  assert.notEqual((await pixels(page))[2], without, 'there are words');
  await page.mouse.wheel(0, -240);
  await still(page);
  const zoomed = await pixels(page);
  await leave(page);
  assert.deepEqual(await pixels(page), zoomed);
  page.assertQuiet();
  await page.close();
});
