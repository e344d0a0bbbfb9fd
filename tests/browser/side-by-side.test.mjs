// Two settings side by side: one clock, two stages, and changes go to one of them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import {
  clock, dragSlider, narrated, notice, openPaused, panel, read, saved, section, type,
} from './gestures.mjs';

const FIRST = 'as it began';
const PATIENT = 'timeout 900 ms at 4.5 s';
const title = (page, side) => page.locator('.head button').filter({ hasText: new RegExp(`^${side}`) });
const head = (page, side) => page.locator('.side').filter({ has: title(page, side) });
const toggle = (page) => page.getByRole('button', { name: 'Side by side' });

/// What each side is called, and which one is active.
async function pair(page) {
  await still(page);
  const titles = await page.locator('.head button').all();
  const told = titles.map((button) => button.evaluate((head) => ({
    name: head.querySelector('span').textContent,
    active: head.getAttribute('aria-pressed') === 'true',
  })));
  return Promise.all(told);
}

const sides = (a, b, active) => [{ name: a, active: active === 'A' }, { name: b, active: active === 'B' }];

/// Waits until what was given another size has learnt of it, in the next frame, and is painted, in the one
/// after.
async function settled(page) {
  for (let frames = 0; frames < 3; frames += 1) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await still(page);
  }
}

/// Both stages as they are painted.
async function stages(page) {
  await settled(page);
  const all = page.locator('.stage canvas');
  const pictures = await all.evaluateAll((all) => all.map((canvas) => canvas.toDataURL()));
  return pictures.map((picture) => createHash('sha256').update(picture).digest('hex').slice(0, 12));
}

/// Looks at a moment of the first sixteen seconds.
async function seek(page, ms) {
  // What has just been opened may still move the timeline.
  await settled(page);
  const { x, y, width } = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  await page.mouse.click(x + 118 + (ms / 16_000) * (width - 144), y + 10);
  await page.mouse.move(2, 2);
  await still(page);
}

/// Moves a slider of the panel with the keyboard.
async function turn(page, name, key, times) {
  const slider = panel(page).getByRole('slider', { name, exact: true });
  await slider.focus();
  for (let press = 0; press < times; press += 1) await page.keyboard.press(key);
  await still(page);
  return slider.getAttribute('aria-valuetext');
}

test('the same twice looks the same, and each side is changed by itself, all with keys', async () => {
  const page = await openPaused({ at: 4500 });
  await page.keyboard.press('b');
  assert.deepEqual(await pair(page), sides(FIRST, FIRST, 'B'));
  assert.match(await narrated(page), /^Side by side: A is “as it began”, B is .* Changes go to B\.$/);
  assert.match(await read(page, panel(page).locator('.two')), /Both are the same/);
  for (const moment of [9000, 6500, 4600]) {
    await seek(page, moment);
    const [a, b] = await stages(page);
    assert.equal(a, b, `the same pixels at ${moment} ms`);
  }

  const [a] = await stages(page);
  const patient = await turn(page, 'per attempt', 'ArrowRight', 6);
  const changed = await stages(page);
  assert.equal(changed[0], a, 'A stays as it is');
  await seek(page, 9000);
  const later = await stages(page);
  assert.notEqual(later[0], later[1]);

  await page.keyboard.press('x');
  assert.equal((await pair(page))[0].active, true);
  assert.deepEqual(await stages(page), later, 'nothing is another because the other side is active');
  assert.match(await narrated(page), /Changes go to A\.$/);
  await turn(page, 'attempts', 'ArrowRight', 2);
  await seek(page, 14_000);
  const [first, second] = (await pair(page)).map(({ name }) => name);
  assert.match(first, /^attempts 5 at 9\.0 s$/);
  assert.equal(second, `timeout ${patient} at 4.6 s`);
  const differs = await panel(page).locator('.differs .what').allTextContents();
  assert.deepEqual(differs, ['api → bank: per attempt', 'api → bank: attempts']);
  page.assertQuiet();
  await page.close();
});

test('sides are chosen by their titles, in the panel and on their stages', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'));
  await title(page, 'A').click();
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'A'));
  const field = panel(page).getByRole('textbox', { name: 'per attempt, as text' });
  assert.equal(await field.inputValue(), '300 ms');
  await panel(page).getByRole('radio', { name: 'B', exact: true }).check({ force: true });
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'));
  assert.equal(await field.inputValue(), '900 ms');

  // What is pressed on the other stage is selected there.
  const canvas = page.getByRole('application', { name: 'A: the system' });
  await canvas.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'A'));
  assert.equal(await panel(page).locator('h2').nth(1).textContent(), 'api');
  await section(page, 'Faults').getByRole('button').first().click();
  const [{ name }, other] = await pair(page);
  assert.match(name, /^api: /);
  assert.equal(other.name, PATIENT);
  page.assertQuiet();
  await page.close();
});

test('a difference is copied to either side, and numbers say what it bought', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  const row = (name) => panel(page).locator('.outcomes tr').filter({ hasText: name });
  const told = async (name) => {
    await still(page);
    return row(name).locator('td').allTextContents();
  };
  const [a, b, by] = await told('attempts');
  const number = (text) => Number(text.replace(/[^\d]/g, ''));
  assert.ok(number(a) > 1000 && by === `+${(number(b) - number(a)).toLocaleString('en')}`, `${a} ${b} ${by}`);
  assert.equal((await told('p99 latency')).length, 3);
  await seek(page, 9000);
  const gap = await head(page, 'B').locator('.gap').first().textContent();
  assert.equal(gap, await page.locator('.numbers .versus').first().textContent());
  assert.deepEqual(await head(page, 'A').locator('.gap').allTextContents(), ['', '', '']);

  await dragSlider(page, 'per attempt', 0.2, async () => {
    assert.deepEqual(await told('attempts'), [a, b, by], 'not counted while the slider moves');
  });
  const moved = await told('attempts');
  assert.equal(moved[0], a);
  assert.notEqual(moved[1], b);
  await page.keyboard.press('Control+z');

  const copy = panel(page).getByRole('button', { name: /^to A: api → bank: per attempt 900 ms/ });
  await copy.click();
  assert.deepEqual(await pair(page), sides(PATIENT, PATIENT, 'A'));
  assert.deepEqual(await told('attempts'), [b, b, '0']);
  const [one, two] = await stages(page);
  assert.equal(one, two);
  await page.keyboard.press('Control+z');
  assert.equal((await pair(page))[0].name, FIRST);
  page.assertQuiet();
  await page.close();
});

test('Escape closes one thing at a time, Back leaves, and undo goes on across it', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  await title(page, 'A').focus();
  await page.keyboard.press('Escape');
  await still(page);
  assert.equal(await page.locator('.head').count(), 0);
  assert.match(await narrated(page), /^One run is shown again\.$/);
  assert.ok(await toggle(page).evaluate((button) => button === document.activeElement));
  const ghost = page.getByRole('button', { name: 'Put the ghost away' });
  assert.equal(await ghost.count(), 1, 'the ghost goes with the next one');
  await page.keyboard.press('b');
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'));
  await page.keyboard.press('x');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await pair(page), sides(FIRST, FIRST, 'B'));
  await page.keyboard.press('Control+y');
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'));

  await page.waitForTimeout(450);
  await page.keyboard.press('Escape');
  await still(page);
  await page.goBack();
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'));
  await page.goForward();
  await still(page);
  assert.equal(await page.locator('.head').count(), 0);
  await page.keyboard.press('Escape');
  await still(page);
  assert.equal(await ghost.count(), 0);
  page.assertQuiet();
  await page.close();
});

test('a reload and a link bring the pair back, to the pixel', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  // Keys change sides once there are two.
  await head(page, 'B').waitFor();
  await page.keyboard.press('x');
  await seek(page, 9000);
  await page.waitForTimeout(450);
  await still(page);
  const before = { pair: await pair(page), see: await stages(page), clock: await clock(page) };
  assert.deepEqual(before.pair, sides(FIRST, PATIENT, 'A'));
  const link = page.url();
  assert.equal(Buffer.from(link.split('#s=')[1], 'base64url')[0], 4, 'a link of version 4');
  const seen = async (other) => {
    await other.waitForFunction(() => document.querySelectorAll('.outcomes .gap').length > 3);
    return { pair: await pair(other), see: await stages(other), clock: await clock(other) };
  };
  await reload(page);
  assert.deepEqual(await seen(page), before);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await pair(page), sides(FIRST, PATIENT, 'B'), 'with what was done');

  const other = await open({ path: link.slice(link.indexOf('#')) });
  const shown = await seen(other);
  assert.deepEqual({ ...shown, pair: 0 }, { ...before, pair: 0 });
  assert.deepEqual(shown.pair, before.pair);
  other.assertQuiet();
  await other.close();
  page.assertQuiet();
  await page.close();
});

test('both sides have the same luck, and Compare begins with them', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Compare' }).click();
  const dialog = page.locator('.versus[open]');
  const chosen = (name) => dialog.getByRole('combobox', { name, exact: true })
    .evaluate((select) => select.selectedOptions[0].textContent);
  await dialog.waitFor();
  assert.deepEqual([await chosen('A'), await chosen('B')], [FIRST, PATIENT]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: /roll another/ }).click();
  await still(page);
  const differs = await panel(page).locator('.differs .what').allTextContents();
  assert.deepEqual(differs, ['api → bank: per attempt']);
  assert.notEqual((await saved(page)).seed, 42);
  page.assertQuiet();
  await page.close();
});

test('on a tablet one is above the other, on a phone the names are a switch', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '900 ms');
  await toggle(page).click();
  await seek(page, 9000);
  const boxes = async () => {
    await settled(page);
    const all = await page.locator('.stage canvas').all();
    return Promise.all(all.map((canvas) => canvas.boundingBox()));
  };
  const [left, right] = await boxes();
  assert.ok(left.x + left.width <= right.x && left.y === right.y);
  const alike = (a, b) => Math.abs(a.width - b.width) < 1 && Math.abs(a.height - b.height) < 1;
  assert.ok(alike(left, right));
  await page.setViewportSize({ width: 820, height: 1180 });
  const [upper, lower] = await boxes();
  assert.ok(upper.y + upper.height <= lower.y && upper.height > 200);
  assert.ok(alike(upper, lower), JSON.stringify([upper, lower]));
  await page.setViewportSize({ width: 390, height: 844 });
  const [gone, shown] = await boxes();
  assert.ok(gone === null && shown.height > 240 && shown.width > 370, JSON.stringify(shown));
  assert.equal(await scrollsSideways(page), false);
  assert.deepEqual(await axe(page), []);
  const [, b] = await stages(page);
  await title(page, 'A').click();
  const [a, hidden] = await boxes();
  assert.ok(hidden === null && a.height === shown.height && a.y === shown.y, JSON.stringify([a, shown]));
  // What was hidden is painted as soon as it has a size again.
  let [shownNow] = await stages(page);
  for (let frames = 0; frames < 20 && shownNow === b; frames += 1) {
    await still(page);
    [shownNow] = await stages(page);
  }
  assert.notEqual(shownNow, b);
  assert.equal(await head(page, 'B').locator('.gap').first().isVisible(), true);
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`two stages have no accessibility violations (${theme})`, async () => {
    const page = await openPaused({ at: 4500, theme });
    await page.keyboard.press('b');
    assert.deepEqual(await axe(page), []);
    await type(page, 'per attempt, as text', '900 ms');
    await seek(page, 9000);
    assert.deepEqual(await axe(page), []);
    assert.equal(await notice(page).locator('p').count(), 0);
    await page.close();
  });
}
