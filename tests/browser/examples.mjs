// The examples, each as its tool has built it, in Chromium; and the page behind nginx. Run by
// `cargo xtask test --only examples`, which builds them first.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

import { launch } from './harness.mjs';
import { DIST, serve } from './server.mjs';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const SITES = process.env.HALF_OPEN_SITES;
/// What all embeds of a page may weigh.
const ALL = 150_000;

let browser;
const hosts = [];

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
  await Promise.all(hosts.map((host) => host.close()));
});

/// Serves a site with Half-Open in it, and opens a page of it.
async function visit(directory, { base = '/', path = '', ...more } = {}) {
  const beside = join(directory, 'half-open');
  rmSync(beside, { recursive: true, force: true });
  symlinkSync(DIST, beside);
  const host = await serve({ directory, base });
  hosts.push(host);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...more });
  page.setDefaultTimeout(30_000);
  page.errors = [];
  page.weights = new Map();
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') page.errors.push(message.text());
  });
  page.on('response', (response) => {
    if (response.url().includes('/half-open/')) page.weights.set(response.url().split('#')[0], response);
  });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  // Browsers ask for it by themselves, and none of the examples has one.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  await page.goto(host.url + path);
  return page;
}

/// Files that a site is made of without a tool.
function site(name) {
  const directory = mkdtempSync(join(tmpdir(), `half-open-${name}-`));
  cpSync(join(EXAMPLES, name), directory, { recursive: true });
  return directory;
}

/// Waits until the embeds of these places on a page tell what they show; their scenarios.
async function ready(page, places) {
  const all = page.locator('half-open');
  const names = [];
  for (const place of places) {
    await all.nth(place).evaluate((element) => element.scrollIntoView());
    names.push(await all.nth(place).evaluate((element) => new Promise((told) => {
      const tell = () => told(element.state.scenario);
      if (element.state) tell();
      else element.addEventListener('half-open-ready', tell, { once: true });
    })));
  }
  return names;
}

const moment = (page, place) => page.locator('half-open').nth(place).evaluate((element) => new Promise((told) => {
  element.addEventListener('half-open-state', ({ detail }) => told(detail.state), { once: true });
  element.send({ type: 'state?', id: 'now' });
}));

/// That all embeds of a page weigh little in all, but for the stills in their places.
async function weighsLittle(page) {
  let sum = 0;
  for (const [url, response] of page.weights) {
    if (!url.includes('/stills/')) sum += brotliCompressSync(await response.body()).length;
  }
  assert.ok(sum <= ALL, `${sum} bytes for all of them`);
}

async function picture(page, name) {
  if (process.env.HALF_OPEN_SHOTS) await page.screenshot({ path: join(process.env.HALF_OPEN_SHOTS, `${name}.png`) });
}

test('mdBook: three runs in one chapter, independent, fetched once, and nothing moves', async () => {
  const page = await visit(join(SITES, 'mdbook'), { path: 'chapter.html' });
  assert.deepEqual(await ready(page, [0, 1, 2]), ['retry_storm', 'herd', 'payments']);
  await weighsLittle(page);
  assert.equal(await page.evaluate(() => window.shift), 0, 'nothing moves');
  // One plays, and the others stay where they are.
  const before = await moment(page, 1);
  await page.locator('half-open').nth(2).evaluate((element) => element.play());
  await page.waitForFunction(() => document.querySelectorAll('half-open')[2].state.playing);
  assert.equal((await moment(page, 1)).t, before.t);
  await picture(page, 'mdbook');
  assert.deepEqual(page.errors, []);
});

test('reveal.js: five slides, fetched once, and only the run on the slide moves', async () => {
  const page = await visit(site('reveal'));
  await page.locator('.reveal.ready').waitFor();
  assert.deepEqual(await ready(page, [0]), ['no_timeout']);
  const names = ['no_timeout', 'herd', 'payments', 'double_charge', 'retry_storm'];
  const titles = await page.locator('section h2').allTextContents();
  for (let slide = 1; slide < 5; slide += 1) {
    await page.keyboard.press('ArrowRight');
    await page.locator('section.present').getByRole('heading').and(page.getByText(titles[slide])).waitFor();
    const plays = ([slide, name]) => {
      const { state } = document.querySelectorAll('half-open')[slide];
      return state?.playing && state.scenario === name;
    };
    await page.waitForFunction(plays, [slide, names[slide]]).catch(async (late) => {
      const states = await page.locator('half-open').evaluateAll((all) => all.map(({ state }) => state));
      throw new Error(`${late.message}; ${JSON.stringify(states)}; ${page.errors}`);
    });
    await picture(page, `reveal-${slide}`);
  }
  await weighsLittle(page);
  assert.deepEqual(page.errors, []);
});

test('VitePress: a run in Markdown follows the theme of the site', async () => {
  const page = await visit(join(SITES, 'vitepress'), { colorScheme: 'light' });
  assert.deepEqual(await ready(page, [0]), ['breaker_saves']);
  const ground = () => page.frameLocator('half-open iframe').locator('body')
    .evaluate((body) => getComputedStyle(body).backgroundColor);
  const light = await ground();
  await page.getByRole('switch').first().click();
  await page.waitForFunction(() => document.documentElement.classList.contains('dark'));
  await page.waitForTimeout(100);
  assert.notEqual(await ground(), light);
  await picture(page, 'vitepress-dark');
  assert.deepEqual(page.errors, []);
});

test('a plain page drives a run with buttons of its own', async () => {
  const page = await visit(site('plain'));
  assert.deepEqual(await ready(page, [0]), ['payments']);
  await page.getByRole('button', { name: 'Trip the breaker' }).click();
  await page.locator('#told').getByText('4.2 s: api-bank is open').waitFor();
  await picture(page, 'plain');
  await page.getByRole('button', { name: 'Start again' }).click();
  assert.deepEqual(page.errors, []);
});

test('where no script may run, the still is there and its link leads to a lesson', () => {
  const text = readFileSync(join(EXAMPLES, 'github/README.md'), 'utf8');
  const [, still, lesson] = text.match(/example\/(stills\/\w+\.svg)\)\]\(https:\/\/half-open\.example\/#lesson=([\w-]+)/);
  assert.ok(existsSync(join(DIST, still)) && existsSync(join(DIST, `lessons/${lesson}.txt`)));
});

/// A port that nobody uses.
const freePort = () => new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});

test('nginx serves it as the documentation says', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'half-open-nginx-'));
  symlinkSync(DIST, join(directory, 'half-open'));
  const port = await freePort();
  const told = readFileSync(new URL('../../docs/hosting/nginx.conf', import.meta.url), 'utf8')
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replace('root /srv/www', `root ${directory}`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(join(directory, 'nginx.conf'),
    `${user} daemon off; pid ${directory}/pid; error_log stderr warn; events {} http { access_log off; ${paths.join(' ')} ${told} }`);
  const program = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
  const nginx = spawn(program, ['-c', join(directory, 'nginx.conf'), '-p', directory], { stdio: ['ignore', 'inherit', 'inherit'] });
  const over = new Promise((ended) => nginx.on('exit', ended));
  t.after(async () => {
    nginx.kill();
    await over;
  });
  const at = `http://127.0.0.1:${port}/half-open/`;
  const ask = async (path) => {
    const { status, headers } = await fetch(at + path);
    assert.equal(status, 200, path);
    return headers;
  };
  for (let tries = 0; tries < 100 && !(await fetch(at).catch(() => undefined)); tries += 1) {
    await new Promise((later) => setTimeout(later, 50));
  }
  const page = await ask('');
  assert.match(page.get('content-type'), /^text\/html; charset=utf-8$/i);
  assert.equal(page.get('cache-control'), 'no-cache');
  assert.match(page.get('content-security-policy'), /frame-ancestors/);
  const text = await (await fetch(at)).text();
  const [module] = text.match(/half-open-app-[0-9a-f]+_bg\.wasm/);
  const wasm = await ask(module);
  assert.equal(wasm.get('content-type'), 'application/wasm');
  assert.match(wasm.get('cache-control'), /immutable/);
  assert.equal(wasm.get('content-encoding'), 'gzip');
  const frame = await ask('embed/index.html');
  assert.equal(frame.get('content-security-policy'), null, 'others may show it in a frame');
  assert.equal((await ask('embed.js')).get('access-control-allow-origin'), '*');
  assert.match((await ask('stills/payments.svg')).get('content-type'), /^image\/svg\+xml/);
  const shown = await browser.newPage();
  const errors = [];
  shown.on('pageerror', (error) => errors.push(error.message));
  shown.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await shown.goto(at);
  await shown.getByRole('button', { name: 'Share' }).waitFor({ timeout: 30_000 });
  assert.deepEqual(errors, []);
  await shown.close();
});
