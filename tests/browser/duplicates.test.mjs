// Requests that arrive twice: what is charged again, what a key makes of it, and what is said of that.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { charged, lookAt, narrated, openFound, openPaused, panel, section } from './gestures.mjs';

test('what arrives twice at a service without keys charges twice, and healing ends it', async () => {
  const page = await openPaused({ at: 1_000, selection: { edge: 2 } });
  const fault = section(page, 'Faults').getByRole('button', { name: /^duplicate/ });
  await fault.focus();
  await page.keyboard.press('Enter');
  await still(page);
  assert.equal(await fault.getAttribute('aria-pressed'), 'true');
  assert.equal(await fault.textContent(), 'duplicate 20 %');
  await lookAt(page, 3_500, { edge: 2 });
  assert.match(await page.locator('.story').textContent(), /Nothing told the second arrival of a request from a new one: charged twice/);
  const { charges, orders } = await charged(page);
  assert.ok(charges > orders + 10, `${charges} for ${orders}`);
  assert.deepEqual(await axe(page), []);

  await page.keyboard.press('Control+z');
  await lookAt(page, 3_500, { edge: 2 });
  const whole = await charged(page);
  assert.ok(whole.charges <= whole.orders + 1, 'one or two have been charged and are not answered yet');
  await page.keyboard.press('Control+Shift+z');
  await still(page);

  // The one that was charged twice, and the second arrival in its rows.
  await openFound(page, 'charged twice');
  const text = await panel(page).textContent();
  assert.match(text, /arrived a second time/);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });

  page.assertQuiet();
  await reload(page);
  await lookAt(page, 3_500, { edge: 2 });
  assert.equal(await fault.getAttribute('aria-pressed'), 'true', 'the link holds it');
  await fault.click();
  await still(page);
  assert.equal(await fault.getAttribute('aria-pressed'), 'false');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});
