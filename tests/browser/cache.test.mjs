// A cache that is flushed, the database behind it, and one fetch for all who want the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openPaused, panel, section } from './gestures.mjs';

test('a stampede is mended by one fetch for all, and says who had the answer', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('cache_stampede');
  await lookAt(page, 40_000, { node: 1 });
  const cache = section(page, 'Cache');
  const success = async () => parseFloat((await numbers(page)).success);
  const before = await success();
  assert.ok(before < 75, `${before} %`);
  assert.match(await cache.textContent(), /joined0/);

  await lookAt(page, 0, { node: 1 });
  const one = cache.getByRole('switch', { name: 'one fetch for all who ask' });
  await one.focus();
  await page.keyboard.press('Space');
  await still(page);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.equal(await one.isChecked(), false);
  await page.keyboard.press('Control+Shift+z');
  await still(page);
  assert.equal(await one.isChecked(), true);
  await lookAt(page, 40_000, { node: 1 });
  const after = await success();
  assert.ok(after > 98, `${after} %`);
  assert.doesNotMatch(await cache.textContent(), /joined0/);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  assert.deepEqual(await axe(page), []);

  // It can be flushed again, and healing is no matter: it strikes once.
  await section(page, 'Faults').getByRole('button', { name: 'flush the cache' }).click();
  await still(page);
  await lookAt(page, 42_000, { request: 9_000 });
  assert.match(await panel(page).textContent(), /from the cache|waits for what another fetches|api → database/);

  page.assertQuiet();
  await reload(page);
  await lookAt(page, 40_000, { node: 1 });
  assert.equal(await one.isChecked(), true, 'the link holds it');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});
