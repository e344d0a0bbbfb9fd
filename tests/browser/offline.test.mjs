// The page without a network: kept for those who ask for that, whole and of one version, and told of a new one.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { launch } from './harness.mjs';
import { DIST, serve } from './server.mjs';

const ends = [];
after(() => Promise.all(ends.map((end) => end())));

/// A copy of the page that a test may change, on a host of its own that it may stop, and a browser.
async function visit(path = '', how = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'half-open-'));
  ends.push(() => rm(directory, { recursive: true }));
  await cp(DIST, directory, { recursive: true });
  const host = await serve({ directory, ...how });
  const browser = await launch();
  ends.push(() => Promise.allSettled([browser.close(), host.close()]));
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  await page.goto(host.url + path);
  await begun(page);
  const end = async () => {
    await browser.close();
    await host.close().catch(() => {});
  };
  return { directory, host, page, context, errors, asked, end };
}

const begun = (page) => page.waitForFunction(() => !document.getElementById('start'));

/// Has the page kept, from the list of lessons.
async function keep(page) {
  await page.getByRole('button', { name: 'Lessons' }).click();
  await page.getByRole('button', { name: 'Keep for offline' }).click();
  await page.getByText('The page is kept').waitFor();
  await page.keyboard.press('Escape');
  // A page goes on with the files that it began with; the next one has those that are kept.
  await page.reload();
  await begun(page);
  assert.ok(await page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
}

/// Puts another version on the host: what `change` does to a file, and a worker that knows.
async function publish(directory, name, change) {
  const before = await readFile(join(directory, name));
  const bytes = Buffer.from(change(before.toString()));
  await writeFile(join(directory, name), bytes);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  const worker = await readFile(join(directory, 'sw.js'), 'utf8');
  const entry = `['${name}', ${bytes.length}, '${(hash >>> 0).toString(16).padStart(8, '0')}']`;
  const changed = worker
    .replace(/const VERSION = '(.*)'/, "const VERSION = '$1x'")
    .replace(new RegExp(`\\['${name.replace('.', '\\.')}', .*\\]`), entry);
  assert.notEqual(changed, worker);
  await writeFile(join(directory, 'sw.js'), changed);
}

const workers = (page) => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
const cached = (page) => page.evaluate(() => caches.keys());

test('nobody is asked to keep anything', async () => {
  const { page, asked, end } = await visit();
  await page.mouse.move(300, 300);
  await page.waitForTimeout(2000);
  assert.deepEqual(asked.filter((url) => /sw\.js|offline|speaker|present|icons/.test(url)), []);
  assert.deepEqual([await workers(page), await cached(page)], [0, []]);
  await end();
});

test('without a network a kept page opens, with a lesson, a talk and the speaker’s window', async () => {
  const { host, page, errors, end } = await visit();
  await keep(page);
  await host.close();
  await page.goto(`${host.url}#lesson=breaker/probe`);
  await page.reload();
  await begun(page);
  await page.locator('.tour .story', { hasText: 'It stays open for two seconds' }).waitFor();
  await page.keyboard.press('p');
  await page.waitForFunction(() => getComputedStyle(document.body).zoom === '1.6');
  const [window] = await Promise.all([page.waitForEvent('popup'), page.keyboard.press('w')]);
  await window.locator('#note').waitFor();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  await page.locator('.reveals', { hasText: 'One, the probe' }).waitFor();
  await page.evaluate(() => (location.hash = 'lesson=timeout&lang=de'));
  await page.waitForFunction(() => document.querySelector('.tour')?.getAttribute('aria-label') !== 'A slow bank trips the breaker');
  assert.deepEqual(errors, []);
  await end();
});

test('a host that leads elsewhere for the page does not spoil what is kept', async () => {
  const { host, page, end } = await visit('', { clean: true });
  await keep(page);
  await host.close();
  await page.reload();
  await begun(page);
  await page.getByRole('button', { name: 'Lessons' }).waitFor();
  await end();
});

test('a new version is told of, and taken when somebody wants it', async () => {
  const { directory, host, page, end } = await visit();
  await keep(page);
  const title = () => page.title();
  await publish(directory, 'index.html', (text) => text.replace('<title>', '<title>Newer '));
  await page.reload();
  await begun(page);
  assert.equal(await title(), 'Half-Open', 'it is not swapped by itself');
  await page.getByText('A new version is ready.').waitFor();
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Reload' }).click()]);
  await begun(page);
  assert.equal(await title(), 'Newer Half-Open');
  const names = await cached(page);
  assert.equal(names.length, 1, 'the old one is gone');
  await host.close();
  await page.reload();
  await begun(page);
  assert.equal(await title(), 'Newer Half-Open');
  await end();
});

test('in the middle of a talk nothing is said, and another tab keeps the version', async () => {
  const { directory, host, page, context, end } = await visit();
  // Behind a full screen another tab would not be drawn.
  await context.addInitScript(() => delete Element.prototype.requestFullscreen);
  await keep(page);
  await publish(directory, 'index.html', (text) => text.replace('<title>', '<title>Newer '));
  await page.goto(`${host.url}#lesson=breaker&present`);
  await page.reload();
  await begun(page);
  await page.locator('.presenting').waitFor();
  await page.locator('.update', { hasText: 'A new version is ready.' }).waitFor({ state: 'attached' });
  assert.equal(await page.locator('.update').isVisible(), false);
  const other = await context.newPage();
  await other.goto(host.url);
  await begun(other);
  await other.getByRole('button', { name: 'Reload' }).click();
  await other.getByText('Close the other tabs of this page first.').waitFor();
  assert.equal(await page.title(), 'Half-Open');
  await page.keyboard.press('Escape');
  await page.locator('.update').waitFor();
  await end();
});

test('a host in the middle of an update is not believed', async () => {
  const { directory, page, end } = await visit();
  await keep(page);
  const before = await cached(page);
  await publish(directory, 'index.html', (text) => text.replace('<title>', '<title>Newer '));
  // The list is of the new version, and one of its files is not.
  const index = join(directory, 'index.html');
  await writeFile(index, (await readFile(index, 'utf8')).replace('Newer ', 'Other '));
  await page.reload();
  await begun(page);
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update().catch(() => {});
    const worker = registration.installing;
    if (worker) await new Promise((done) => worker.addEventListener('statechange', () => ['redundant', 'installed'].includes(worker.state) && done()));
  });
  assert.deepEqual(await cached(page), before);
  assert.equal(await page.getByText('A new version is ready.').count(), 0);
  await end();
});

test('where not everything can be fetched, nothing is kept', async () => {
  const { directory, page, end } = await visit();
  await rm(join(directory, 'export.js'));
  await page.getByRole('button', { name: 'Lessons' }).click();
  await page.getByRole('button', { name: 'Keep for offline' }).click();
  await page.getByText('Not everything could be fetched').waitFor();
  assert.deepEqual(await cached(page), []);
  await end();
});

test('the page can be installed', async () => {
  const { page, host, end } = await visit();
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  const names = installabilityErrors.map(({ errorId }) => errorId).filter((name) => name !== 'in-incognito');
  assert.deepEqual(names, []);
  const { url } = await session.send('Page.getAppManifest');
  assert.equal(url, `${host.url}manifest.webmanifest`);
  await end();
});
