// A rate limit on a call: what it is counted by, whom it rejects, and when the next one may go.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { lookAt, numbers, openFound, openPaused, panel, section } from './gestures.mjs';

test('a rate limit rejects what is too much, and says what it counted', async () => {
  const page = await openPaused({ at: 0, selection: { edge: 0 } });
  const chips = page.locator('.chips');
  const limit = section(page, 'Rate limit');
  const by = limit.getByRole('group', { name: 'counted by' });
  assert.equal(await limit.getByRole('slider').count(), 0, 'what nobody has chosen has no settings');
  await by.getByRole('radio', { name: 'token bucket' }).check();
  await limit.getByRole('slider', { name: 'bucket holds' }).waitFor();
  assert.equal(await limit.getByRole('slider').count(), 3);
  await by.getByRole('radio', { name: 'sliding window' }).check();
  await still(page);
  assert.equal(await limit.getByRole('slider').count(), 2);
  await limit.getByRole('slider', { name: 'attempts' }).focus();
  await page.keyboard.press('Home');
  await still(page);
  assert.match(await chips.textContent(), /breaker .›1 in 1 s›timeout/);
  assert.equal(await chips.evaluate((row) => row.scrollWidth > row.clientWidth), false, 'cut off');
  await page.keyboard.press('Control+z');
  await still(page);
  assert.match(await chips.textContent(), /›100 in 1 s›/);
  await page.keyboard.press('Control+Shift+z');
  await still(page);

  await lookAt(page, 3_000, { edge: 0 });
  assert.ok(parseFloat((await numbers(page)).success) < 20);
  await openFound(page, 'rate limit');
  const falls = panel(page).getByRole('region', { name: /^Waterfall/ });
  assert.match(await falls.textContent(), /rejected by its rate limit/);
  const why = /rejected at .* by the rate limit clients → api: 1 went within 1 s, the next in \d+/;
  assert.match(await panel(page).textContent(), why);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  assert.deepEqual(await axe(page), []);

  page.assertQuiet();
  await lookAt(page, 3_000, { edge: 0 });
  await reload(page);
  assert.match(await chips.textContent(), /›1 in 1 s›/, 'the link holds it');
  await page.close();
});
