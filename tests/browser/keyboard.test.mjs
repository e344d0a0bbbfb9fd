// The whole page without a pointer.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { still } from './harness.mjs';
import {
  clock, described, milliseconds, narrated, openPaused, panel, pixels, read, saved, selectOnStage,
} from './gestures.mjs';

/// Everything that Tab should stop at, in the order of the page: all that can be seen and used, and
/// of a group of choices the one that is made.
function stops() {
  const selector = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const all = [...document.querySelectorAll(selector)].filter((element) => {
    const other = element.type === 'radio' && !element.checked;
    const hidden = element.ariaHidden || !element.checkVisibility({ visibilityProperty: true });
    return !element.disabled && !other && !hidden;
  });
  window.stops = all;
  return all.map((element) => element.ariaLabel || element.textContent || element.name);
}

/// Presses Tab until the focus has been everywhere once; an index into the stops for each press.
async function tabThrough(page) {
  const seen = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const active = document.activeElement;
      if (active === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(active);
      const box = active.getBoundingClientRect();
      return {
        index: window.stops.indexOf(active),
        name: active.ariaLabel || active.textContent || active.name,
        ring: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0,
        near: box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
        region: active.closest('header.top, section, aside')?.ariaLabel ?? '',
      };
    });
    if (!stop || seen.some(({ index }) => index === stop.index)) return seen;
    seen.push(stop);
  }
}

async function focusStart(page) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    getSelection()?.removeAllRanges();
  });
}

test('Tab reaches every control, in the order of the page, and shows where it is', async () => {
  const page = await openPaused({ at: 5200 });
  const expected = await page.evaluate(stops);
  await focusStart(page);
  const seen = await tabThrough(page);
  assert.deepEqual(seen.map(({ index }) => index), expected.map((_, index) => index));
  assert.deepEqual(seen.filter(({ ring }) => !ring).map(({ name }) => name), [], 'without a ring');
  assert.deepEqual(seen.filter(({ near }) => !near).map(({ name }) => name), [], 'out of sight');
  const regions = seen.map(({ region }) => region).filter((r, i, all) => r !== all[i - 1]);
  assert.deepEqual(regions.slice(0, 4), ['', 'Stage', 'Time', 'Timeline']);
  page.assertQuiet();
  await page.close();
});

test('on a phone Tab skips the drawer while it is closed', async () => {
  const page = await openPaused({ at: 5200 });
  await page.setViewportSize({ width: 390, height: 844 });
  await panel(page).waitFor({ state: 'hidden' });
  const expected = await page.evaluate(stops);
  await focusStart(page);
  const seen = await tabThrough(page);
  assert.deepEqual(seen.map(({ index }) => index), expected.map((_, index) => index));
  assert.deepEqual(seen.filter(({ near }) => !near).map(({ name }) => name), []);
  assert.ok(!seen.some(({ name }) => name === 'Trip'));
  page.assertQuiet();
  await page.close();
});

test('a breaker is tripped and a bank is broken with nothing but keys', async () => {
  const page = await openPaused({ at: 2000 });
  const tabTo = async (name) => {
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(() => document.activeElement.textContent)) === name) return;
    }
    throw new Error(`Tab does not lead to “${name}”.`);
  };
  await selectOnStage(page, 'the line api → bank');
  await tabTo('Trip');
  await page.keyboard.press('Enter');
  assert.match(await described(page), /the breaker is open/);
  await selectOnStage(page, 'bank');
  await tabTo('hang');
  await page.keyboard.press('Space');
  assert.match(await described(page), /bank: .*hang/);
  assert.equal((await saved(page)).interventions.length, 4);
  for (const part of ['clients', 'api', 'ledger', 'client 37']) {
    await selectOnStage(page, part);
    assert.equal(await panel(page).getByRole('heading', { level: 2 }).textContent(), part);
  }
  page.assertQuiet();
  await page.close();
});

test('the keys that are listed do what the list says', async () => {
  const page = await openPaused({ at: 4300 });
  const body = page.locator('body');
  const press = async (...keys) => {
    for (const key of keys) await body.press(key);
    await still(page);
  };
  await press('?');
  const list = page.getByRole('dialog', { name: 'Keys' });
  const listed = (await list.locator('kbd').allTextContents()).join(' ');
  for (const key of [
    'Space', '← →', 'Shift ← →', 'Page up', 'Page down', 'Home', 'End', '+', '−', '0', 'Ctrl Z',
    'Ctrl Shift Z', 'Ctrl Y', 'Delete', 'Esc', '?',
  ]) assert.ok(listed.includes(key), `${key} is listed`);
  await list.press('Escape');
  await list.waitFor({ state: 'hidden' });

  const at = await milliseconds(page);
  await press('ArrowRight', 'ArrowRight');
  const later = await milliseconds(page);
  assert.ok(later > at && later - at < 30, `two events in ${later - at} ms`);
  await press('PageUp');
  await press('.');
  assert.equal(await milliseconds(page), later);
  await press('PageUp');
  await press('PageDown');
  assert.equal(await milliseconds(page), later);
  await press('Shift+ArrowRight');
  assert.match(await narrated(page), /client \d+ begins a request/);
  await press('Shift+ArrowLeft', 'ArrowLeft', 'ArrowLeft');
  await press('Home');
  assert.equal(await clock(page), '0:00.000');
  await press('End');
  assert.equal(await clock(page), '1:00.000');
  assert.match(await narrated(page), /The run ends at 60\.000 s\./);
  await press('Home');

  const [, part] = await pixels(page);
  await press('0');
  assert.notEqual((await pixels(page))[1], part, 'the whole run');
  await press('0');
  assert.equal((await pixels(page))[1], part, 'a part of it');
  await press('+');
  assert.notEqual((await pixels(page))[1], part, 'less time');
  const near = async () => Number.parseFloat((await saved(page)).view.to) / 1e9;
  assert.ok(Math.abs((await near()) - 16 / 1.5) < 0.001);
  await press('-', '-');
  assert.ok(Math.abs((await near()) - 16 * 1.5) < 0.001);

  await body.press('Space');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.waitForFunction(() => document.querySelector('.clock').textContent > '0:00.100');
  await body.press('Space');
  await page.getByRole('button', { name: 'Play' }).waitFor();
  page.assertQuiet();
  await page.close();
});

test('a slider keeps its own keys, and leaves the others to the page', async () => {
  const page = await openPaused({ at: 4300 });
  const moment = page.getByRole('slider', { name: 'Moment' });
  const press = async (key) => {
    await moment.press(key);
    await still(page);
  };
  await press('ArrowRight');
  assert.notEqual(await clock(page), '0:04.300');
  await press('End');
  assert.equal(await clock(page), '1:00.000');
  await press('Home');
  assert.equal(await clock(page), '0:00.000');

  const base = panel(page).getByRole('slider', { name: 'base', exact: true });
  const value = await base.inputValue();
  await base.press('ArrowRight');
  assert.notEqual(await base.inputValue(), value);
  assert.equal(await clock(page), '0:00.000');
  await base.press('Space');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  page.assertQuiet();
  await page.close();
});

test('a button that has done its work keeps the focus', async () => {
  const page = await openPaused({ at: 2000 });
  for (const name of ['Trip', 'Undo']) {
    const button = page.getByRole('button', { name, exact: true });
    await button.press('Enter');
    await still(page);
    assert.equal(await button.isDisabled(), true);
    assert.equal(await button.evaluate((button) => button === document.activeElement), true, name);
  }
  page.assertQuiet();
  await page.close();
});

test('what is done while paused is announced', async () => {
  const page = await openPaused({ at: 2000 });
  await panel(page).getByRole('button', { name: 'Trip' }).click();
  assert.match(await narrated(page), /^2\.000 s: breaker api → bank is open/);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.doesNotMatch(await narrated(page), /breaker/);
  page.assertQuiet();
  await page.close();
});

test('keys that steer the page are letters while somebody types', async () => {
  const page = await openPaused({ at: 4300, selection: { node: 0 } });
  const before = await clock(page);
  const body = panel(page).getByLabel('Body');
  await body.fill('');
  await body.pressSequentially('a 0+-.?');
  assert.equal(await body.inputValue(), 'a 0+-.?');
  const field = panel(page).getByLabel('clients, as text');
  await field.press('ArrowLeft');
  await field.press('Home');
  assert.equal(await read(page, page.getByRole('timer')), before);
  assert.equal(await page.getByRole('dialog').count(), 0);
  page.assertQuiet();
  await page.close();
});
