// A bulkhead: how much of it is taken, whom it rejects and why, and what becomes of the rest without it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openFound, openPaused, panel, section } from './gestures.mjs';

test('a bulkhead keeps a slow dependency apart, and says whom it rejects and why', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('bulkhead');
  await lookAt(page, 9_100, { edge: 2 });
  const chips = page.locator('.chips');
  assert.match(await chips.textContent(), /breaker –›bulkhead 5\/5›timeout 2 s$/);
  assert.equal(await chips.evaluate((row) => row.scrollWidth > row.clientWidth), false, 'cut off');
  // Whom it rejected, found by what rejected it, and why.
  await openFound(page, 'bulkhead');
  const falls = panel(page).getByRole('region', { name: /^Waterfall/ });
  assert.match(await falls.textContent(), /shop → reviews.*rejected by its bulkhead/);
  const rejected = falls.getByRole('button', { name: /rejected by its bulkhead/ });
  await rejected.click();
  await still(page);
  assert.match(
    await panel(page).textContent(),
    /by the bulkhead shop → reviews: 5 in flight \(limit 5\), 0 waiting \(limit 0\).*fault “slow ×50” on reviews/,
  );
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });

  await lookAt(page, 9_100, { edge: 2 });
  const parts = section(page, 'Bulkhead');
  const most = parts.getByRole('slider', { name: 'max in flight' });
  await most.focus();
  await page.keyboard.press('ArrowRight');
  await still(page);
  assert.match(await chips.textContent(), /bulkhead \d\/6/);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.match(await chips.textContent(), /bulkhead 5\/5/);


  // Without it, hardly anybody gets a page.
  const success = async () => {
    await lookAt(page, 11_900, { edge: 2 });
    return parseFloat((await numbers(page)).success);
  };
  await lookAt(page, 0, { edge: 2 });
  await most.focus();
  await page.keyboard.press('Home');
  await still(page);
  assert.equal(await parts.getByRole('slider').count(), 2);
  const without = await success();
  assert.ok(without < 60, `${without} %`);
  assert.doesNotMatch(await chips.textContent(), /bulkhead/);
  page.assertQuiet();
  await reload(page);
  assert.doesNotMatch(await chips.textContent(), /bulkhead/, 'the link holds it');
  assert.deepEqual(await axe(page), []);
  await page.close();
});
