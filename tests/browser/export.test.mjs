// A run for other tools: the page writes what the command line writes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { exported } from './cli.mjs';
import { dialog } from './films.mjs';
import { axe, open, scrollsSideways } from './harness.mjs';
import { noticed, openPaused, saved, section } from './gestures.mjs';

const FORMATS = {
  'OTLP/JSON': ['otlp', 'payments.otlp.json'],
  'Jaeger JSON': ['jaeger', 'payments.jaeger.json'],
  'Chrome trace': ['chrome', 'payments.trace.json'],
  CSV: ['csv', 'payments.csv'],
  'JSON lines': ['jsonl', 'payments.jsonl'],
};

const button = (page) => page.getByRole('button', { name: 'Export' });

/// Opens the part of the dialog that is for other tools, with the keyboard.
async function openTools(page) {
  await button(page).press('Enter');
  const tab = dialog(page).getByRole('tab', { name: 'Pictures and films' });
  await tab.focus();
  await page.keyboard.press('ArrowRight');
  await dialog(page).getByRole('tab', { name: 'For other tools', selected: true }).and(page.locator(':focus')).waitFor();
}

test('the page exports the bytes that the command line exports, whatever was done by hand', async () => {
  const page = await openPaused({ at: 2000 });
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  const file = await saved(page);
  const names = Object.values(FORMATS).map(([name]) => name);
  const wanted = exported(file, names);
  await openTools(page);
  for (const [place, [title, [, name]]] of Object.entries(FORMATS).entries()) {
    const choice = dialog(page).getByRole('button', { name: title });
    await choice.focus();
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const taken = await download;
    assert.equal(taken.suggestedFilename(), name);
    const bytes = await readFile(await taken.path());
    assert.ok(bytes.equals(wanted[place]), `${name}: ${bytes.length}, not ${wanted[place].length}`);
    await dialog(page).getByText(`Exported as ${name}, `).waitFor();
  }
  await page.keyboard.press('Escape');
  await button(page).and(page.locator(':focus')).waitFor();
  assert.deepEqual(await saved(page), file);
  page.assertQuiet();
  await page.close();
});

test('without a connection, a sentence, and later another try', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.route('**/half-open-files*', (route) => route.abort());
  await button(page).click();
  assert.match(await noticed(page), /^Nothing was exported\. .* is there a connection\?$/);
  await page.unroute('**/half-open-files*');
  await openTools(page);
  await dialog(page).getByRole('button', { name: 'CSV' }).click();
  await dialog(page).getByText('Exported as payments.csv').waitFor();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, and nothing scrolls sideways (${theme})`, async () => {
    const page = await openPaused({ theme });
    await openTools(page);
    await dialog(page).getByRole('button', { name: 'CSV' }).click();
    await dialog(page).getByText('Exported as payments.csv').waitFor();
    for (const [width, height] of [[1440, 900], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await axe(page), [], `${width} px`);
      assert.equal(await scrollsSideways(page), false, `${width} px`);
    }
    page.assertQuiet();
    await page.close();
  });
}
