// Goodput that collapses under first come, first served, and what a service can do about it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openPaused, section } from './gestures.mjs';

test('a service that sheds who has waited too long is useful again, and says whom it shed', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('goodput_collapse');
  await lookAt(page, 20_000, { node: 1 });
  const goodput = async () => parseFloat((await numbers(page)).goodput);
  const capacity = section(page, 'Capacity');
  const order = capacity.getByRole('group', { name: 'next is who came' });
  const shed = capacity.getByRole('group', { name: 'sheds load by' });
  const target = capacity.getByRole('slider', { name: 'target' });
  assert.equal(await target.count(), 0, 'what nobody has chosen has no settings');
  await lookAt(page, 40_000, { node: 1 });
  const down = await goodput();
  assert.ok(down < 20, `${down} per second of 120, nearly all of them in the first seconds`);

  await lookAt(page, 20_000, { node: 1 });
  await shed.getByRole('radio', { name: 'CoDel' }).check();
  await target.waitFor();
  await page.keyboard.press('Control+z');
  await still(page);
  assert.ok(await shed.getByRole('radio', { name: 'nothing' }).isChecked());
  await page.keyboard.press('Control+Shift+z');
  await still(page);
  await order.getByRole('radio', { name: 'last, if many wait' }).check();
  await capacity.getByRole('slider', { name: 'many: more than' }).waitFor();
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  assert.deepEqual(await axe(page), []);
  await lookAt(page, 59_000, { node: 1 });
  const mended = await goodput();
  assert.ok(mended > 40, `${mended} per second of 120, of which none in the first twenty seconds`);

  page.assertQuiet();
  await reload(page);
  assert.ok(await shed.getByRole('radio', { name: 'CoDel' }).isChecked(), 'the link holds it');
  assert.ok(await order.getByRole('radio', { name: 'last, if many wait' }).isChecked());

  assert.deepEqual(page.watched.errors, []);
  await page.close();
});
