// What clients want in the course of time: shapes of the load, and loops that wait for their answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, scrollsSideways, still } from './harness.mjs';
import { giveFile, lookAt, noticed, numbers, openPaused, panel, saved, section } from './gestures.mjs';

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
  await reload(page);
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

test('arrivals of a CSV file are what clients send, also after a reload and undone', async () => {
  const page = await openPaused({ at: 4_000, selection: { node: 0 } });
  const many = Array.from({ length: 300 }, (_, n) => 1_700_000_000_000 + n * 10 + (n % 7));
  await giveFile(page, `arrival,path\n${many.map((at) => `${at},/pay`).join('\n')}\n`, 'last-night.csv');
  assert.match(await noticed(page), /300 requests of last-night\.csv/);
  await still(page);
  const load = section(page, 'Load');
  assert.ok(await load.getByText('300 requests, as they were.').isVisible());
  assert.equal(await load.getByRole('slider', { name: 'rate' }).count(), 0, 'they have their own');
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  const file = await saved(page);
  assert.equal(file.scenario.nodes[0].role.clients.recorded.length, 300);
  await page.waitForTimeout(600);
  await reload(page);
  assert.ok(await load.getByText('300 requests, as they were.').isVisible());
  await giveFile(page, 'arrival\n5\nsoon\n', 'bad.csv');
  assert.match(await noticed(page), /Line 3: arrival must be a number of milliseconds/);
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('herd');
  await lookAt(page, 500, { node: 0 });
  await load.getByRole('radio', { name: 'recorded' }).click();
  assert.match(await noticed(page), /no arrivals were read from a file/);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});
