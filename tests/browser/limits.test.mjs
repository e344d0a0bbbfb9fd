// Limits that a service finds out: what is drawn under its card, and how AIMD and gradient move it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openFile, openPaused, saved, section } from './gestures.mjs';

/// A tenth smaller each time, from twenty down to two.
const DOWN = [20, 18, 16, 14, 13, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/// Opens the scenario of collapsing goodput with a limit, and says how to read it.
async function limited(law) {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('goodput_collapse');
  await lookAt(page, 0, { node: 1 });
  const capacity = section(page, 'Capacity');
  const shed = capacity.getByRole('group', { name: 'sheds load by' });
  await shed.getByRole('radio', { name: law, exact: true }).check();
  await still(page);
  await page.evaluate(() => {
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      if (/^queue /.test(text)) window.underCard = text;
      return draw.call(this, text, ...place);
    };
  });
  const reading = page.locator('dl.readings div', { hasText: 'lets in' }).locator('dd');
  const limitAt = async (ms) => {
    await lookAt(page, ms, { node: 1 });
    const limit = Number(await reading.textContent());
    const drawn = await page.evaluate(() => window.underCard);
    assert.ok(drawn.endsWith(` · lets in ${limit}`), `${drawn}, and beside it ${limit}`);
    return limit;
  };
  return { page, capacity, shed, limitAt };
}

const moments = (from, step, count) => Array.from({ length: count }, (_, n) => from + n * step);

async function each(times, look) {
  const seen = [];
  for (const time of times) seen.push(await look(time));
  return seen;
}

test('AIMD takes a tenth away for each slow answer, and adds one for each that is not', async () => {
  const { page, capacity, shed, limitAt } = await limited('AIMD');
  const slow = capacity.getByRole('slider', { name: 'slow is above' });
  await slow.waitFor();
  assert.equal(await capacity.getByRole('slider', { name: 'tolerance' }).count(), 0);
  const found = await each(moments(10_000, 700, 6), limitAt);
  assert.ok(new Set(found).size > 2, `it moves: ${found}`);
  assert.ok(found.every((limit) => limit >= 2 && limit < 60), `${found}`);
  assert.deepEqual(await axe(page), []);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  await lookAt(page, 59_000, { node: 1 });
  const goodput = parseFloat((await numbers(page)).goodput);
  assert.ok(goodput > 70, `${goodput} per second of 120`);

  // Everybody is slow: after each answer there is a tenth less, down to the least.
  const callSlow = async (value) => {
    const file = await saved(page);
    const set = { knob: 'api.slow', value };
    file.interventions = file.interventions.filter((done) => done.change.set.knob !== set.knob);
    file.interventions.push({ at: '0 s', change: { set } });
    await openFile(page, file);
  };
  await callSlow('1 µs');
  const down = await each(moments(60, 40, 8), limitAt);
  assert.ok(down.every((limit) => DOWN.includes(limit)), `${down}`);
  assert.ok(new Set(down).size > 3, `${down}`);
  assert.deepEqual(down, [...down].sort((a, b) => b - a), 'it never grows');
  assert.equal(await limitAt(10_000), 2);

  // Nobody is: it grows by one with each answer, as long as half of it is used.
  await callSlow('1 h');
  const up = await each([1_000, 3_000, 9_000], limitAt);
  assert.ok(up[0] >= 20 && up[0] < up[1] && up[1] < up[2], `${up}`);

  page.assertQuiet();
  await reload(page);
  assert.ok(await shed.getByRole('radio', { name: 'AIMD' }).isChecked(), 'the link holds it');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('a gradient follows how much longer requests take than usual, and its tolerance is a choice', async () => {
  const { page, capacity, shed, limitAt } = await limited('gradient');
  const tolerance = capacity.getByRole('slider', { name: 'tolerance' });
  await tolerance.waitFor();
  assert.equal(await capacity.getByRole('slider', { name: 'slow is above' }).count(), 0);
  const found = await each(moments(10_000, 700, 6), limitAt);
  assert.ok(new Set(found).size > 2, `it moves: ${found}`);
  await lookAt(page, 59_000, { node: 1 });
  const goodput = parseFloat((await numbers(page)).goodput);
  assert.ok(goodput > 70, `${goodput} per second of 120`);

  // Who tolerates ten times as much lets more in.
  await lookAt(page, 0, { node: 1 });
  await tolerance.focus();
  await page.keyboard.press('End');
  await still(page);
  const patient = await each(moments(10_000, 700, 6), limitAt);
  const sum = (limits) => limits.reduce((sum, limit) => sum + limit, 0);
  assert.ok(sum(patient) > sum(found), `${patient}, and ${found} before`);

  // The bounds of the limit are kept.
  const most = capacity.getByRole('slider', { name: 'limit at most' });
  await lookAt(page, 0, { node: 1 });
  await most.focus();
  await page.keyboard.press('Home');
  await still(page);
  assert.deepEqual(await each([1_000, 20_000], limitAt), [1, 1]);

  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await still(page);
  assert.ok(await shed.getByRole('radio', { name: 'nothing' }).isChecked(), 'undone one by one');
  page.assertQuiet();
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});
