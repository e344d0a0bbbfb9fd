// The log as a table: it stands where the playhead stands, and moving in it moves the playhead.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, still } from './harness.mjs';
import { clock, lookAt, milliseconds, openPaused, panel } from './gestures.mjs';

const log = (page) => page.getByRole('grid', { name: 'Log' });
const here = (page) => page.locator('.entry.here');
const words = (page) => page.getByRole('searchbox', { name: 'Which events' });

async function reading(page, asked) {
  await page.keyboard.press('l');
  await words(page).fill(asked);
  await log(page).focus();
  await still(page);
}

test('keys open the log, go through it, and close it again', async () => {
  const page = await openPaused();
  await reading(page, 'breaker');
  const seen = [];
  for (let n = 0; n < 4; n += 1) {
    await page.keyboard.press('ArrowDown');
    await still(page);
    seen.push([await milliseconds(page), await here(page).innerText()]);
  }
  assert.ok(seen.every(([, text]) => text.includes('breaker api → bank is')), `${seen}`);
  assert.match(seen[0][1], /open: failing fast/);
  assert.deepEqual([...seen].sort(([a], [b]) => a - b), seen, 'time goes on');
  const active = await log(page).getAttribute('aria-activedescendant');
  assert.equal(active, await here(page).getAttribute('id'));
  await page.keyboard.press('ArrowUp');
  await still(page);
  assert.equal(await milliseconds(page), seen[2][0]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await still(page);
  assert.equal(await log(page).count(), 0);
  page.assertQuiet();
});

test('a row that is pressed is selected, and what is selected is where the log stands', async () => {
  const page = await openPaused();
  await reading(page, 'timed-out bank');
  const next = page.locator('.future .entry').first();
  const at = await next.locator('span').first().innerText();
  await next.click();
  await still(page);
  assert.equal(await here(page).locator('span').first().innerText(), at);
  assert.match(await panel(page).innerText(), /time out\?/i);
  // From the picture to the log.
  await page.keyboard.press('l');
  await lookAt(page, 5000);
  await page.keyboard.press('l');
  await still(page);
  const shown = await here(page).locator('span').first().innerText();
  assert.ok(parseFloat(shown) <= 5, shown);
  const coming = await page.locator('.future .entry').first().locator('span').first().innerText();
  assert.ok(parseFloat(coming) > 5, coming);
});

test('services write lines that an ID finds, all over the system', async () => {
  const page = await openPaused({ at: 5000 });
  await page.keyboard.press('l');
  await page.getByRole('button', { name: 'service logs' }).click();
  await words(page).fill('charged');
  await still(page);
  const line = await here(page).locator('.line').innerText();
  assert.match(line, /^INFO ledger charged from=api idempotency_key=\S+ trace_id=[0-9a-f]{32}$/);
  const id = line.split('trace_id=')[1];
  await words(page).fill(id);
  await still(page);
  const lines = await page.locator('.line').allInnerTexts();
  const who = new Set(lines.map((text) => text.split(' ')[1]));
  assert.deepEqual([...who].sort(), ['api', 'bank', 'clients', 'ledger']);
  assert.ok(lines.every((text) => text.endsWith(id)));
});

test('words that mean nothing are named, and what was listed stays', async () => {
  const page = await openPaused({ at: 5000 });
  await reading(page, 'bank');
  const before = await here(page).innerText();
  await words(page).fill('bnak');
  await still(page);
  await page.getByText('“bnak” means nothing here.').waitFor();
  assert.equal(await here(page).innerText(), before);
  assert.equal(await clock(page), '0:05.000');
});

test('a reload loses neither the log nor what is looked for in it', async () => {
  const page = await openPaused({ at: 5000 });
  await reading(page, 'bank timed out');
  await page.getByRole('button', { name: 'service logs' }).click();
  await still(page);
  const before = await here(page).innerText();
  await page.waitForTimeout(450);
  await reload(page);
  await here(page).waitFor();
  assert.equal(await words(page).inputValue(), 'bank timed out');
  assert.equal(await here(page).innerText(), before);
});

for (const theme of ['light', 'dark']) {
  test(`the log is accessible, ${theme}`, async () => {
    const page = await openPaused({ at: 5000, theme });
    await reading(page, 'failed');
    assert.deepEqual(await axe(page), []);
    page.assertQuiet();
  });
}
