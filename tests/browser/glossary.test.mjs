// The glossary: every word with a picture that moves, or stands still for who asked for that.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, scrollsSideways, still } from './harness.mjs';

const dialog = (page) => page.getByRole('dialog', { name: 'Glossary' });
const film = (page, term) => dialog(page).locator(`li[data-term="${term}"] svg`);

async function look(options) {
  const page = await open(options);
  await page.getByRole('button', { name: 'Pause' }).click();
  // On a phone they are in the menu.
  if (options?.touch) await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('button', { name: 'Lessons' }).click();
  await page.getByRole('button', { name: 'Glossary' }).click();
  await film(page, 'attempt').waitFor();
  return page;
}

test('words have pictures that move, are found, and lead to their runs', async () => {
  const page = await look();
  const first = await film(page, 'attempt').innerHTML();
  await page.waitForFunction(
    (first) => document.querySelector('li[data-term="attempt"] svg').innerHTML !== first, first);
  const words = dialog(page).getByRole('listitem');
  assert.ok((await words.count()) >= 20);
  await dialog(page).getByRole('searchbox', { name: 'Find a word' }).fill('half-open');
  assert.equal(await words.filter({ visible: true }).count(), 2, 'half-open, and probe');
  await film(page, 'half-open').waitFor();
  await dialog(page).getByRole('searchbox', { name: 'Find a word' }).fill('zebra');
  assert.equal(await dialog(page).getByRole('status').innerText(), 'Nothing here is called “zebra”.');
  await dialog(page).getByRole('searchbox', { name: 'Find a word' }).fill('bulkhead');
  await dialog(page).getByRole('link', { name: 'bulkhead' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  await still(page);
  assert.equal(await page.getByRole('combobox', { name: 'Scenario' }).inputValue(), 'bulkhead');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('who asked for less motion sees pictures that stand still', async () => {
  const page = await look({ reducedMotion: true });
  const first = await film(page, 'attempt').innerHTML();
  await film(page, 'backoff').waitFor();
  await page.waitForTimeout(400);
  assert.equal(await film(page, 'attempt').innerHTML(), first);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.ok(await page.getByRole('button', { name: 'Lessons' }).evaluate((e) => e === document.activeElement));
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`it is accessible, and fits on a phone (${theme})`, async () => {
    const page = await look({ theme, width: 390, height: 844, touch: true });
    const found = await axe(page);
    // Links to a place of this page that are scrolled out of sight lead nowhere on the page.
    assert.deepEqual(found.filter((problem) => !problem.startsWith('skip-link')), []);
    assert.equal(await scrollsSideways(page), false);
    await page.close();
  });
}
