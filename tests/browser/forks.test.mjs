// What would have been stays: every change in the past leaves a branch, and a ghost on the tracks.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import {
  clock, closeNotice, disclose, dragSlider, leave, lookAt, notice, numbers, openPaused, pixels, read,
  saved, section, type,
} from './gestures.mjs';

const branch = (page, name) => page.getByRole('button', { name: new RegExp(`^${name},`) });
const branches = (page) => page.getByRole('group', { name: 'Branches over the whole run' });
const ghostAway = (page) => page.getByRole('button', { name: 'Put the ghost away' });

/// Each branch as it is read out, and which of them is shown.
async function tree(page) {
  await still(page);
  const buttons = await branches(page).getByRole('button').all();
  const names = await Promise.all(buttons.map((button) => button.getAttribute('aria-label')));
  const shown = await branches(page).locator('[aria-current]').getAttribute('aria-label');
  return { names: names.map((name) => name.split(', ')[0]), shown: shown.split(', ')[0] };
}

/// Looks at another moment without opening anything anew: the ghost stays.
async function seek(page, ms) {
  const { x, y, width } = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  await page.mouse.click(x + 118 + (ms / 16_000) * (width - 144), y + 10);
  await leave(page);
}

/// Shows a branch with the mouse.
async function jump(page, name) {
  await branch(page, name).locator('.room').click();
  await leave(page);
}

const FIRST = 'as it began';

test('a change in the past leaves a ghost on the tracks until it is put away', async () => {
  const page = await openPaused({ at: 4500 });
  const [, ...below] = await pixels(page);
  const held = await dragSlider(page, 'per attempt', 0.9, async () => pixels(page));
  assert.notEqual(held[1], below[0], 'the future is another');
  const dragged = await pixels(page);
  assert.deepEqual(dragged.slice(1), held.slice(1), 'letting go changes nothing');
  await page.keyboard.press('Escape');
  const without = await pixels(page);
  assert.notEqual(without[2], dragged[2], 'it lies over the tracks');
  assert.equal(await ghostAway(page).count(), 0);

  await page.keyboard.press('Control+z');
  assert.deepEqual((await pixels(page)).slice(1), below);
  assert.equal((await tree(page)).names.length, 2, 'what was taken back is still a branch');
  await page.keyboard.press('Control+Shift+Z');
  assert.deepEqual(await pixels(page), without, 'again without the ghost, as it was');
  page.assertQuiet();
  await page.close();
});

test('coming back to a branch shows the same picture to the pixel', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '6 s');
  await leave(page);
  const name = 'timeout 6 s at 4.5 s';
  assert.deepEqual(await tree(page), { names: [FIRST, name], shown: name });
  await seek(page, 7000);
  const moment = await clock(page);
  const changed = { see: await pixels(page), file: await saved(page), numbers: await numbers(page) };
  await jump(page, FIRST);
  const first = { see: await pixels(page), file: await saved(page) };
  assert.equal(await clock(page), moment);
  assert.notDeepEqual(first.see, changed.see);
  assert.equal(first.file.interventions.length + 1, changed.file.interventions.length);
  await jump(page, name);
  assert.deepEqual(await pixels(page), changed.see);
  assert.deepEqual(await saved(page), changed.file);
  assert.deepEqual(await numbers(page), changed.numbers);
  await jump(page, FIRST);
  assert.deepEqual(await pixels(page), first.see);

  // With the ghost away it is the picture of somebody who never changed anything.
  await ghostAway(page).click();
  await leave(page);
  const never = await openPaused();
  await seek(never, 7000);
  assert.deepEqual(await pixels(page), await pixels(never));
  never.assertQuiet();
  await never.close();
  page.assertQuiet();
  await page.close();
});

test('numbers say by how much what would have been differs', async () => {
  const page = await openPaused({ at: 4500 });
  const versus = page.locator('.numbers .versus');
  await type(page, 'per attempt, as text', '6 s');
  assert.deepEqual(await versus.allTextContents(), ['', '', '', ''], 'nothing differs yet');
  await seek(page, 9000);
  await still(page);
  const [success] = await versus.allTextContents();
  const now = await numbers(page);
  await jump(page, FIRST);
  const before = await numbers(page);
  const by = Number.parseFloat(now.success) - Number.parseFloat(before.success);
  assert.equal(success, `${by > 0 ? '+' : '−'}${Math.abs(by).toFixed(1)}`);
  await still(page);
  const [back] = await versus.allTextContents();
  assert.equal(back, success.replace(/^./, by > 0 ? '−' : '+'));
  await ghostAway(page).click();
  await still(page);
  assert.deepEqual(await versus.allTextContents(), ['', '', '', '']);
  page.assertQuiet();
  await page.close();
});

test('dragging in the tree looks at moments, and crosses to other branches', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '6 s');
  const name = 'timeout 6 s at 4.5 s';
  const lines = await branches(page).boundingBox();
  const dot = async (which) => {
    const box = await branch(page, which).locator('.room').boundingBox();
    return box.y + box.height / 2;
  };
  const [upper, lower] = [await dot(FIRST), await dot(name)];
  // To the nearest pixel: one is a tenth of a second wide.
  const x = (ms) => lines.x + Math.round((ms / 60_000) * lines.width);
  await page.mouse.move(x(30_000), lower);
  await page.mouse.down();
  await still(page);
  assert.match(await clock(page), /^0:(29\.9|30\.0)/);
  assert.equal((await tree(page)).shown, name);
  await page.mouse.move(x(40_000), upper - 3, { steps: 4 });
  assert.equal((await tree(page)).shown, FIRST, 'over the other line');
  assert.match(await clock(page), /^0:(39\.9|40\.0)/);
  await page.mouse.move(x(20_000), lower + 3, { steps: 4 });
  assert.equal((await tree(page)).shown, name);
  await page.mouse.move(x(2_000), lower + 3, { steps: 4 });
  assert.equal((await tree(page)).shown, FIRST, 'where the branch is not there yet');
  await page.mouse.up();
  page.assertQuiet();
  await page.close();
});

test('branches are shown, named, deleted and put back with keys alone', async () => {
  const page = await openPaused({ at: 4500 });
  await type(page, 'per attempt, as text', '6 s');
  await seek(page, 7000);
  const moment = await clock(page);
  await type(page, 'attempts, as text', '5');
  const [one, two] = ['timeout 6 s at 4.5 s', 'attempts 5 at 7.0 s'];
  assert.deepEqual(await tree(page), { names: [FIRST, one, two], shown: two });

  const stop = branches(page).locator('[tabindex="0"]');
  assert.equal(await stop.count(), 1, 'one stop for all of them');
  await page.getByRole('slider', { name: 'speed' }).focus();
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press('Tab');
    if (await stop.evaluate((dot) => dot === document.activeElement)) break;
  }
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  assert.match(await focused(), /^attempts 5 at 7\.0 s, \d+\.\d % success, p99 \d/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await focused(), /^timeout 6 s.*ghost$/);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.equal((await tree(page)).shown, FIRST);
  assert.equal(await clock(page), moment);
  await page.keyboard.press('ArrowRight');
  assert.match(await focused(), /^timeout 6 s/);

  await page.keyboard.press('F2');
  await still(page);
  assert.match(await focused(), /^Name of “timeout 6 s at 4\.5 s”$/);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('patient');
  await page.keyboard.press('Enter');
  assert.deepEqual((await tree(page)).names, [FIRST, 'patient', two]);
  assert.match(await focused(), /^patient,/, 'the keyboard is where it was');
  await page.keyboard.press('F2');
  await still(page);
  await page.keyboard.type('nonsense');
  await page.keyboard.press('Escape');
  assert.deepEqual((await tree(page)).names, [FIRST, 'patient', two], 'Escape takes it back');

  await page.keyboard.press('Delete');
  await still(page);
  assert.deepEqual((await tree(page)).names, [FIRST, two]);
  assert.match(await notice(page).locator('p').textContent(), /“patient” is gone; Undo/);
  assert.match(await focused(), /^as it began/);
  await closeNotice(page);
  await page.keyboard.press('Control+z');
  assert.deepEqual((await tree(page)).names, [FIRST, 'patient', two]);
  page.assertQuiet();
  await page.close();
});

test('branches, names and the ghost survive a reload, and a link takes the ghost along', async () => {
  const page = await openPaused({ at: 4500 });
  const plain = page.url();
  await type(page, 'per attempt, as text', '6 s');
  await branch(page, 'timeout 6 s at 4.5 s').locator('.room').dblclick();
  await page.getByRole('textbox', { name: /^Name of/ }).fill('patient');
  await page.keyboard.press('Enter');
  await seek(page, 7000);
  await type(page, 'attempts, as text', '5');
  await seek(page, 9000);
  await page.waitForTimeout(450);
  await still(page);
  const before = { tree: await tree(page), see: await pixels(page) };
  const link = page.url();
  await reload(page);
  await page.waitForFunction(() => document.querySelector('.legend .dismiss'));
  assert.deepEqual(await tree(page), before.tree);
  assert.deepEqual(await pixels(page), before.see);
  await page.keyboard.press('Control+z');
  assert.equal((await tree(page)).shown, 'patient');

  const other = await open({ path: link.slice(link.indexOf('#')) });
  assert.deepEqual(await tree(other), {
    names: [FIRST, 'attempts 5 at 7.0 s'], shown: 'attempts 5 at 7.0 s',
  });
  assert.deepEqual(await pixels(other), before.see);
  await ghostAway(other).click();
  await other.waitForTimeout(450);
  await still(other);
  const version = (url) => Buffer.from(url.split('#s=')[1], 'base64url')[0];
  assert.deepEqual([plain, link, other.url()].map(version), [1, 2, 1]);
  other.assertQuiet();
  await other.close();
  page.assertQuiet();
  await page.close();
});

test('the page does not move when the first branch is made', async () => {
  for (const [width, height] of [[1440, 900], [1200, 800], [820, 1180], [390, 844]]) {
    const page = await openPaused({ at: 4500 });
    await page.setViewportSize({ width, height });
    await still(page);
    const boxes = () => page.evaluate(() =>
      ['.stage', '.clock', '.numbers', '.tracks', '.forks'].map((selector) => {
        const { x, y, width: w, height: h } = document.querySelector(selector).getBoundingClientRect();
        return [selector, x, y, w, h].join(' ');
      }));
    const before = await boxes();
    if (width < 1200) await page.getByRole('button', { name: 'Settings' }).click();
    await section(page, 'Circuit breaker').getByRole('button', { name: 'Hold open' }).click();
    if (width < 1200) await page.keyboard.press('Escape');
    await still(page);
    assert.equal(await page.locator('.forks option').count(), 4);
    assert.deepEqual(await boxes(), before, `${width} × ${height}`);
    assert.equal(await scrollsSideways(page), false);
    page.assertQuiet();
    await page.close();
  }
});

test('on a phone branches are chosen, named and deleted from a menu', async () => {
  const page = await openPaused({ at: 4500, touch: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Hold open' }).click();
  await page.locator('.shut').getByRole('button', { name: 'Close' }).click();
  const menu = page.getByRole('combobox', { name: 'Branch' });
  const chosen = () => menu.evaluate((select) => select.selectedOptions[0].textContent);
  assert.match(await chosen(), /^breaker held open at 4\.5 s/);
  await menu.selectOption({ index: 0 });
  await still(page);
  assert.match(await chosen(), /^as it began/);
  await menu.selectOption('rename');
  await page.getByRole('textbox', { name: /^Name of/ }).fill('calm');
  await page.keyboard.press('Enter');
  await still(page);
  assert.match(await chosen(), /^calm/);
  await menu.selectOption('delete');
  await still(page);
  assert.match(await chosen(), /^breaker held open/);
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`branches and ghosts have no accessibility violations (${theme})`, async () => {
    const page = await openPaused({ at: 4500, theme });
    await type(page, 'per attempt, as text', '6 s');
    await seek(page, 7000);
    await type(page, 'attempts, as text', '5');
    await seek(page, 9000);
    assert.deepEqual(await axe(page), []);
    await page.close();
  });
}
