// An outage that stays after its cause is gone, and the retry budget that ends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, still } from './harness.mjs';
import { lookAt, numbers, openPaused } from './gestures.mjs';

test('a retry budget ends an outage that stays after its cause is gone', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('metastable');
  await lookAt(page, 20_000, { edge: 0 });
  const story = page.locator('.story');
  assert.match(await story.textContent(), /api works for callers that have given up/);
  const goodput = async () => parseFloat((await numbers(page)).goodput);
  const budget = page.getByRole('combobox', { name: 'retry budget' }).first();
  assert.equal(await budget.inputValue(), 'none');
  await lookAt(page, 59_000, { edge: 0 });
  const down = await goodput();
  assert.ok(down < 25, `${down} per second of 140`);

  await lookAt(page, 20_000, { edge: 0 });
  await budget.selectOption('gRPC');
  await still(page);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.equal(await budget.inputValue(), 'none');
  await page.keyboard.press('Control+Shift+z');
  await still(page);
  assert.equal(await budget.inputValue(), 'gRPC');
  await lookAt(page, 59_000, { edge: 0 });
  const mended = await goodput();
  assert.ok(mended > 60, `${mended} per second of 140, of which none in the first twenty seconds`);
  assert.deepEqual(await axe(page), []);

  page.assertQuiet();
  await page.close();
});
