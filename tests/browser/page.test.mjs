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
