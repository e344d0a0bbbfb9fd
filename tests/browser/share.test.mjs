// Giving a moment away: as a link, as a part of another page, as files.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressed, axe, open, scrollsSideways, still } from './harness.mjs';
import { notice, openPaused } from './gestures.mjs';

const permissions = ['clipboard-read', 'clipboard-write'];
const dialog = (page) => page.getByRole('dialog', { name: 'Share' });
const code = (page) => dialog(page).getByLabel('Code for your page');
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

/// Opens the dialog, and waits until the run in it is there.
async function shared(page) {
  await addressed(page);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.waitForFunction(() => document.querySelector('dialog half-open')?.state);
}

test('the link to the moment is copied, and that is said', async () => {
  const page = await openPaused({ at: 2_000, context: { permissions } });
  await shared(page);
  await dialog(page).getByRole('button', { name: 'Copy link' }).click();
  await dialog(page).getByRole('status').getByText('copied').waitFor();
  assert.equal(await copied(page), page.url());
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Share');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('code for another page is that of the run beside it, whatever is chosen', async () => {
  const page = await openPaused({ at: 6_200, context: { permissions } });
  await shared(page);
  assert.match(await code(page).inputValue(), /<half-open scenario="payments" at="6\.2s">/);
  await dialog(page).getByLabel('breakers').check();
  await dialog(page).getByLabel('timeout').check();
  await dialog(page).getByLabel('Caption').fill('Slow & "safe"');
  await dialog(page).getByLabel('Height').selectOption('480');
  const written = await code(page).inputValue();
  assert.match(written, /controls="api-bank\.timeout" tracks="breakers" caption="Slow &#38; &#34;safe&#34;" height="480"/);
  // What is written is what is shown: the same element in a page of its own.
  const same = await page.evaluate((written) => {
    const read = new DOMParser().parseFromString(written, 'text/html').querySelector('half-open');
    const run = document.querySelector('dialog half-open');
    return read.getAttributeNames().every((name) => read.getAttribute(name) === run.getAttribute(name));
  }, written);
  assert.ok(same);
  const frame = page.frameLocator('dialog half-open iframe');
  await frame.getByRole('slider', { name: 'timeout' }).waitFor();
  await dialog(page).getByRole('button', { name: 'Copy code' }).click();
  await dialog(page).getByRole('status').getByText('copied').waitFor();
  assert.equal(await copied(page), written);
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('a run that somebody changed is given away by its link, on a phone too', async () => {
  const page = await open({ width: 390, height: 780, touch: true });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: /roll another/ }).click();
  await still(page);
  await shared(page);
  const written = await code(page).inputValue();
  const [, link] = written.match(/<half-open link="([\w-]+)"/);
  assert.ok(page.url().includes(link));
  assert.match(written, /src="still\.svg"/);
  assert.equal(await scrollsSideways(page), false);
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('pictures and the experiment are a press away', async () => {
  const page = await openPaused();
  await shared(page);
  await dialog(page).getByRole('button', { name: 'Pictures and films' }).click();
  await page.getByRole('dialog', { name: 'Export' }).waitFor();
  await page.keyboard.press('Escape');
  await shared(page);
  const download = page.waitForEvent('download');
  await dialog(page).getByRole('button', { name: 'The experiment' }).click();
  assert.match((await download).suggestedFilename(), /\.half-open\.json$/);
  await page.close();
});

test('where the dialog cannot be fetched, the link is copied', async () => {
  const page = await openPaused({ context: { permissions } });
  await page.route('**/share.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Share' }).click();
  await notice(page).getByText('on the clipboard').waitFor();
  await addressed(page);
  assert.equal(await copied(page), page.url());
  await page.close();
});
