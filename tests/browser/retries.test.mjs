// What a backoff formula does to clients that fail together.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { still } from './harness.mjs';
import { dragSlider, openPaused, panel, section, type } from './gestures.mjs';

const retries = (page) => section(page, 'Retry & backoff');
const sentence = (page) => retries(page).locator('figure.herd figcaption').textContent();

async function choose(page, formula) {
  await retries(page).getByRole('radio', { name: formula, exact: true }).check();
  await still(page);
}

/// How many of the hundred clients come back within ten milliseconds.
async function together(page) {
  const said = await sentence(page);
  const [, count] = said.match(/^100 clients fail together: .* (all|\d+) come back within 10 ms/);
  return count === 'all' ? 100 : Number(count);
}

test('without jitter a hundred clients come back at once; full jitter spreads them', async () => {
  const page = await openPaused();
  await choose(page, 'none');
  assert.equal(await together(page), 100);
  await choose(page, 'full jitter');
  const spread = await together(page);
  assert.ok(spread <= 15, `${spread} of 100 together`);

  await choose(page, 'jitter, then cap');
  const some = await together(page);
  assert.ok(some < 40, `${some} of 100 together`);
  const during = await dragSlider(page, 'jitter', 0, () => together(page));
  assert.equal(during, 100, 'while the slider is held');
  assert.equal(await together(page), 100);
  assert.equal(await panel(page).getByLabel('jitter, as text', { exact: true }).inputValue(), '0 s');
  page.assertQuiet();
  await page.close();
});

test('jitter that is clipped at the cap is called that, and mended with one click', async () => {
  const page = await openPaused();
  await type(page, 'attempts, as text', '8');
  assert.equal(await together(page), 100);
  const trap = retries(page).getByRole('note');
  assert.match(await trap.textContent(), /Jitter is clipped at the cap from attempt 7 on/);
  await trap.getByRole('button', { name: 'Put the jitter after the cap' }).click();
  await trap.waitFor({ state: 'detached' });
  assert.ok((await together(page)) < 40);
  await page.keyboard.press('Control+z');
  await trap.getByRole('button', { name: 'Use full jitter' }).click();
  await trap.waitFor({ state: 'detached' });
  assert.ok((await together(page)) <= 15);
  page.assertQuiet();
  await page.close();
});
