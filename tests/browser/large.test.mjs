// A run of five million events: seen where one looks before it is whole, and never waited for.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { axe, open, scrollsSideways, started, still } from './harness.mjs';
import {
  clock, exactly, giveFile, milliseconds, noticed, numbers, openPaused, panel, read, saved, section,
} from './gestures.mjs';

const bar = (page) => page.getByRole('progressbar', { name: 'Simulation' });
const progress = (page) => page.locator('.progress');
const moment = (page) => page.getByRole('slider', { name: 'Moment' });
const lastKnown = async (page) => Number(await moment(page).getAttribute('aria-valuemax'));
const redo = (page) => page.getByRole('button', { name: 'Redo' });

/// What else there is to press or to read where the bar is.
const below = (page) =>
  page.evaluate(() => {
    const box = document.querySelector('.progress').getBoundingClientRect();
    const others = [...document.querySelectorAll('button, select, input:not([type=file]), canvas, dd, .story')];
    return others
      .filter((element) => !element.closest('.progress') && element.checkVisibility({ visibilityProperty: true }))
      .map((element) => ({ element, it: element.getBoundingClientRect() }))
      .filter(({ it }) => it.left < box.right && box.left < it.right && it.top < box.bottom && box.top < it.bottom)
      .map(({ element }) => element.ariaLabel || element.textContent);
  });

/// Lets a test say how many frames there are, however fast the machine is.
function gate() {
  const request = window.requestAnimationFrame;
  let held = [];
  window.holding = false;
  window.requestAnimationFrame = (act) => (window.holding ? held.push(act) : request.call(window, act));
  window.letFrames = (count) =>
    new Promise((done) => {
      const next = (now) => {
        const acts = held;
        held = [];
        for (const act of acts) act(now);
        // What they have rendered is there a moment later.
        setTimeout(() => (--count > 0 ? request.call(window, next) : done()), 0);
      };
      request.call(window, next);
    });
  window.release = () => {
    window.holding = false;
    for (const act of held.splice(0)) request.call(window, act);
  };
}

const hold = (page) => page.evaluate(() => void (window.holding = true));
const frames = (page, count) => page.evaluate((count) => window.letFrames(count), count);
const release = (page) => page.evaluate(() => window.release());

/// The payments of a whole day, of which as much is simulated as a run may hold.
async function day(view, at = 7000) {
  const file = new URL('../cases/payments/experiment.half-open.json', import.meta.url);
  const experiment = JSON.parse(await readFile(file, 'utf8'));
  experiment.scenario.horizon = '24 h';
  return { ...experiment, view: { ...view, at: exactly(at) } };
}

/// A page that computes them, as far as that some of it is shown.
async function computing(options) {
  const page = await openPaused({ before: gate, ...options });
  const before = await saved(page);
  await hold(page);
  await giveFile(page, await day(before.view));
  for (let tries = 0; (await bar(page).count()) === 0 || (await clock(page)) !== '0:07.000'; tries += 1) {
    assert.ok(tries < 100, 'the bar appears, and the moment that was asked for');
    await frames(page, 1);
  }
  return { page, before };
}

async function finished(page) {
  await release(page);
  await bar(page).waitFor({ state: 'detached', timeout: 60_000 });
  await still(page);
}

test('what is known of a long run is shown while the rest of it is computed', async () => {
  const { page } = await computing();
  const sentence = progress(page).locator('> span');
  assert.match(await sentence.textContent(), /^Simulating \d+:\d\d of 1440:00 …$/);
  const known = await lastKnown(page);
  assert.ok(known >= 7000 && known < 3_600_000, `${known} ms are known`);
  const early = await numbers(page);
  assert.match(early.success, /%/);

  const value = () => bar(page).evaluate((bar) => bar.value);
  const before = await value();
  await page.waitForTimeout(300);
  await frames(page, 12);
  assert.ok((await value()) > before, 'the bar grows');
  assert.ok((await lastKnown(page)) > known, 'more is known');
  assert.deepEqual(await axe(page), []);

  await finished(page);
  assert.deepEqual(await numbers(page), early, 'what was shown was so');
  assert.match(await noticed(page), /^The run stops at .* no more than 5000000 events/);
  page.assertQuiet();
  await page.close();
});

test('a moment that is not simulated yet is waited for', async () => {
  const { page } = await computing();
  await page.keyboard.press('0');
  await frames(page, 1);
  const { x, y, width } = await moment(page).boundingBox();
  // The sixtieth minute of the day.
  await page.mouse.click(x + 118 + (width - 118 - 26) / 24, y + 10);
  await frames(page, 1);
  assert.ok((await milliseconds(page)) < 3_000_000, 'it stays where it is known');
  await finished(page);
  const minutes = (await milliseconds(page)) / 60_000;
  assert.ok(minutes > 55 && minutes < 65, `${minutes} min`);
  page.assertQuiet();
  await page.close();
});

for (const key of [false, true]) {
  test(`a long run can be cancelled with ${key ? 'Escape' : 'a button'}, and be had again`, async () => {
    const { page, before } = await computing();
    if (key) {
      await page.keyboard.press('Escape');
      assert.equal(await bar(page).count(), 1, 'first the notice on top is closed');
      await page.keyboard.press('Escape');
    } else {
      await page.setViewportSize({ width: 390, height: 844 });
      await frames(page, 2);
      assert.equal(await scrollsSideways(page), false);
      assert.deepEqual(await below(page), [], 'what the bar lies on');
      await progress(page).getByRole('button', { name: 'Cancel' }).click();
    }
    await frames(page, 2);
    assert.equal(await bar(page).count(), 0);
    await release(page);
    await still(page);
    if (!key) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await noticed(page);
    }
    const { view: _, ...after } = await saved(page);
    const { view: __, ...wanted } = before;
    assert.deepEqual(after, wanted, 'what was there before');
    assert.equal(await lastKnown(page), 60_000);
    await redo(page).click();
    await bar(page).waitFor();
    await finished(page);
    assert.ok((await lastKnown(page)) > 3_600_000);
    page.assertQuiet();
    await page.close();
  });
}

test('a link to a long run opens with what it shows, or leaves for the first scenario', async () => {
  const { page } = await computing();
  await finished(page);
  await noticed(page);
  const link = async () => {
    await page.waitForTimeout(450);
    await still(page);
    return page.url();
  };
  const near = await link();
  await page.keyboard.press('End');
  await still(page);
  const far = await link();
  assert.notEqual(near, far);
  page.assertQuiet();
  await page.close();

  const other = await open();
  const slow = await other.context().newCDPSession(other);
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  const visit = async (address) => {
    await other.goto('about:blank');
    await other.goto(address);
  };
  await visit(near);
  await started(other);
  assert.equal(await bar(other).count(), 1, 'the rest is still to come');
  assert.equal(await clock(other), '0:07.000');
  const instead = other.getByRole('button', { name: 'Open the first scenario instead' });
  await instead.click();
  await bar(other).waitFor({ state: 'detached' });
  assert.equal((await saved(other)).scenario.horizon, '60 s');
  await other.getByRole('button', { name: 'Undo' }).click();
  await bar(other).waitFor();

  await visit(far);
  await bar(other).waitFor();
  assert.match(await other.locator('#start-status').textContent(), /^Simulating \d+:\d\d of 1440:00 …$/);
  assert.deepEqual(await axe(other), []);
  await other.getByRole('link', { name: 'Open the first scenario instead' }).click();
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await other.getByRole('button', { name: 'Pause' }).click();
  assert.equal(await other.locator('#start-wait').count(), 0);
  await section(other, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  assert.match(await read(other, other.locator('.story')), /You tripped the breaker/);
  assert.equal(await read(other, panel(other).getByRole('heading', { level: 2 })), 'api → bank');
  await other.goBack();
  await other.goBack();
  await other.waitForFunction((far) => location.href === far, far);
  assert.deepEqual(other.watched.errors, []);
  await other.close();
});
