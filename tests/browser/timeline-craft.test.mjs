// The time axis: the bar of the whole run, marking a part of it, choosing tracks, leaving out idle time.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import { clock, dragOnTimeline, leave, numbers, openFile, openPaused, pixels } from './gestures.mjs';

const slider = (page, name) => page.getByRole('slider', { name, exact: true });
async function shown(page) {
  await still(page);
  return slider(page, 'What is shown').getAttribute('aria-valuetext');
}
const marked = (page) => page.getByRole('region', { name: 'Numbers of the marked part' });
const menu = (page) => page.getByRole('button', { name: 'tracks', exact: true });

/// Where a moment is on the bar of the whole run, which lasts a minute.
async function onBar(page, ms) {
  const box = await page.locator('.overview').boundingBox();
  const [names, margin] = box.width < 560 ? [56, 12] : [118, 26];
  const x = box.x + names + (ms / 60_000) * (box.width - names - margin);
  return { x, y: box.y + box.height / 2 };
}

async function dragOnBar(page, from, to) {
  const [start, end] = [await onBar(page, from), await onBar(page, to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
  await leave(page);
}

const seconds = (text) => text.split(' to ').map((part) => Number(part.split(':')[1]));

test('the window on the whole run is dragged, stretched at its edges, and a click seeks', async () => {
  const page = await openPaused();
  assert.equal(await shown(page), '0:00.000 to 0:16.000');
  await dragOnBar(page, 8000, 28_000);
  let [from, to] = seconds(await shown(page));
  assert.ok(Math.abs(from - 20) < 0.2 && Math.abs(to - 36) < 0.2, `${from} to ${to}`);
  await dragOnBar(page, to * 1000, 50_000);
  let [kept, later] = seconds(await shown(page));
  assert.ok(kept === from && Math.abs(later - 50) < 0.5, `${kept} to ${later}`);
  await dragOnBar(page, from * 1000, 30_000);
  [from, to] = seconds(await shown(page));
  assert.ok(Math.abs(from - 30) < 0.5 && to === later, `${from} to ${to}`);
  assert.equal(await clock(page), '0:01.000', 'looking elsewhere is no seeking');

  const { x, y } = await onBar(page, 40_000);
  await page.mouse.click(x, y);
  await leave(page);
  assert.ok(Math.abs(Number((await clock(page)).split(':')[1]) - 40) < 0.2, 'a click seeks');
  page.assertQuiet();
  await page.close();
});

test('the window is moved and stretched by keys, and says what it shows', async () => {
  const page = await openPaused();
  await slider(page, 'What is shown').press('ArrowRight');
  assert.deepEqual(seconds(await shown(page)), [1.6, 17.6]);
  await slider(page, 'Shown from').press('ArrowLeft');
  assert.deepEqual(seconds(await shown(page)), [0, 17.6]);
  await slider(page, 'Shown until').press('ArrowLeft');
  assert.deepEqual(seconds(await shown(page)), [0, 15.84]);
  assert.equal(await clock(page), '0:01.000');
  await page.close();
});

test('a marked part has the numbers of the run, and is still marked after a reload', async () => {
  const page = await openPaused({ at: 6000 });
  await page.keyboard.press('Home');
  await page.keyboard.press('[');
  await page.keyboard.press('End');
  await page.keyboard.press(']');
  await still(page);
  const all = await numbers(page);
  const whole = await numbers(page, marked(page).locator('dl'));
  for (const name of ['success', 'p99', 'amplification']) assert.equal(whole[name], all[name], name);
  assert.equal(whole.charges, all['charges / orders'].split(' / ')[0]);

  await page.keyboard.down('Shift');
  await dragOnTimeline(page, 4000, 8000, 100);
  await page.keyboard.up('Shift');
  const title = marked(page).getByRole('heading');
  // The end of the run is on another page of the axis: what is marked is as long all the same.
  assert.match(await title.textContent(), / s · 4\.0 s$/);
  const part = await numbers(page, marked(page).locator('dl'));
  assert.ok(Number(part.requests) > 0 && Number(part.requests) < Number(whole.requests));
  assert.ok(Number(part.attempts) >= Number(part.requests) - 40);
  await page.waitForTimeout(900);
  await reload(page);
  assert.deepEqual(await numbers(page, marked(page).locator('dl')), part);

  await marked(page).getByRole('button', { name: 'its log' }).click();
  const asked = page.getByRole('searchbox', { name: 'Which events' });
  assert.match(await asked.inputValue(), /^[\d.]+s\.\.[\d.]+s$/);
  assert.equal(await asked.getAttribute('aria-invalid'), null);
  await page.keyboard.press('Escape');
  await still(page);
  assert.equal(await marked(page).count(), 0, 'Esc unmarks');
  page.assertQuiet();
  await page.close();
});

test('a press with Shift unmarks, and a part that is zoomed to is what is shown', async () => {
  const page = await openPaused({ at: 6000 });
  const mark = async (to) => {
    await page.keyboard.down('Shift');
    await dragOnTimeline(page, 4000, to, 100);
    await page.keyboard.up('Shift');
  };
  await mark(8000);
  await marked(page).getByRole('button', { name: 'zoom to it' }).click();
  await still(page);
  assert.deepEqual(seconds(await shown(page)), [4, 8]);
  await page.keyboard.press('0');
  await mark(4000);
  await still(page);
  assert.equal(await marked(page).count(), 0);
  await page.close();
});

test('tracks are chosen, moved and pinned, scroll by keys, and come back after a reload', async () => {
  const page = await openPaused({ at: 6446 });
  const first = await pixels(page);
  await menu(page).click();
  for (const name of ['queue length', 'in flight', 'retry share', 'latency']) {
    await page.getByRole('checkbox', { name }).check();
  }
  await page.getByRole('button', { name: 'Pin latency' }).click();
  await page.getByRole('button', { name: 'Move requests up' }).click();
  await page.keyboard.press('Escape');
  await still(page);
  const chosen = await pixels(page);
  assert.notDeepEqual(chosen, first);
  await slider(page, 'Moment').press('ArrowDown');
  const scrolled = await pixels(page);
  assert.notDeepEqual(scrolled, chosen, 'there is more below');
  await slider(page, 'Moment').press('ArrowUp');
  assert.deepEqual(await pixels(page), chosen);

  await reload(page);
  assert.deepEqual(await pixels(page), chosen, 'a reload changes nothing');
  await menu(page).click();
  assert.equal(
    await page.getByRole('button', { name: 'Pin latency' }).getAttribute('aria-pressed'),
    'true',
  );
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'as at first' }).click();
  await page.keyboard.press('Escape');
  await leave(page);
  assert.deepEqual(await pixels(page), first, 'the same view is the same to the pixel');
  page.assertQuiet();
  await page.close();
});

test('time in which nothing happens is left out, and comes back', async () => {
  const page = await openPaused();
  const file = new URL('../cases/payments/experiment.half-open.json', import.meta.url);
  const quiet = JSON.parse(await readFile(file, 'utf8'));
  for (const { role } of quiet.scenario.nodes) {
    if (role.clients) Object.assign(role.clients, { count: 1, rate: 0.1 });
  }
  await openFile(page, quiet);
  await page.getByRole('button', { name: 'fit', exact: true }).click();
  const button = page.getByRole('button', { name: 'skip idle' });
  await leave(page);
  const whole = await pixels(page);
  await button.click();
  await leave(page);
  const left = await pixels(page);
  assert.notDeepEqual(left, whole);
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  // The playhead follows the pointer on the folded axis: the right edge is the end.
  const box = await slider(page, 'Moment').boundingBox();
  await page.mouse.click(box.x + box.width - 26, box.y + 10);
  await still(page);
  assert.match(await clock(page), /^(1:00|0:59\.9)/);
  await page.keyboard.press('Home');
  await button.click();
  await leave(page);
  assert.deepEqual(await pixels(page), whole);
  await page.close();
});

test('all of it works on a phone', async () => {
  const desk = await openPaused({ at: 6446 });
  await desk.keyboard.press('[');
  await desk.waitForTimeout(900);
  const path = new URL(desk.url()).hash;
  await desk.close();
  const page = await open({ path, width: 390, height: 844, touch: true });
  await still(page);
  assert.equal(await marked(page).count(), 1, 'a link tells what is marked');
  assert.equal(await scrollsSideways(page), false);
  const seen = new Set();
  for (const name of ['faults', 'arrivals', 'requests', 'queues', 'in flight', 'retries', 'latency']) {
    await page.getByRole('radio', { name, exact: true }).check({ force: true });
    seen.add((await pixels(page)).join());
  }
  assert.equal(seen.size, 7);
  assert.equal(await scrollsSideways(page), false);
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});
