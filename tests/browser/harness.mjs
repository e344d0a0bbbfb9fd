// Opens the built page in Chromium and watches what it does.
//
//   const page = await open({ path: '#l=1', theme: 'dark' });
//   await page.getByRole('button', { name: 'Trip' }).click();
//   page.assertQuiet();
//
// Chromium and the host are started on first use and end with the test file.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

import { serve } from './server.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/// Rules of WCAG 2.2 AA, and what axe calls best practice.
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  // Chromium refuses to sandbox itself as root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/// The browser of this machine, as found by `cargo xtask`.
export function chromiumPath() {
  const path = process.env.HALF_OPEN_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (!path) throw new Error('No Chromium was found; set HALF_OPEN_CHROMIUM to its path.');
  return path;
}

/// A fresh Chromium with nothing remembered.
export function launch(options = {}) {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS, ...options });
}

let shared;

function session() {
  shared ??= Promise.all([serve(), launch()]).then(([host, browser]) => ({ host, browser }));
  return shared;
}

/// Ends Chromium and the host; test files need not call it.
export async function close() {
  if (!shared) return;
  const { host, browser } = await shared;
  shared = undefined;
  await browser.close();
  await host.close();
}

// Scripts that are not tests have no test runner to wait for: they call `close` themselves.
if (process.env.NODE_TEST_CONTEXT) after(close);

/// Opens the page and waits until the app has taken over.
///
/// - `path`: what follows the address of the page, such as `#s=…`
/// - `theme`: `light` or `dark`; `reducedMotion`: true for people who asked for less of it
/// - `touch`: a phone or tablet rather than a mouse
/// - `before`: a function to run in the page before anything of its own
/// - `context`: anything else that Playwright's `newContext` understands
///
/// The returned page also has
/// - `watched.errors`: uncaught errors, errors and warnings on the console, violated policies
/// - `watched.requests`: every request so far, and `watched.later()`: those since the app started,
///   but for what reads and writes files, and shows recorded calls, fetched when somebody does
/// - `assertQuiet()`: fails unless there were no errors and no later requests
export async function open({
  path = '',
  theme = 'light',
  width = 1440,
  height = 900,
  reducedMotion = false,
  touch = false,
  before,
  context = {},
} = {}) {
  const { host, browser } = await session();
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: 1,
    colorScheme: theme,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    hasTouch: touch,
    locale: 'en-GB',
    ...context,
  });
  page.setDefaultTimeout(10_000);
  watch(page);
  await page.addInitScript(countFrames);
  if (before) await page.addInitScript(before);
  await page.goto(host.url + path);
  await started(page);
  page.watched.settle();
  return page;
}

/// Waits until the app has replaced the static first paint.
export async function started(page) {
  await page.waitForFunction(() => !document.getElementById('start'), null, { timeout: 30_000 });
  // Not Playwright's `networkidle`: the address bar changes while the run plays, which starts that
  // wait anew each time.
  const { watched } = page;
  for (let before = -1; watched.underWay() || before !== watched.requests.length; await page.waitForTimeout(50)) {
    before = watched.requests.length;
  }
}

/// Gives a paused page the time to write the moment into its address, which it does a little later.
export async function addressed(page) {
  await page.waitForFunction(() => window.framesDue() > 0 || window.timersDue() === 0, null, { polling: 5 });
}

/// Reloads the page, and waits until it shows what it showed.
export async function reload(page) {
  await addressed(page);
  await page.reload();
  await started(page);
  page.watched.settle();
  await still(page);
}

/// Lets `still` see whether the page waits for a frame, and `addressed` whether for a moment.
function countFrames() {
  const timers = new Set();
  const later = window.setTimeout;
  window.setTimeout = (act, wait, ...given) => {
    if (!(wait < 1_000)) return later.call(window, act, wait, ...given);
    const id = later.call(window, (...given) => {
      timers.delete(id);
      act(...given);
    }, wait, ...given);
    timers.add(id);
    return id;
  };
  window.timersDue = () => timers.size;
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = window;
  const due = new Set();
  window.requestAnimationFrame = (act) => {
    const id = request.call(window, (now) => {
      due.delete(id);
      act(now);
    });
    due.add(id);
    return id;
  };
  window.cancelAnimationFrame = (id) => {
    due.delete(id);
    cancel.call(window, id);
  };
  window.framesDue = () => due.size;
}

/// Waits until the page has drawn everything there is to draw, which it does only while paused.
export async function still(page) {
  await page.waitForFunction(() => window.framesDue() === 0, null, { polling: 5 });
}

/// Records what must not happen.
function watch(page) {
  const errors = [];
  const requests = [];
  let settled = Infinity;
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      errors.push(`${message.type()}: ${message.text()}`);
    }
  });
  const underWay = new Set();
  page.on('requestfailed', (request) => {
    underWay.delete(request);
    errors.push(`failed: ${request.url()}`);
  });
  page.on('requestfinished', (request) => underWay.delete(request));
  page.on('request', (request) => {
    // Made from the page's own memory; nothing travels.
    if (/^(data|blob):/.test(request.url())) return;
    requests.push(request.url());
    underWay.add(request);
  });
  page.on('close', () => page.context().close().catch(() => {}));
  page.watched = {
    errors,
    requests,
    underWay: () => underWay.size,
    settle: () => (settled = requests.length),
    later: () =>
      requests.slice(settled).filter((url) => !/\/(half-open-(files|rest)|dialog\.|compare\.|gallery\.|versus|export)/.test(url)),
  };
  page.assertQuiet = () => {
    assert.deepEqual(errors, [], 'errors on the console');
    assert.deepEqual(page.watched.later(), [], 'requests after load');
  };
}

/// What axe finds, one short line each; empty is good.
export async function axe(page) {
  // The page's policy forbids added scripts, so axe arrives through the debugger.
  await page.evaluate(await source());
  const { violations } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }),
    AXE_TAGS,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} (${node.target.join(' ')})`),
  );
}

let axeSource;

async function source() {
  const { readFile } = await import('node:fs/promises');
  axeSource ??= readFile(AXE, 'utf8');
  return axeSource;
}

/// Whether the page can be scrolled sideways, which it never should.
export function scrollsSideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}

/// The accessible outline of the page, as text: roles and names.
export function outline(page) {
  return page.locator('body').ariaSnapshot();
}
