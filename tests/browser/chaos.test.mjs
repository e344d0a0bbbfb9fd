// Chaos on purpose: seeded faults with an intensity and a blast radius, and a single message dropped.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, openPaused, section } from './gestures.mjs';

const shot = async (page, name) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
};

test('chaos reaches what it may, is turned up and down, and is the same after a reload', async () => {
  const page = await openPaused({ theme: process.env.THEME });
  await lookAt(page, 8_000, { node: 2 });
  await section(page, 'Faults').getByRole('button', { name: 'chaos…' }).click();
  const change = section(page, 'Chaos');
  const radius = change.getByRole('group', { name: 'Blast radius' });
  await radius.waitFor();
  const pressed = (name) => radius.getByRole('button', { name, exact: true, pressed: true }).count();
  assert.deepEqual([await pressed('bank'), await pressed('api')], [1, 0]);
  const count = async () => parseInt(await change.getByText(/faults?, always the same/).innerText());
  const narrow = await count();
  await radius.getByRole('button', { name: 'api', exact: true }).click();
  await radius.getByRole('button', { name: 'ledger', exact: true }).click();
  await still(page);
  const wide = await count();
  assert.ok(wide > narrow, `${narrow} faults on one service, ${wide} on three`);
  const intensity = change.getByRole('slider', { name: /^intensity/ });
  await intensity.focus();
  await page.keyboard.press('End');
  await still(page);
  const wild = await count();
  assert.ok(wild > wide, `${wild} faults after ${wide}`);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.ok(await count() < wild, 'one step back');
  await page.keyboard.press('Control+Shift+z');
  await still(page);
  await change.getByRole('button', { name: 'hang', exact: true }).click();
  await still(page);
  assert.deepEqual(await axe(page), []);
  await shot(page, 'chaos');

  const before = [await count(), await change.innerText()];
  await lookAt(page, 30_000);
  await shot(page, 'chaos-later');
  await page.waitForTimeout(600);
  page.assertQuiet();
  await reload(page);
  await page.getByText(/What was done · /).click();
  const done = page.locator('ol.done').last();
  assert.match(await done.innerText(), /chaos, /);
  await done.getByRole('button', { name: /^chaos, / }).click();
  await still(page);
  assert.deepEqual([await count(), await change.innerText()], before);
  await page.close();
});

test('a message that is on its way can be dropped', async () => {
  const page = await openPaused({ theme: process.env.THEME });
  const drop = section(page, 'On its way').getByRole('button');
  let request = 110;
  do await lookAt(page, 2_005, { request });
  while ((await drop.count()) === 0 && (request += 1) < 150);
  await shot(page, 'drop');
  const what = await drop.first().innerText();
  await drop.first().click();
  await still(page);
  assert.match(what, /^Drop the (request|response), /);
  assert.equal(await section(page, 'On its way').count(), 0, 'it is not on its way any more');
  await shot(page, 'dropped');
  page.assertQuiet();
  await page.close();
});
