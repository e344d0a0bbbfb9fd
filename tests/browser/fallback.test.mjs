// A fallback on a call: what a caller answers with once a call has failed for good.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, scrollsSideways, still } from './harness.mjs';
import { disclose, lookAt, numbers, openFound, openPaused, panel, section } from './gestures.mjs';

const shot = async (page, name) => {
  if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-${name}.png` });
};

const percent = (text) => Number(text.replace(' %', ''));

// A page that needs the reviews, which are slow from the fourth second on.
async function needy(options) {
  const page = await openPaused(options);
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('panels');
  await page.getByRole('heading', { name: 'clients → page' }).waitFor();
  await lookAt(page, 6_000, { edge: 2 });
  await disclose(page, 'What was done');
  await page.getByLabel('Turn knobs from the start of the run').check();
  await section(page, 'If all that fails').getByRole('radio', { name: 'required' }).check();
  await still(page);
  return page;
}

for (const theme of ['light', 'dark']) {
  test(`a static answer stands in for a panel that fails, and why? says so, ${theme}`, async () => {
    const page = await needy({ theme });
    const fails = section(page, 'If all that fails');
    const chips = page.locator('.chips');
    const before = await numbers(page);
    const fallback = fails.getByRole('group', { name: 'fallback' });
    await fallback.getByRole('radio', { name: 'nothing' }).focus();
    await page.keyboard.press('ArrowRight');
    await still(page);
    assert.equal(await fallback.getByRole('radio', { name: 'static' }).isChecked(), true);
    assert.match(await chips.textContent(), /^fallback static · \d+›retry/);
    assert.equal(await chips.evaluate((row) => row.scrollWidth > row.clientWidth), false, 'cut off');
    const after = await numbers(page);
    assert.ok(percent(after.degraded) > percent(before.degraded) + 20, after.degraded);
    await fallback.scrollIntoViewIfNeeded();
    await shot(page, theme);
    assert.deepEqual(await axe(page), []);

    await openFound(page, 'fell back');
    assert.match(await panel(page).textContent(), /Why did a call of request [0-9a-f]{4} fall back\?/);
    await openFound(page, 'degraded');
    const why = panel(page).locator('section').filter({ hasText: /Why is request [0-9a-f]{4} degraded\?/ });
    await why.waitFor();
    assert.match(await why.textContent(), /page answered 203 without reviews/);
    assert.match(await why.textContent(), /a static answer in place of reviews at/);
    assert.match(await why.textContent(), /fault “slow ×12” on reviews/);
    const falls = panel(page).getByRole('region', { name: /^Waterfall/ });
    assert.match(await falls.textContent(), /falls back on a static answer/);
    await shot(page, `why-${theme}`);
    assert.deepEqual(await axe(page), []);
    page.assertQuiet();
    await page.close();
  });
}

test('another service is named where there are several, and its line is said to be a fallback', async () => {
  const page = await needy();
  const fails = section(page, 'If all that fails');
  await fails.getByRole('radio', { name: 'other' }).check();
  await still(page);
  const chosen = fails.getByRole('combobox', { name: 'asks instead' });
  const names = await chosen.getByRole('option').allTextContents();
  assert.equal(names.includes('reviews'), false, 'not itself');
  const [last] = names.slice(-1);
  await chosen.selectOption(last);
  await still(page);
  assert.match(await page.locator('.chips').textContent(), new RegExp(`^fallback ${last} · \\d+›`));
  const number = names.indexOf(last) + 2;
  await lookAt(page, 6_000, { edge: number });
  await page.getByRole('heading', { name: `page → ${last}` }).waitFor();
  assert.match(await fails.textContent(), /Called only where reviews has failed\./);
  assert.equal(await fails.getByRole('radio', { name: 'optional' }).count(), 0);
  await shot(page, 'other');

  // Whoever is fallen back on cannot fall back on that one in turn.
  await fails.getByRole('radio', { name: 'other' }).check();
  await still(page);
  page.assertQuiet();
  await reload(page);
  await lookAt(page, 6_000, { edge: 2 });
  assert.match(await page.locator('.chips').textContent(), new RegExp(`fallback ${last} · `), 'the link holds it');
  await page.close();
});

test('side by side, what a failover answers is a share of its own', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('failover_overload');
  await page.getByRole('heading', { name: 'clients → gateway' }).waitFor();
  await lookAt(page, 12_000, { edge: 1 });
  assert.match(await page.locator('.chips').textContent(), /^fallback west · \d+›/);
  await shot(page, 'failover');
  await disclose(page, 'What was done');
  await page.getByLabel('Turn knobs from the start of the run').check();
  await page.keyboard.press('b');
  await still(page);
  await section(page, 'If all that fails').getByRole('radio', { name: 'nothing' }).check();
  await still(page);
  const row = panel(page).locator('.outcomes tr').filter({ hasText: 'degraded' });
  await row.waitFor();
  const [a, b, by] = await row.locator('td').allTextContents();
  assert.ok(percent(a) > 2, a);
  assert.equal(percent(b), 0);
  assert.equal(by, `−${a.replace(' %', ' points')}`);
  await row.scrollIntoViewIfNeeded();
  await shot(page, 'share');
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});

test('clients have no other service to ask, and on a phone everything is in sight', async () => {
  const page = await openPaused({ at: 6_000, selection: { edge: 0 } });
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  const fails = section(page, 'If all that fails');
  await fails.scrollIntoViewIfNeeded();
  assert.deepEqual(
    await fails.getByRole('group', { name: 'fallback' }).getByRole('radio').evaluateAll((all) => all.length),
    3,
  );
  await fails.getByRole('radio', { name: 'stale' }).check();
  await still(page);
  assert.match(await fails.textContent(), /Without a good answer before, the call has failed\./);
  assert.equal(await scrollsSideways(page), false);
  await fails.scrollIntoViewIfNeeded();
  await shot(page, 'phone');
  page.assertQuiet();
  await page.close();
});
