// A breaker for each client: how many are open, whose, and why.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './cli.mjs';
import { axe, reload, still } from './harness.mjs';
import { described, lookAt, openPaused, panel, saved, section } from './gestures.mjs';

const breaker = (page) => section(page, 'Circuit breaker');
const counted = async (page) =>
  Object.fromEntries(
    await breaker(page).locator('.readings div').evaluateAll((rows) =>
      rows.map((row) => [row.querySelector('dt').textContent, +row.querySelector('dd').textContent])),
  );

test('each client has a breaker of its own, that opens, is counted, and says why', async () => {
  const page = await openPaused({ at: 0, selection: { edge: 0 } });
  await breaker(page).getByRole('switch').click();
  await breaker(page).getByRole('radio', { name: 'one each' }).check();
  await still(page);
  assert.equal((await counted(page)).open, 0);
  await breaker(page).getByRole('button', { name: 'Trip', exact: true }).click();
  await still(page);
  const all = await counted(page);
  assert.ok(all.open > 10 && all.closed === 0, JSON.stringify(all));
  assert.match(await described(page), new RegExp(`of ${all.open} breakers ${all.open} are open`));
  assert.match(await page.locator('.chips').textContent(), /breakers \d+\/\d+ open/);
  assert.match(await page.locator('.story').textContent(), /all are open/);
  assert.deepEqual(await axe(page), []);

  const { events } = run(await saved(page));
  const moves = events.filter((event) => event.kind === 'breaker' && event.on === 'clients-api');
  const half = moves.find((event) => event.to === 'half_open');
  const closed = moves.find((event) => event.to === 'closed' && event.client === half.client);
  await lookAt(page, half.t_ms, { event: half.id });
  await still(page);
  const name = `client ${half.client}`;
  assert.equal(await panel(page).getByRole('heading', { level: 2 }).first().textContent(), name);
  const diagram = breaker(page).getByRole('img');
  assert.match(await diagram.getAttribute('aria-label'), /^The breaker is half-open\./);
  assert.match(await panel(page).textContent(), new RegExp(`breaker of ${name} half-open since`));
  await lookAt(page, closed.t_ms + 1, { edge: 0 });
  await still(page);
  assert.ok((await counted(page)).closed >= 1);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });

  // What is there is in the link.
  const before = await counted(page);
  page.assertQuiet();
  await reload(page);
  assert.deepEqual(await counted(page), before);
  await page.close();
});
