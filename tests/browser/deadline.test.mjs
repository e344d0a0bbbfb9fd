// A deadline on a call, what remains of it, and what becomes of work when services are told.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openPaused, panel, section } from './gestures.mjs';

const waterfall = (page) => panel(page).getByRole('region', { name: /^Waterfall/ });

test('a deadline that is passed on ends the work for nobody', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('deadline_propagation');
  const success = async () => parseFloat((await numbers(page)).success);
  await lookAt(page, 20_000, { edge: 0 });
  const before = await success();
  const chips = page.locator('.chips');
  assert.match(await chips.textContent(), /^deadline 500 ms›retry/);
  assert.equal(await chips.evaluate((row) => row.scrollWidth > row.clientWidth), false, 'cut off');
  assert.equal(await section(page, 'Deadline').getByRole('slider').count(), 1);

  for (const edge of [0, 1]) {
    await lookAt(page, 0, { edge });
    const told = section(page, 'Deadline').getByRole('switch', { name: 'passes the deadline on' });
    assert.equal(await told.isChecked(), false);
    await told.focus();
    await page.keyboard.press('Space');
    await still(page);
    await page.keyboard.press('Control+z');
    await still(page);
    assert.equal(await told.isChecked(), false);
    await page.keyboard.press('Control+Shift+z');
    await still(page);
    assert.equal(await told.isChecked(), true);
  }
  await lookAt(page, 20_000, { edge: 0 });
  const after = await success();
  assert.ok(after > before + 25, `${before} % and ${after} %`);

  page.assertQuiet();

  // A reload keeps both.
  await reload(page);
  await page.locator('dl.numbers').waitFor();
  assert.equal(await success(), after);
  assert.deepEqual(await axe(page), []);
  await page.close();
});

test('what remains of a deadline is a bar that shrinks', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('deadline_propagation');
  await lookAt(page, 7_000, { request: 480 });
  const began = await waterfall(page).locator('.falls .at').first().textContent();
  const at = parseFloat(began) * 1_000;
  const left = async (after) => {
    await lookAt(page, at + after, { request: 480 });
    const row = waterfall(page).locator('.falls').getByRole('button').first();
    assert.match(await row.textContent(), /left until the deadline/);
    const line = row.locator('line.left');
    const [x1, x2] = await line.evaluate((l) => ['x1', 'x2'].map((x) => parseFloat(l.getAttribute(x))));
    return x2 - x1;
  };
  const [early, late] = [await left(100), await left(300)];
  assert.ok(late < early * 0.6 && late > early * 0.3, `${early} and then ${late}`);
  await lookAt(page, at + 600, { request: 480 });
  assert.match(await waterfall(page).textContent(), /deadline after 500/);
  assert.equal(await waterfall(page).locator('.falls button').first().locator('line.left').count(), 0);
  page.assertQuiet();
  await page.close();
});
