// What clients want in the course of time: shapes of the load, and loops that wait for their answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways, started, still } from './harness.mjs';
import { lookAt, numbers, openPaused, panel } from './gestures.mjs';

const arrivals = (page) => panel(page).getByRole('group', { name: 'arrivals' });
const shape = (page) => panel(page).getByRole('group', { name: 'in the course of time' });

/// How many requests the clients have begun.
async function requests(page) {
  await still(page);
  return Number((await numbers(page, panel(page).locator('dl').first())).requests);
}

test('a spike is chosen and made higher, and a reload keeps it', async () => {
  const page = await openPaused();
  await lookAt(page, 20_000, { node: 0 });
  const steady = await requests(page);
  assert.equal(await panel(page).getByRole('slider', { name: 'times the rate' }).count(), 0);
  await lookAt(page, 0, { node: 0 });
  await shape(page).getByRole('radio', { name: 'spike' }).check();
  await still(page);
  await lookAt(page, 20_000, { node: 0 });
  const spike = await requests(page);
  assert.ok(spike > 1.5 * steady, `${spike} with four times the rate, ${steady} without`);
  await lookAt(page, 0, { node: 0 });
  await panel(page).getByRole('slider', { name: 'times the rate' }).focus();
  await page.keyboard.press('End');
  await still(page);
  await lookAt(page, 20_000, { node: 0 });
  const high = await requests(page);
  assert.ok(high > 2 * spike, `${high} with twenty times the rate, ${spike} with four`);
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  // The address tells the moment a little later.
  const moment = page.url();
  await page.waitForFunction((before) => location.href !== before, moment);
  await page.reload();
  await started(page);
  assert.equal(await requests(page), high);
  await page.close();
});

test('clients of a closed loop say how long they think, on a phone too', async () => {
  const page = await openPaused();
  await lookAt(page, 3_000, { node: 0 });
  await arrivals(page).getByRole('radio', { name: 'closed loop' }).check();
  await still(page);
  assert.match(await panel(page).textContent(), /each thinks for 1\.7 s on average/);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.doesNotMatch(await panel(page).textContent(), /thinks for/);
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  assert.equal(await scrollsSideways(page), false);
  page.assertQuiet();
  await page.close();
});
