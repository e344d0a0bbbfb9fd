// A challenge: a system that fails, goals beside what the run comes to, few settings, and a judge who looks
// at fifty runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import { panel, type } from './gestures.mjs';

const tour = (page) => page.locator('.tour');
const verdict = (page) => page.getByRole('dialog', { name: /^Judged under/ }).locator('.verdict');

/** Opens a challenge, and sees what its beginning comes to. */
async function begin(options) {
  const page = await open({ path: '#lesson=outage', ...options });
  await page.getByRole('button', { name: 'Skip →' }).click();
  await still(page);
  return page;
}

/** What the judge says in the end. */
async function judged(page) {
  await page.getByRole('button', { name: /^Judge under 50 seeds/ }).click();
  const said = verdict(page).filter({ hasText: /^(Passed|Not yet)/ });
  await said.waitFor({ timeout: 60_000 });
  const text = await said.textContent();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await verdict(page).waitFor({ state: 'detached' });
  return text;
}

test('a system that fails is judged, mended with few settings, and passes', async () => {
  const page = await begin();
  const goals = tour(page).locator('.goals li');
  assert.equal(await goals.count(), 3);
  assert.ok((await tour(page).locator('.goals .missed').count()) > 0, 'something is wrong at first');
  assert.match(await tour(page).innerText(), /0 of 3 settings changed/);
  assert.match(await judged(page), /^Not yet: all goals are met under 0 of 50 seeds only/);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Judge under/);

  await page.getByRole('button', { name: 'Show me' }).click();
  await tour(page).locator('.achieved').waitFor();
  assert.equal(await tour(page).locator('.goals .missed').count(), 0);
  assert.match(await judged(page), /^Passed: all goals are met under \d\d of 50 seeds, with \d settings? changed\.$/);
  // What was made of it is in the address.
  await page.waitForTimeout(450);
  await reload(page);
  await tour(page).locator('.achieved').waitFor();
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('what is not offered does not count, and the judge says so before', async () => {
  const page = await begin();
  await panel(page).getByText('All settings').first().click();
  const judge = page.getByRole('button', { name: /^Judge under/ });
  assert.equal(await judge.getAttribute('aria-disabled'), null);
  await type(page, 'cap, as text', '1 s');
  await tour(page).getByText('More is changed than may be').waitFor();
  assert.equal(await judge.getAttribute('aria-disabled'), 'true');
  await page.getByRole('button', { name: 'As it was' }).click();
  await tour(page).getByText('0 of 3 settings changed').waitFor();
  await page.close();
});

test('on a phone it fits, and can be judged by touch', async () => {
  const page = await begin({ width: 390, height: 844, touch: true });
  assert.equal(await scrollsSideways(page), false);
  await page.getByRole('button', { name: 'Show me' }).tap();
  await tour(page).locator('.achieved').waitFor();
  await page.getByRole('button', { name: /^Judge under/ }).tap();
  await verdict(page).filter({ hasText: /^Passed/ }).waitFor({ timeout: 60_000 });
  assert.equal(await scrollsSideways(page), false);
  await page.close();
});
