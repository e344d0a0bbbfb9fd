// A run in somebody else's page: several of them, from another origin, by script and without.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

import { axe, launch } from './harness.mjs';
import { DIST, serve } from './server.mjs';

const PAGES = fileURLToPath(new URL('./embed/', import.meta.url));
/// What three embeds on a page may weigh, and the script by itself.
const ALL = 150_000;
const SCRIPT = 3_072;

let browser;
let halfOpen;
let blog;

/// The pages that embed, with the address of Half-Open in them.
function pages(of) {
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://blog').pathname.slice(1);
    const isModule = name === 'module.html';
    const type = { '.html': 'text/html', '.css': 'text/css' }[extname(name)];
    const text = type && (await readFile(join(PAGES, isModule ? 'one.html' : name), 'utf8').catch(() => undefined));
    if (text === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
    const page = isModule ? text.replace(' defer', ' type="module"') : text;
    return response.end(page.replaceAll('HALF-OPEN', of));
  });
  return new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(server)));
}

before(async () => {
  halfOpen = await serve();
  blog = await pages(halfOpen.url.replace('127.0.0.1', 'localhost').slice(0, -1));
  browser = await launch();
});

after(async () => {
  await browser.close();
  await halfOpen.close();
  blog.close();
});

async function visit(name, { width = 800, height = 700, theme = 'light', script = true, open = false, before, ...more } = {}) {
  const page = await browser.newPage({
    viewport: { width, height }, colorScheme: theme, javaScriptEnabled: script, locale: 'en-GB', ...more,
  });
  page.setDefaultTimeout(20_000);
  page.errors = [];
  page.fetched = new Map();
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.errors.push(message.text());
  });
  page.on('response', (response) => {
    if (response.url().includes('/docs/demo/')) page.fetched.set(response.url().split('#')[0], response);
  });
  await page.addInitScript(() => {
    window.frames_ = 0;
    const request = window.requestAnimationFrame;
    window.requestAnimationFrame = (act) => request.call(window, (now) => {
      window.frames_ += 1;
      act(now);
    });
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  if (open) {
    await page.route('**/embed.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'access-control-allow-origin': '*' } });
    });
  }
  await before?.(page);
  await page.goto(`http://127.0.0.1:${blog.address().port}/${name}`);
  return page;
}

/// Waits until an embed shows its moment; the frame it is in.
async function arrived(page, id = 'one') {
  await page.waitForFunction((id) => document.getElementById(id).state, id);
  const handle = await page.evaluateHandle((id) => document.getElementById(id).shadowRoot.querySelector('iframe'), id);
  return handle.contentFrame();
}

/// Sends a message and waits for the answer.
function answer(page, message, id = 'one') {
  return page.evaluate(([message, id]) => new Promise((done, never) => {
    setTimeout(never, 20_000, 'There is no answer.');
    const element = document.getElementById(id);
    const wanted = Math.random();
    const hear = ({ detail }) => {
      if (detail.id !== wanted) return;
      for (const type of ['state', 'error']) element.removeEventListener(`half-open-${type}`, hear);
      done(detail);
    };
    for (const type of ['state', 'error']) element.addEventListener(`half-open-${type}`, hear);
    element.send({ ...message, id: wanted });
  }), [message, id]);
}

test('three embeds of different runs are independent, and weigh little in all', async () => {
  const page = await visit('three.html');
  const one = await arrived(page);
  const show = (id) => page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
  await show('two');
  const two = await arrived(page, 'two');
  assert.equal(await page.evaluate(() => document.getElementById('three').state), undefined, 'far below nothing is loaded');
  await show('three');
  const three = await arrived(page, 'three');
  let sum = 0;
  const weights = [];
  for (const [url, response] of page.fetched) {
    if (url.includes('/stills/')) continue;
    const weight = brotliCompressSync(await response.body(), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    weights.push(`${url.split('/').pop()} ${weight}`);
    sum += weight;
  }
  console.log(weights.join(', '), 'in all', sum);
  assert.ok(sum <= ALL, `${sum} bytes: ${weights.join(', ')}`);
  const names = await Promise.all([one, two, three].map((frame) => frame.title()));
  assert.equal(names[0], 'A slow bank trips the breaker');
  assert.equal(new Set(names).size, 3);

  // What is done to one is not done to the others.
  const before = await answer(page, { type: 'state?' }, 'two');
  const { state } = await answer(page, { type: 'seek', to: '9s' });
  assert.equal(state.t, 9);
  await answer(page, { type: 'trip' });
  const after = await answer(page, { type: 'state?' }, 'two');
  assert.deepEqual(after.state, before.state);
  assert.equal(after.state.t, 1.4);
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('runs that are meant for talks are looked through without fetching more', async () => {
  const frame = await readFile(join(DIST, 'embed/index.html'), 'utf8');
  const [rest] = /half-open-embed-rest-\w+\.wasm/.exec(frame);
  for (const scenario of /data-first="([^"]*)"/.exec(frame)[1].split(' ')) {
    const page = await browser.newPage({ viewport: { width: 700, height: 600 } });
    const fetched = [];
    page.on('request', (request) => fetched.push(request.url()));
    await page.goto(`${halfOpen.url}embed/index.html#scenario=${scenario}`);
    await page.waitForFunction(() => !document.getElementById('scrub').disabled);
    await page.evaluate(async () => {
      const scrub = document.getElementById('scrub');
      for (let at = 0; at <= Number(scrub.max); at += 0.47) {
        scrub.value = at;
        scrub.dispatchEvent(new Event('input'));
        await new Promise(requestAnimationFrame);
      }
    });
    assert.ok(fetched.length > 2 && fetched.every((url) => !url.endsWith(rest)), scenario);
    await page.close();
  }
});

test('nothing moves when an embed arrives, and none runs while it is out of sight', async () => {
  const page = await visit('three.html');
  const frame = await arrived(page);
  await page.evaluate(() => document.getElementById('three').scrollIntoView());
  const three = await arrived(page, 'three');
  await page.evaluate(() => scrollTo(0, 0));
  assert.equal(await page.evaluate(() => window.shift), 0);
  await page.evaluate(() => ['one', 'two', 'three'].forEach((id) => document.getElementById(id).play()));
  const count = (of) => of.evaluate(() => window.frames_);
  const from = await count(frame);
  await page.waitForFunction((from) => document.getElementById('one').state.playing, from);
  const far = await count(three);
  await frame.waitForFunction((from) => window.frames_ > from + 10, from);
  assert.ok((await count(three)) - far <= 1, 'the third one is far below');
  await page.evaluate(() => document.getElementById('three').scrollIntoView());
  await three.waitForFunction((far) => window.frames_ > far + 10, far);
  const near = await count(frame);
  await three.waitForFunction((far) => window.frames_ > far + 30, far);
  assert.ok((await count(frame)) - near <= 1, 'the first one is far above now');
  assert.equal(await page.evaluate(() => window.shift), 0);
  await page.close();
});

test('a page plays, seeks, sets, trips, breaks, heals and resets, and hears what happens', async () => {
  const page = await visit('one.html');
  await arrived(page);
  const first = (await answer(page, { type: 'state?' })).state;
  assert.deepEqual([first.scenario, first.t, first.end, first.playing], ['payments', 3, 60, false]);
  assert.deepEqual(first.breakers, [{ line: 'api-bank', state: 'closed' }]);
  await page.evaluate(() => {
    window.heard = [];
    document.getElementById('one').addEventListener('half-open-event', ({ detail }) => window.heard.push(detail.event));
    document.getElementById('one').play();
  });
  await page.waitForFunction(() => window.heard.some(({ what }) => what === 'outcome'));
  assert.equal((await answer(page, { type: 'pause' })).state.playing, false);
  assert.equal((await answer(page, { type: 'seek', to: 5 })).state.t, 5);

  const set = await answer(page, { type: 'set', path: 'timeout', value: '800 ms' });
  assert.equal(set.type, 'state', set.message);
  const frame = await arrived(page);
  assert.equal(await frame.locator('.knob output').first().innerText(), '800 ms');
  await answer(page, { type: 'trip', line: 'api-bank' });
  await page.waitForFunction(async () => {
    const element = document.getElementById('one');
    element.send({ type: 'state?' });
    return element.state.breakers[0].state === 'open';
  });
  assert.equal((await answer(page, { type: 'fault', kind: 'hang', target: 'ledger', lasts: '2s' })).type, 'state');
  assert.equal((await answer(page, { type: 'heal' })).type, 'state');
  const wrong = await answer(page, { type: 'set', path: 'bank.zebra', value: 1 });
  assert.match(wrong.message, /^bank\.zebra is not a setting; there are bank\.workers, .*\.$/);
  assert.match((await answer(page, { type: 'seek', to: '61s' })).message, /^The run is over at 60/);
  const back = (await answer(page, { type: 'reset' })).state;
  assert.equal(back.playing, false);
  await page.waitForFunction(() => {
    const element = document.getElementById('one');
    element.send({ type: 'state?' });
    return element.state.t === 3 && element.state.breakers[0].state === 'closed';
  });
  assert.equal(await frame.locator('.knob output').first().innerText(), '300 ms');
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('what is asked for in a row is done in a row', async () => {
  const page = await visit('one.html');
  // All of it before anything is there: the fault needs what is fetched for it, and the seek does not.
  await page.evaluate(() => {
    const run = document.getElementById('one');
    window.heard = [];
    run.addEventListener('half-open-event', ({ detail }) => window.heard.push(detail.event));
    run.fault({ kind: 'hang', target: 'bank', lasts: '1s' });
    run.seek('2.9s');
    run.play();
  });
  await page.waitForFunction(() => window.heard.some(({ what }) => what === 'fault'));
  const [fault] = await page.evaluate(() => window.heard.filter(({ what }) => what === 'fault'));
  assert.deepEqual([fault.t, fault.target, fault.kind, fault.over], [3, 'bank', 'hang', false]);
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('attributes come and go, and an empty one is none', async () => {
  const page = await visit('one.html');
  const frame = await arrived(page);
  const height = () => page.locator('#one iframe').evaluate((frame) => frame.clientHeight);
  const set = (name, value) => page.locator('#one').evaluate((run, [name, value]) => run.setAttribute(name, value), [name, value]);
  const before = await height();
  await set('height', '480');
  assert.equal(await height(), 480);
  await set('height', 'auto');
  assert.equal(await height(), before);
  for (const name of ['tracks', 'controls', 'at']) await set(name, '');
  await frame.locator('#knobs').waitFor({ state: 'hidden' });
  assert.equal(await frame.locator('#problem').isVisible(), false);
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('a still leads on for as long as there is no run', async () => {
  const page = await visit('one.html', { before: (page) => page.route('**/half-open-embed_bg.wasm', () => {}) });
  await page.locator('#one iframe').waitFor({ state: 'attached' });
  const over = await page.locator('#one img').evaluate(async (still) => {
    await still.decode();
    const { left, top, width, height } = still.getBoundingClientRect();
    return still.getRootNode().elementFromPoint(left + width / 2, top + height / 2).localName;
  });
  assert.equal(over, 'img', 'nothing lies on it');
  await page.close();
});

test('a thousand malformed messages change nothing', async () => {
  const page = await visit('one.html');
  await arrived(page);
  const before = (await answer(page, { type: 'state?' })).state;
  await page.evaluate(() => {
    // xorshift, so that the same thousand come each time.
    let seed = 0x2545f491;
    const next = (most) => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 0) % most;
    };
    const deep = () => Array.from({ length: 200 }).reduce((inner) => ({ inner }), {});
    const values = [
      null, undefined, NaN, Infinity, -1, 1e308, 0, '', ' ', '61s', '-1s', 'x'.repeat(100_000), '<img src=x onerror=alert(1)>',
      [], {}, deep(), new Date(0), new Map([['type', 'play']]), /x/, true, new Uint8Array(9), '__proto__', 'constructor', 2n ** 70n,
    ];
    const any = () => values[next(values.length)];
    const types = ['seek', 'set', 'trip', 'fault', 'heal', 'play ', 'PLAY', 'toString', '__proto__', 'ready', 'state', 'event', 'error'];
    const fields = ['to', 'path', 'value', 'line', 'action', 'kind', 'target', 'size', 'lasts', 'id', 'type', 'state'];
    const { contentWindow } = document.getElementById('one').shadowRoot.querySelector('iframe');
    for (let number = 0; number < 1_000; number += 1) {
      const message = next(4) ? { halfOpen: next(3) ? 1 : any(), type: types[next(types.length)] } : any();
      if (message && Object.getPrototypeOf(message) === Object.prototype && message.halfOpen) {
        for (let more = next(5); more > 0; more -= 1) message[fields[next(fields.length)]] = any();
        // What would be allowed is none of these.
        if (['trip', 'heal'].includes(message.type)) message.target = message.line = 'nobody';
        if (message.type === 'seek') message.to = ['soon', -1, {}, '61s', NaN][next(5)];
        if (message.type === 'fault') message.kind = any();
        if (message.type === 'set') message.path = any();
      }
      contentWindow.postMessage(message, '*');
    }
  });
  const after = (await answer(page, { type: 'state?' })).state;
  assert.deepEqual(after, before);
  const frame = await arrived(page);
  assert.equal(await frame.locator('.knob output').first().innerText(), '300 ms');
  assert.deepEqual(page.errors, []);
  // It still does what it is asked for.
  assert.equal((await answer(page, { type: 'seek', to: 7 })).state.t, 7);
  await page.close();
});

test('only the page that made it is listened to, and only the frame', async () => {
  const page = await visit('one.html');
  const frame = await arrived(page);
  const before = (await answer(page, { type: 'state?' })).state;
  // The frame to itself, and another frame of the page to it.
  await frame.evaluate(() => postMessage({ halfOpen: 1, type: 'seek', to: 20 }, '*'));
  await page.evaluate(() => new Promise((done) => {
    const other = document.createElement('iframe');
    other.srcdoc = '<p>other</p>';
    other.onload = () => {
      const ours = document.getElementById('one').shadowRoot.querySelector('iframe').contentWindow;
      window.ours = ours;
      other.contentWindow.eval('parent.ours.postMessage({ halfOpen: 1, type: "seek", to: 20 }, "*")');
      // And what only looks like the frame, to the element.
      other.contentWindow.eval('parent.postMessage({ halfOpen: 1, type: "state", state: { t: 99 } }, "*")');
      postMessage({ halfOpen: 1, type: 'state', state: { t: 99 } }, '*');
      setTimeout(done);
    };
    document.body.append(other);
  }));
  const after = (await answer(page, { type: 'state?' })).state;
  assert.deepEqual(after, before);
  assert.equal(await page.evaluate(() => document.getElementById('one').state.t), 3);
  // The frame cannot reach the page.
  const reached = await frame.evaluate(() => {
    try {
      return parent.document.title;
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(reached, 'SecurityError');
  await page.close();
});

test('without script, and on paper, there is the still and a link', async () => {
  const bare = await visit('three.html', { script: false });
  await bare.getByRole('img', { name: 'The breaker is open' }).waitFor();
  assert.match(await bare.locator('#one a').getAttribute('href'), /\/docs\/demo\/$/);
  await bare.close();

  const page = await visit('three.html');
  await arrived(page);
  const frame = () => page.locator('#one').evaluate((element) => {
    const show = (of) => getComputedStyle(of).display !== 'none';
    return [show(element.shadowRoot.querySelector('iframe')), show(element.querySelector('img')), element.shadowRoot.querySelector('p').textContent];
  });
  assert.deepEqual((await frame()).slice(0, 2), [true, true]);
  await page.emulateMedia({ media: 'print' });
  assert.deepEqual(await frame(), [false, true, 'A slow bank trips the breaker']);
  const still = await page.locator('#one img').evaluate((image) => image.naturalWidth);
  assert.equal(still, 440);
  await page.close();
});

test('an embed without a still has one by itself', async () => {
  const page = await visit('three.html');
  const image = await page.locator('#two').evaluate((element) => {
    const image = element.shadowRoot.querySelector('slot img');
    return [image.src, image.alt, image.parentNode.href];
  });
  assert.match(image[0], /\/docs\/demo\/stills\/herd\.svg$/);
  assert.equal(image[1], 'Half-Open: herd');
  assert.match(image[2], /\/docs\/demo\/$/);
  await page.close();
});

test('the theme is that of the page, or the one that is asked for', async () => {
  const paper = (frame) => frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [light, dark] = ['rgb(251, 250, 246)', 'rgb(20, 22, 26)'];
  const page = await visit('one.html', { theme: 'dark' });
  const frame = await arrived(page);
  assert.equal(await paper(frame), dark);
  const becomes = (colour) => frame.waitForFunction((colour) => getComputedStyle(document.body).backgroundColor === colour, colour);
  await page.evaluate(() => document.getElementById('one').setAttribute('theme', 'light'));
  await becomes(light);
  await page.evaluate(() => document.getElementById('one').setAttribute('theme', 'auto'));
  await becomes(dark);
  // A page with a switch of its own.
  await page.evaluate(() => (document.documentElement.style.colorScheme = 'light'));
  await becomes(light);
  await page.evaluate(() => (document.documentElement.style.colorScheme = ''));
  await becomes(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  await becomes(light);
  await page.close();
});

test('what is wrong is said in the frame, with what there is', async () => {
  const page = await visit('one.html');
  const frame = await arrived(page);
  const said = frame.getByRole('alert');
  assert.equal(await said.isVisible(), false);
  await page.evaluate(() => document.getElementById('one').setAttribute('controls', 'timeuot,attempts'));
  await said.filter({ hasText: 'There is no setting “timeuot” here; there are timeout,' }).waitFor();
  assert.equal(await frame.locator('.knob').count(), 1);
  await page.evaluate(() => document.getElementById('one').setAttribute('scenario', 'paymets'));
  await said.filter({ hasText: 'There is no scenario “paymets”; this is “payments”.' }).waitFor();
  await frame.getByRole('button', { name: 'Close' }).click();
  assert.equal(await said.isVisible(), false);
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('it works by keyboard, and leads to Half-Open with what is shown', async () => {
  const page = await visit('one.html');
  const frame = await arrived(page);
  const slider = frame.getByRole('slider', { name: 'Moment' });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await frame.waitForFunction(() => document.getElementById('clock').textContent === '0:03.100');
  assert.equal(await slider.getAttribute('aria-valuetext'), '0:03.100');
  await page.keyboard.press('Space');
  await frame.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('Space');
  await frame.getByRole('button', { name: 'Play' }).waitFor();
  await page.keyboard.press('Home');
  await frame.waitForFunction(() => document.getElementById('clock').textContent === '0:00.000');
  const timeout = frame.getByRole('slider', { name: 'timeout' });
  await timeout.focus();
  await page.keyboard.press('ArrowRight');
  await frame.waitForFunction(() => document.querySelector('.knob output').textContent !== '300 ms');
  const value = await timeout.getAttribute('aria-valuetext');
  assert.equal(value, '400 ms');
  const open = frame.getByRole('link', { name: 'Open in Half-Open' });
  await open.focus();
  await frame.waitForFunction(() => document.getElementById('open').href.includes('#s='));
  const there = await browser.newPage();
  await there.goto(await open.getAttribute('href').then((href) => new URL(href, frame.url()).href));
  await there.waitForFunction(() => !document.getElementById('start'));
  assert.equal(await there.getByRole('textbox', { name: 'per attempt, as text' }).first().inputValue(), '400 ms');
  await there.close();
  await frame.getByRole('button', { name: 'Reset' }).press('Enter');
  await frame.waitForFunction(() => document.querySelector('.knob output').textContent === '300 ms');
  assert.deepEqual(page.errors, []);
  await page.close();
});

for (const [theme, width] of [['light', 1040], ['dark', 352]]) {
  test(`it is accessible, and nothing is cut (${theme}, ${width} pixels)`, async () => {
    const page = await visit('three.html', { theme, width, reducedMotion: 'reduce' });
    const frame = await arrived(page);
    // What is found in the frame is the frame's matter: axe runs in it.
    assert.deepEqual(await axe(frame), []);
    const over = await frame.evaluate(() => [
      document.documentElement.scrollHeight > innerHeight,
      document.documentElement.scrollWidth > innerWidth,
      document.getElementById('story').scrollHeight > document.getElementById('story').clientHeight,
      document.getElementById('stage').clientHeight < 200,
    ]);
    assert.deepEqual(over, [false, false, false, false]);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await page.close();
  });
}

test('it is a module as well, where its host lets other origins read it', async () => {
  const page = await visit('module.html', { open: true });
  const frame = await arrived(page);
  assert.equal(await frame.locator('#clock').innerText(), '0:03.000');
  assert.deepEqual(page.errors, []);
  await page.close();
});

test('the script is small, and nothing of it depends on anything', async () => {
  const script = await readFile(join(DIST, 'embed.js'), 'utf8');
  assert.ok(script.length <= SCRIPT, `${script.length} bytes`);
  assert.doesNotMatch(script, /\bimport\b/);
});
