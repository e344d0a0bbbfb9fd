// What was done to a run: made, changed, taken away, taken back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { still } from './harness.mjs';
import {
  disclose, dragOnTimeline, dragSlider, lookAt, numbers, onTimeline, openPaused, panel, pixels,
  read, saved, section, type,
} from './gestures.mjs';

/// How far below the top of the timeline the bars of faults are.
const FAULTS = 36;

const undo = (page) => page.getByRole('button', { name: 'Undo' });
const redo = (page) => page.getByRole('button', { name: 'Redo' });

/// Every change that is listed, in words.
async function done(page) {
  const list = (await disclose(page, 'What was done')).locator('ol.done button.ink');
  await still(page);
  return list.allTextContents();
}

/// The slow bank, as a file has it.
async function slowBank(page) {
  const { interventions } = await saved(page);
  const { at, change } = interventions.find(({ change }) => change.fault?.on === 'bank');
  return { at, lasts: change.fault.lasts };
}

test('what was done can be undone and redone, with keys and with buttons', async () => {
  const page = await openPaused({ at: 3000 });
  assert.equal(await undo(page).isDisabled(), true);
  const before = { see: await pixels(page), file: await saved(page) };
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await type(page, 'attempts, as text', '5');
  const after = { see: await pixels(page), file: await saved(page) };
  assert.notDeepEqual(after.see, before.see);
  assert.equal(after.file.interventions.length, before.file.interventions.length + 2);

  const same = async (other, words) => {
    assert.deepEqual(await pixels(page), other.see, words);
    assert.deepEqual(await saved(page), other.file, words);
  };
  await page.locator('body').press('Control+z');
  await page.locator('body').press('Control+z');
  await same(before, 'two steps back with keys');
  assert.equal(await undo(page).isDisabled(), true);
  await page.locator('body').press('Control+Shift+Z');
  await page.locator('body').press('Control+y');
  await same(after, 'two steps forth with keys');
  assert.equal(await redo(page).isDisabled(), true);
  await undo(page).click();
  await undo(page).click();
  await same(before, 'two steps back with buttons');
  await redo(page).click();
  await redo(page).click();
  await same(after, 'two steps forth with buttons');

  // Going back and doing something else forgets what was undone.
  await undo(page).click();
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Hold open' }).click();
  await still(page);
  assert.equal(await redo(page).isDisabled(), true);
  page.assertQuiet();
  await page.close();
});

test('dragging a knob is one step to undo, and changes the future while it is held', async () => {
  const page = await openPaused({ at: 3500 });
  const before = { see: await pixels(page), file: await saved(page) };
  const during = await dragSlider(page, 'per attempt', 0.7, async () => ({
    tracks: (await pixels(page))[1],
    undo: await undo(page).isDisabled(),
  }));
  assert.notEqual(during.tracks, before.see[1], 'the timeline, while the slider is held');
  assert.equal((await pixels(page))[1], during.tracks);
  assert.match((await done(page)).join(), /api → bank: per attempt \d/);
  await page.locator('body').press('Control+z');
  assert.deepEqual(await pixels(page), before.see);
  assert.deepEqual(await saved(page), before.file);
  assert.equal(await undo(page).isDisabled(), true, 'one step');

  // With the switch, the numbers of the present change too.
  await lookAt(page, 9000);
  const now = await numbers(page);
  const details = await disclose(page, 'What was done');
  await details.getByRole('switch', { name: /from the start/ }).check();
  const held = await dragSlider(page, 'per attempt', 0.1, () => numbers(page));
  assert.notEqual(held.success, now.success);
  assert.deepEqual(await numbers(page), held);
  page.assertQuiet();
  await page.close();
});

test('a fault’s bar is dragged, stretched, selected and removed on the timeline', async () => {
  const page = await openPaused({ at: 1000 });
  assert.deepEqual(await slowBank(page), { at: '4 s', lasts: '5 s' });
  const before = (await pixels(page))[1];

  const held = await dragOnTimeline(page, 6000, 8000, FAULTS, async () => (await pixels(page))[1]);
  assert.notEqual(held, before, 'it moves while it is held');
  assert.deepEqual(await slowBank(page), { at: '6 s', lasts: '5 s' });

  await dragOnTimeline(page, 10_990, 14_000, FAULTS);
  const { at, lasts } = await slowBank(page);
  assert.equal(at, '6 s');
  assert.ok(Math.abs(Number.parseFloat(lasts) - 8) < 0.05, `it lasts ${lasts}`);
  assert.match(await read(page, section(page, 'Selected change')), /bank: slow ×7/);

  await undo(page).click();
  await undo(page).click();
  assert.deepEqual(await slowBank(page), { at: '4 s', lasts: '5 s' });
  assert.equal(await undo(page).isDisabled(), true, 'a step for each drag');

  const { x, y } = await onTimeline(page, 6000, FAULTS);
  await page.mouse.click(x, y);
  await page.mouse.move(2, 2);
  await still(page);
  assert.match(await read(page, section(page, 'Selected change')), /bank: slow ×7/);
  await page.keyboard.press('Delete');
  await still(page);
  assert.deepEqual(await done(page), ['clients → api: lose next response']);
  assert.equal(await section(page, 'Selected change').count(), 0);
  assert.notEqual((await pixels(page))[1], before);
  await undo(page).click();
  assert.equal((await pixels(page))[1], before);
  page.assertQuiet();
  await page.close();
});

test('every kind of change is listed, and can be moved, changed and removed there', async () => {
  const page = await openPaused({ at: 2000 });
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await type(page, 'base, as text', '50 ms');
  const faults = section(page, 'Faults');
  await faults.getByRole('button', { name: 'partition' }).click();
  await lookAt(page, 2500, { node: 0 });
  await panel(page).getByRole('button', { name: 'Everyone at once' }).click();
  await panel(page).locator('form.composer').getByRole('button', { name: 'Send' }).click();
  const all = [
    'api → bank: breaker tripped',
    'api → bank: base 50 ms',
    'api → bank: partition',
    '100 requests at once',
    'client 0: POST /api/payments, key abc-123',
    'bank: slow ×7',
    'clients → api: lose next response',
  ];
  assert.deepEqual(await done(page), all);

  const list = (await disclose(page, 'What was done')).locator('ol.done');
  const field = async (name, value) => {
    await list.getByRole('textbox', { name, exact: true }).fill(value);
    await list.getByRole('textbox', { name, exact: true }).press('Enter');
    await still(page);
  };
  await field('Size of “bank: slow ×7”', '3');
  await field('Duration of “bank: slow ×3”', '2 s');
  await field('Time of “bank: slow ×3”', '1.5 s');
  assert.deepEqual(await slowBank(page), { at: '1500 ms', lasts: '2 s' });
  await field('Value of “api → bank: base 50 ms”', '80 ms');
  const now = await done(page);
  assert.deepEqual(now.slice(0, 3), [
    'bank: slow ×3', 'api → bank: breaker tripped', 'api → bank: base 80 ms',
  ]);

  for (const words of now) {
    await list.getByRole('button', { name: `Remove “${words}”` }).click();
    await still(page);
  }
  assert.deepEqual(await done(page), []);
  assert.match(await read(page, await disclose(page, 'What was done')), /Nothing yet/);
  for (let steps = 0; steps < now.length; steps += 1) await undo(page).click();
  assert.deepEqual(await done(page), now);
  page.assertQuiet();
  await page.close();
});

test('a fault is started with one click and healed with a second', async () => {
  const page = await openPaused({ at: 2000, selection: { node: 3 } });
  const button = section(page, 'Faults').getByRole('button', { name: /^slow/ });
  await button.click();
  assert.match((await done(page)).join(), /ledger: slow/);
  assert.match(await read(page, page.locator('#described')), /ledger: slow/);
  await lookAt(page, 3000, { node: 3 });
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  await button.click();
  await still(page);
  assert.equal(await button.getAttribute('aria-pressed'), 'false');
  const { interventions } = await saved(page);
  const { change } = interventions.find((done) => done.change.fault?.on === 'ledger');
  assert.equal(change.fault.lasts, '1 s');
  page.assertQuiet();
  await page.close();
});

test('Escape closes what is open, the last thing first', async () => {
  const page = await openPaused({ at: 2000, selection: { node: 2 } });
  await page.getByRole('button', { name: 'Keys', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.notice p').waitFor();
  await page.keyboard.press('Escape');
  await still(page);
  assert.equal(await page.locator('.notice p').count(), 0);
  assert.equal(await panel(page).getByRole('heading', { level: 2 }).textContent(), 'bank');
  await page.keyboard.press('Escape');
  assert.equal(await read(page, panel(page).getByRole('heading', { level: 2 })), 'api → bank');

  // A second Escape does not reopen, and ? opens the list again.
  await page.keyboard.press('?');
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'hidden' });
  page.assertQuiet();
  await page.close();
});
