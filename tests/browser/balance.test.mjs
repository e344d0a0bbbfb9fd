// One name, three instances: who gets the requests when one of them fails at once, and what mends that.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, openPaused, panel, section } from './gestures.mjs';

test('a sinkhole gets nearly everything until requests are picked by turn, and says who picked it', async () => {
  const page = await openPaused();
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('sinkhole');
  await lookAt(page, 29_000, { node: 1 });
  const calls = section(page, 'Its calls');
  const share = async () => Number((await calls.textContent()).match(/third\d+ \((\d+) %\)/)[1]);
  const drawn = await share();
  assert.ok(drawn > 65, `${drawn} % in 29 s, of which it has failed for 19`);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  assert.deepEqual(await axe(page), []);

  await lookAt(page, 0, { node: 1 });
  const by = calls.getByRole('group', { name: 'which one' });
  assert.ok(await by.getByRole('radio', { name: 'least in flight' }).isChecked());
  await by.getByRole('radio', { name: 'round robin' }).check();
  await still(page);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.ok(await by.getByRole('radio', { name: 'least in flight' }).isChecked());
  await page.keyboard.press('Control+Shift+z');
  await lookAt(page, 29_000, { node: 1 });
  assert.equal(await share(), 33);

  page.assertQuiet();
  await reload(page);
  assert.ok(await by.getByRole('radio', { name: 'round robin' }).isChecked(), 'the link holds it');

  // What is not balanced has no law.
  const order = calls.getByRole('group', { name: 'its calls' });
  await order.getByRole('radio', { name: 'all at once' }).check();
  await by.waitFor({ state: 'detached' });
  assert.match(await panel(page).textContent(), /service; calls first, second, third/);
  await order.getByRole('radio', { name: 'one of them' }).check();
  await by.waitFor();
  assert.match(await panel(page).textContent(), /service; calls first or second or third/);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('three instances behind a balancer can be drawn, and drawn otherwise', async () => {
  const page = await openPaused();
  await page.getByRole('button', { name: 'Draw', exact: true }).click();
  await page.locator('.board').click({ position: { x: 3, y: 3 } });
  await page.getByLabel('Start from').selectOption({ label: 'Three instances behind a balancer' });
  await page.getByRole('button', { name: /^balancer, service/ }).click();
  const one = page.getByRole('button', { name: 'calls one of them' });
  const all = page.getByRole('button', { name: 'calls at once' });
  await one.waitFor();
  assert.equal(await one.getAttribute('aria-pressed'), 'true');
  await all.focus();
  await page.keyboard.press('Enter');
  await still(page);
  assert.deepEqual(
    [await one.getAttribute('aria-pressed'), await all.getAttribute('aria-pressed')],
    ['false', 'true'],
  );
  await one.click();
  await still(page);
  assert.equal(await one.getAttribute('aria-pressed'), 'true');
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT.replace('.png', '-drawn.png') });
  page.assertQuiet();
  await page.close();
});
