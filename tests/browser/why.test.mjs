// Why: the window that a breaker saw, why something did not happen, and what makes a number.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, still } from './harness.mjs';
import { clock, disclose, lookAt, openPaused, panel, section } from './gestures.mjs';

const LINE = { edge: 1 };

/// The sentences of a chain or of what makes a number.
async function sentences(page, list) {
  await still(page);
  return list.locator(':scope > li').evaluateAll((items) =>
    items.map((item) => item.querySelector(':scope > button, :scope > span').textContent),
  );
}

test('an open breaker shows the calls it saw, and each leads to what ended it', async () => {
  const page = await openPaused();
  await lookAt(page, 5200, LINE);
  const why = section(page, 'Why is the breaker open?');
  const [opened, counted, ...causes] = await sentences(page, why.locator('.why').first());
  assert.match(opened, /^breaker open since 4\.\d\d s$/);
  const [, failed, all] = counted.match(/^(\d+) of the last (\d+) calls failed \(limit 50 %\)$/);
  assert.match(causes.at(-1), /^fault “slow ×7” on bank since 4\.00 s$/);

  const saw = why.getByRole('group', { name: 'The calls it saw, oldest first' });
  const marks = saw.getByRole('button');
  assert.equal(await marks.count(), Number(all));
  const bad = saw.getByRole('button', { name: /^timed out, api → bank at / });
  assert.equal(await bad.count(), Number(failed));
  assert.deepEqual(await axe(page), []);

  const [, ended] = (await bad.last().getAttribute('aria-label')).match(/ at (.*) s$/);
  await bad.last().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^request / }).waitFor();
  assert.equal(await clock(page), `0:0${ended}`);
  await page.getByRole('heading', { name: /^Why did a call of request .* time out\?$/ }).waitFor();
  page.assertQuiet();
  await page.close();
});

test('why not yet, and what failed last, are questions to press', async () => {
  const page = await openPaused();
  await lookAt(page, 5200, LINE);
  assert.equal(await panel(page).locator('.why').count(), 1, 'one answer is open');
  const yet = await disclose(page, 'Why is it not half-open yet?');
  assert.deepEqual(await sentences(page, yet.locator('.why')), ['it waits 1.2 s more of 2 s']);
  const last = await disclose(page, 'What failed here last?');
  const [failed] = await sentences(page, last.locator('.why'));
  assert.match(failed, /^request [0-9a-f]{4}, attempt 1 timed out at \d\.\d\d s$/);

  await lookAt(page, 1000, LINE);
  const why = section(page, 'Why is the breaker not open?');
  assert.deepEqual(await sentences(page, why.locator('.why').first()), [
    '0 of the last 10 calls failed, the limit is 50 %',
  ]);
  await page.close();
});

test('a request that failed for good says why it was not tried again', async () => {
  const page = await openPaused();
  await lookAt(page, 6000, { request: 237 });
  const not = await disclose(page, 'Why was it not tried again?');
  assert.deepEqual(await sentences(page, not.locator('.why')), ['attempt 3 was the last of 3']);
  await page.close();
});

test('a number says what makes it what it is, and each part opens what was counted', async () => {
  const page = await openPaused();
  await lookAt(page, 7000);
  const number = (name) => page.locator('.numbers div').filter({ hasText: name }).getByRole('button');
  const share = await number('success').textContent();
  await number('success').focus();
  await page.keyboard.press('Enter');
  const parts = section(page, `Why ${share}?`).locator('.parts');
  const said = await sentences(page, parts);
  const [, good, all] = said[0].match(/^(\d+) of (\d+) succeeded$/);
  const [, lost] = said[1].match(/^(\d+) were answered with an error$/);
  assert.equal(Number(good) + Number(lost), Number(all));
  assert.match(said.at(-1), /^\d+ of the last \d+ began with: fault “slow ×7” on bank since 4\.00 s$/);
  assert.deepEqual(await axe(page), []);

  await parts.getByRole('button', { name: 'were answered with an error' }).click();
  await page.getByRole('heading', { name: 'Requests that were answered with an error' }).waitFor();
  await panel(page).getByText(`50 of ${lost} up to `).waitFor();

  await number('p99').click();
  const slow = panel(page).locator('.parts').getByRole('button').first();
  assert.match(await slow.textContent(), /^request [0-9a-f]{4} took .* took longer$/);
  await slow.click();
  await page.getByRole('heading', { name: /^request / }).waitFor();
  page.assertQuiet();
  await page.close();
});
