// One slow dependency takes everything down, if nothing stops the waiting.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  described, disclose, dragSlider, lookAt, numbers, openPaused, panel, type,
} from './gestures.mjs';

/// Busy workers and the queue of `api`, as the stage is described.
async function api(page) {
  const words = await described(page);
  const [, busy, queue] = words.match(/api: (\d+) of 20 workers busy, queue (\d+) of 64\./);
  return { busy: Number(busy), queue: Number(queue) };
}

test('a timeout above the slow bank’s latency fills the queue of api', async () => {
  const page = await openPaused({ at: 8000 });
  assert.ok((await api(page)).queue < 5, 'the breaker keeps api free');

  await lookAt(page, 3500);
  await type(page, 'per attempt, as text', '10 s');
  await lookAt(page, 8000);
  const { busy, queue } = await api(page);
  assert.equal(busy, 20, 'every worker waits');
  assert.ok(queue > 32, `queue ${queue}`);
  assert.match(
    await page.locator('.story').textContent(),
    /The workers of api wait for bank: the queue fills, and one slow dependency/,
  );
  const service = { node: 1 };
  await lookAt(page, 8000, service);
  assert.equal(await panel(page).getByRole('heading', { level: 2 }).textContent(), 'api');
  const readings = await numbers(page, panel(page).locator('dl.readings').first());
  assert.equal(readings.busy, '20 of 20');
  assert.equal(readings.queue, `${queue} of 64`);
  page.assertQuiet();
  await page.close();
});

test('the queue fills while the slider is still held, and empties when it goes back', async () => {
  const page = await openPaused({ at: 8000 });
  const done = await disclose(page, 'What was done');
  await done.getByRole('switch', { name: /from the start/ }).check();
  const look = async () => ({ ...(await api(page)), ...(await numbers(page)) });
  const before = await look();
  const held = await dragSlider(page, 'per attempt', 0.8, look);
  assert.ok(held.queue > 32, `queue ${held.queue}`);
  assert.notEqual(held.p99, before.p99);
  assert.notEqual(held.success, before.success);
  assert.deepEqual(await look(), held, 'letting go changes nothing more');
  const back = await dragSlider(page, 'per attempt', 15 / 31, look);
  assert.deepEqual(back, before);
  page.assertQuiet();
  await page.close();
});
