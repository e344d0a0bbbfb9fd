// Hedged requests: the tail they cut, and the copies in the waterfall of a request.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openFound, openPaused, panel, section } from './gestures.mjs';

test('a hedge cuts the tail, and its copies are in the waterfall', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('hedged');
  await lookAt(page, 20_000, { edge: 0 });
  const chips = page.locator('.chips');
  assert.match(await chips.textContent(), /retry ×1›hedge ×2 after 95 %›breaker/);
  assert.equal(await chips.evaluate((row) => row.scrollWidth > row.clientWidth), false, 'cut off');
  const hedging = section(page, 'Hedging');
  assert.equal(await hedging.getByRole('slider', { name: 'percentile' }).count(), 1);
  const p99 = async () => (await numbers(page)).p99;
  const fast = await p99();
  assert.match(fast, / ms$/);

  // A copy that was faster.
  await openFound(page, 'overtaken');
  const falls = panel(page).getByRole('region', { name: /^Waterfall/ });
  await falls.waitFor();
  await still(page);
  assert.match(await falls.textContent(), /clients → api #1 copy/);
  assert.match(await falls.textContent(), /overtaken after/);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  assert.deepEqual(await axe(page), []);

  await lookAt(page, 0, { edge: 0 });
  await hedging.getByRole('slider', { name: 'copies in all' }).focus();
  await page.keyboard.press('Home');
  await still(page);
  assert.equal(await hedging.getByRole('slider').count(), 1, 'one copy has no other settings');
  assert.doesNotMatch(await chips.textContent(), /hedge/);
  await lookAt(page, 20_000, { edge: 0 });
  const number = (text) => parseFloat(text) * (text.endsWith(' s') ? 1_000 : 1);
  const slow = await p99();
  assert.ok(number(slow) > 1.5 * number(fast), `${slow} and ${fast}`);
  page.assertQuiet();
  await reload(page);
  assert.doesNotMatch(await chips.textContent(), /hedge/, 'the link holds it');
  await page.close();
});
