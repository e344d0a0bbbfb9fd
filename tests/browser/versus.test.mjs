// What a change bought: two settings under the same luck, computed by a worker.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways } from './harness.mjs';
import { openPaused } from './gestures.mjs';

const dialog = (page) => page.getByRole('dialog', { name: 'What the change bought' });
const row = (page, measure) => dialog(page).getByRole('row', { name: measure });
const status = (page) => dialog(page).getByRole('status');

/// Lets everybody wait for the bank for a long time, and asks what that bought.
async function compared(options = {}) {
  const page = await openPaused(options);
  const timeout = page.getByRole('slider', { name: 'per attempt' }).first();
  await timeout.focus();
  for (let n = 0; n < 12; n += 1) await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Compare' }).click();
  await dialog(page).getByLabel('How many seeds').selectOption('20');
  await status(page).getByText('20 of 20 seeds', { exact: true }).waitFor();
  return page;
}

test('a table says what a longer timeout bought and what it cost', async () => {
  const page = await compared();
  const cells = await row(page, 'p99 latency').getByRole('cell').allInnerTexts();
  assert.match(cells[2], /^\+[\d,.]+ ± [\d.]+ ms$/);
  assert.equal(cells[3], '▼ worse');
  assert.match(await row(page, 'success').innerText(), /\+\d.* points\s+▲ better/);

  const lines = await dialog(page).locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => new Set([...row.children].map((cell) => cell.offsetTop)).size));
  assert.ok(lines.length > 10 && lines.every((count) => count === 1), 'each measure is one line');

  // The same on both sides differs in nothing.
  const a = dialog(page).getByLabel('A', { exact: true });
  await dialog(page).getByLabel('B', { exact: true }).selectOption({ label: await a.evaluate((s) => s.selectedOptions[0].text) });
  await row(page, 'p99 latency').getByText('the same').waitFor();
  page.assertQuiet();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Compare' }).and(page.locator(':focus')).waitFor();
  await page.close();
});

test('a long comparison can be stopped, and what is known stays', async () => {
  const page = await compared();
  await dialog(page).getByLabel('How many seeds').selectOption('500');
  await status(page).getByText(/^[1-9]\d* of 500 seeds$/).waitFor();
  await dialog(page).getByRole('button', { name: 'Stop' }).click();
  assert.match(await status(page).innerText(), /^\d+ of 500 seeds, stopped$/);
  assert.equal(await row(page, 'charges').count(), 1);
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, and nothing scrolls sideways (${theme})`, async () => {
    const page = await compared({ theme });
    for (const [width, height] of [[1440, 900], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await axe(page), [], `${width} px`);
      assert.equal(await scrollsSideways(page), false, `${width} px`);
    }
    page.assertQuiet();
    await page.close();
  });
}
