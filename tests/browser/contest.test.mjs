// Clients that compete for one row, as in "Exponential Backoff And Jitter".

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways } from './harness.mjs';
import { disclose, openPaused, section } from './gestures.mjs';

test('a scenario can be chosen, and shows what more clients cost under each formula', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('contention');
  await page.getByRole('heading', { name: 'clients → row' }).waitFor();
  const contest = await disclose(page, 'The more clients there are');
  const needed = contest.locator('figcaption').filter({ hasText: '190 clients need' });
  await needed.waitFor();
  const [, calls, seconds] = /need ([\d.]+) calls and ([\d.]+) s/.exec(await needed.textContent());
  // The published simulator: 1,772 calls and 7.4 s with full jitter.
  assert.ok(Math.abs(calls - 1772) < 60, calls);
  assert.ok(Math.abs(seconds - 7.4) < 1.2, seconds);
  const pictures = contest.getByRole('img');
  assert.equal(await pictures.count(), 2);
  assert.match(await pictures.first().getAttribute('aria-label'), /none \d+.*full jitter \d+/i);
  assert.equal(await contest.locator('.chosen').count(), 2);

  // Another formula is another line, and another sentence.
  const retries = section(page, 'Retry & backoff');
  await retries.getByRole('radio', { name: 'none', exact: true }).check();
  const dearer = contest.locator('figcaption').filter({ hasText: /190 clients need [78]\d{3} calls/ });
  await dearer.waitFor();
  assert.deepEqual(await axe(page), []);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await scrollsSideways(page), false);
  await page.close();
});
