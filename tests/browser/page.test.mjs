// What holds for the page whatever it shows.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, scrollsSideways } from './harness.mjs';

const POLICY = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'frame-src': "'self'",
  'manifest-src': "'self'",
  'worker-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

for (const theme of ['light', 'dark']) {
  test(`starts under a sub-path without a word on the console (${theme})`, async () => {
    const page = await open({ theme });
    await page.waitForTimeout(1000);
    page.assertQuiet();
    await page.close();
  });

  test(`has no accessibility violations (${theme})`, async () => {
    const page = await open({ theme });
    assert.deepEqual(await axe(page), []);
    await page.close();
  });
}

test('asks only its own host, and for each file once', async () => {
  const page = await open();
  const { origin } = new URL(page.url());
  const { requests } = page.watched;
  assert.deepEqual(requests.filter((url) => !url.startsWith(origin)), []);
  assert.deepEqual(requests, [...new Set(requests)]);
  assert.equal(requests.filter((url) => url.endsWith('.wasm')).length, 1);
  await page.close();
});

test('fetches the rest of itself for who does something, and not for who looks', async () => {
  const page = await open();
  const rest = () => page.watched.requests.filter((url) => url.includes('/half-open-rest-'));
  await page.setViewportSize({ width: 900, height: 700 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(3000);
  assert.deepEqual(rest(), [], 'if looking needs more than it did: cargo xtask later');
  const fetched = page.waitForEvent('requestfinished', (request) => request.url() === rest()[0]);
  await page.mouse.move(200, 200);
  await fetched;
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Play' }).waitFor();
  assert.equal(rest().length, 1);
  page.assertQuiet();
  await page.close();
});

test('fetches the rest at once for who comes with a link', async () => {
  const first = await open();
  const { hash } = new URL(first.url());
  const page = await open({ path: hash });
  assert.equal(page.watched.requests.filter((url) => url.endsWith('.wasm')).length, 2);
  page.assertQuiet();
  await page.close();
  await first.close();
});

test('does what is asked for before the rest has arrived', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause' }).evaluate((button) => button.click());
  await page.getByRole('button', { name: 'Play' }).waitFor();
  page.assertQuiet();
  await page.close();
});

test('says so when the rest cannot be fetched', async () => {
  const page = await open();
  await page.route('**/half-open-rest-*', (route) => route.abort());
  await page.getByRole('button', { name: 'Pause' }).click();
  const told = page.getByRole('alertdialog', { name: 'Half-Open needs a part of itself' });
  await told.getByText('is there a connection?').waitFor();
  await page.unroute('**/half-open-rest-*');
  await told.getByRole('button', { name: 'Start again' }).click();
  await page.getByRole('button', { name: 'Play' }).waitFor();
  await page.close();
});

test('has a strict security policy and no inline script or style', async () => {
  const page = await open();
  const content = await page
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute('content');
  const policy = content.split(';').map((part) => part.trim());
  assert.deepEqual(policy, Object.entries(POLICY).map((pair) => pair.join(' ')));
  assert.equal(await page.locator('script:not([src]), style').count(), 0);
  await page.close();
});

test('paints before the simulator has arrived', async () => {
  const page = await open();
  await page.route('**/*.wasm', () => {});
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('heading', { name: 'Half-Open' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'Loading' }).waitFor();
  await page.close();
});

test('says so when it cannot start', async () => {
  const page = await open();
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('status').filter({ hasText: 'could not start' }).waitFor();
  await page.close();
});

for (const [name, width, height] of [['phone', 390, 844], ['tablet', 820, 1180]]) {
  test(`does not scroll sideways on a ${name}`, async () => {
    const page = await open({ width, height, touch: true });
    assert.equal(await scrollsSideways(page), false);
    await page.close();
  });
}
