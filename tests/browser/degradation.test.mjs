// Partial failure: a page does without what fails, and says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways, still } from './harness.mjs';
import { disclose, lookAt, numbers, openPaused, panel, section } from './gestures.mjs';

const story = (page) => page.locator('.story');
const percent = (text) => Number(text.replace(' %', ''));

async function panels(page, at = 6000, selection = { edge: 2 }) {
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('panels');
  await page.getByRole('heading', { name: 'clients → page' }).waitFor();
  await lookAt(page, at, selection);
}

for (const theme of ['light', 'dark']) {
  test(`a page goes on without a panel, and fails with it once it needs it, ${theme}`, async () => {
    const page = await openPaused({ theme });
    await panels(page);
    assert.match(await story(page).textContent(), /degradation, not failure: page does without reviews/);
    const before = await numbers(page);
    assert.ok(percent(before.degraded) > 25, before.degraded);
    assert.deepEqual(await axe(page), []);

    await disclose(page, 'What was done');
    await page.getByLabel('Turn knobs from the start of the run').check();
    const need = section(page, 'If all that fails');
    await need.getByRole('radio', { name: 'required' }).check();
    await still(page);
    const after = await numbers(page);
    assert.ok(percent(after.degraded) < percent(before.degraded) / 2, after.degraded);
    assert.ok(percent(after.success) < percent(before.success) + percent(before.degraded) - 10, after.success);
    assert.match(await page.locator('.chips').textContent(), /^retry/);
    await need.getByRole('radio', { name: 'optional' }).check();
    await still(page);
    assert.deepEqual(await numbers(page), before);
    page.assertQuiet();
    await page.close();
  });
}

test('why an answer is degraded leads to the panel that is slow', async () => {
  const page = await openPaused();
  await panels(page);
  await page.keyboard.press('/');
  await page.locator('#find:focus').waitFor();
  await page.keyboard.type('degraded');
  const found = page.getByRole('listbox', { name: 'Requests' }).getByRole('option');
  // What the first letters find is not what the whole word finds.
  await still(page);
  await found.first().waitFor();
  await page.keyboard.press('Enter');
  const why = panel(page).locator('section').filter({ hasText: /Why is request [0-9a-f]{4} degraded\?/ });
  await why.waitFor();
  assert.match(await why.textContent(), /page answered 203 without reviews/);
  assert.match(await why.textContent(), /fault “slow ×12” on reviews/);
  page.assertQuiet();
  await page.close();
});

test('on a phone six panels have names, and nothing lies beyond the edge', async () => {
  const page = await openPaused();
  await panels(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  assert.equal(await scrollsSideways(page), false);
  assert.match(await story(page).textContent(), /without reviews/);
  await page.close();
});
