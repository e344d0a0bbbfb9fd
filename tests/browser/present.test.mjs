// Presenting to a room: a whole lesson by one key, the speaker's window in step, reloads of both, and what
// single keys do to the stage.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressed, axe, open, reload, scrollsSideways, still } from './harness.mjs';
import { beats, pixels } from './gestures.mjs';

const plain = (says) => says.replaceAll('*', '');
const says = (page) => page.locator('.tour .story').innerText();

/// Begins to present, and waits until everything for it is there: then all is larger.
async function present(page) {
  await page.keyboard.press('p');
  await ready(page);
}
const ready = (page) =>
  page.waitForFunction(() => getComputedStyle(document.body).zoom === '1.6' && document.fullscreenElement);

/// Opens the speaker's window with its key.
async function speaker(page) {
  const [window] = await Promise.all([page.waitForEvent('popup'), page.keyboard.press('w')]);
  const errors = [];
  window.on('pageerror', (error) => errors.push(error.message));
  window.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  window.errors = errors;
  await window.locator('#talk').waitFor();
  return window;
}

/// Waits until the speaker's window tells of a beat.
const inStep = (window, text) =>
  window.waitForFunction((text) => document.getElementById('says').textContent === text, plain(text));

/// Whether the phase of what is presented is this one, as the speaker's window has it.
const offers = (window, word) =>
  window.waitForFunction((word) => document.getElementById('on').textContent === word, word);

for (const name of ['breaker', 'herd']) {
  test(`${name}: from start to end with Page down alone, the speaker’s window in step`, async () => {
    const page = await open({ path: `#lesson=${name}`, reducedMotion: true });
    await present(page);
    const window = await speaker(page);
    const all = await beats(name);
    for (const [place, beat] of all.entries()) {
      await page.waitForFunction((text) => document.querySelector('.tour .story')?.textContent === text, plain(beat.says));
      await inStep(window, beat.says);
      assert.equal(await window.locator('#note').textContent(), beat.note.replaceAll('\\n', '\n'));
      assert.equal(await window.locator('#ask').textContent(), beat.ask);
      assert.equal(await window.locator('#place').textContent(), `${place + 1} / ${all.length}`);
      const next = all[place + 1];
      if (next) assert.equal(await window.locator('#next').textContent(), plain(next.says));
      if (beat.asks) {
        await offers(window, 'Answer');
        assert.equal(await window.locator('#answer').textContent(), beat.reveals);
        await page.keyboard.press('PageDown');
      }
      await offers(window, 'Skip');
      await page.keyboard.press('PageDown');
      await offers(window, 'On');
      if (beat.asks) await page.locator('.reveals', { hasText: beat.reveals }).waitFor();
      if (beat.task) {
        await page.keyboard.press('PageDown');
        await page.locator('.achieved .reveals', { hasText: beat.done }).waitFor();
        await offers(window, 'Skip');
        await page.keyboard.press('PageDown');
        await offers(window, 'On');
      }
      await page.keyboard.press('PageDown');
    }
    await page.getByRole('heading', { name: 'To remember' }).waitFor();
    await window.waitForFunction(() => document.getElementById('place').textContent === 'the end');
    assert.deepEqual([...page.watched.errors, ...window.errors], []);
    await page.close();
  });
}

test('a reload of either window, in the middle, comes back in step', async () => {
  const page = await open({ path: '#lesson=breaker/probe', reducedMotion: true });
  const all = await beats('breaker');
  await present(page);
  const window = await speaker(page);
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  await page.locator('.reveals', { hasText: all[3].reveals }).waitFor();
  await still(page);
  const seen = await pixels(page);
  await reload(page);
  await ready(page);
  assert.equal(await says(page), plain(all[3].says));
  assert.equal(await page.locator('.reveals').innerText(), all[3].reveals, 'what was told is told');
  await still(page);
  assert.deepEqual(await pixels(page), seen);
  await page.keyboard.press('PageDown');
  await inStep(window, all[4].says);
  await window.reload();
  await inStep(window, all[4].says);
  await window.keyboard.press('PageUp');
  await inStep(window, all[3].says);
  assert.equal(await says(page), plain(all[3].says));
  await page.close();
});

test('the speaker’s window goes on, back, to black and to the stage, by key and by button', async () => {
  const page = await open({ path: '#lesson=timeout', reducedMotion: true });
  const all = await beats('timeout');
  await present(page);
  const window = await speaker(page);
  await window.bringToFront();
  await window.getByRole('button', { name: /^Skip/ }).click();
  await offers(window, 'On');
  await window.keyboard.press('PageDown');
  await inStep(window, all[1].says);
  await window.getByRole('button', { name: /^Back/ }).click();
  await inStep(window, all[0].says);
  await window.keyboard.press('b');
  await page.locator('.black').waitFor();
  await window.getByRole('button', { name: /^Black/, pressed: true }).click();
  await page.locator('.black').waitFor({ state: 'detached' });
  const slow = window.locator('[data-key=d]');
  const label = await slow.textContent();
  assert.match(label, /: slow D$/);
  await slow.click();
  await window.locator('[data-key=d]', { hasText: 'no longer slow' }).waitFor();
  await window.getByRole('button', { name: /^Undo/ }).click();
  await window.locator('[data-key=d]', { hasText: label }).waitFor();
  assert.deepEqual([...page.watched.errors, ...window.errors], []);
  await page.close();
});

test('two talks on one machine do not mix', async () => {
  const first = await open({ path: '#lesson=timeout', reducedMotion: true });
  await present(first);
  const window = await speaker(first);
  // It inherits what the first tab has stored, as a duplicate does.
  const [second] = await Promise.all([
    first.waitForEvent('popup'),
    first.evaluate(() => void open(`${location.pathname}#lesson=breaker`)),
  ]);
  await second.waitForFunction(() => !document.getElementById('start'));
  await second.keyboard.press('p');
  await ready(second);
  const title = await window.locator('#title').textContent();
  await second.keyboard.press('PageDown');
  await first.keyboard.press('PageDown');
  await offers(window, 'On');
  assert.equal(await window.locator('#title').textContent(), title);
  assert.equal(title, await first.locator('.thin h1').innerText());
  await first.close();
});

test('full screen, larger, without what a room does not need, and Esc leaves', async () => {
  const page = await open({ path: '#lesson=breaker', width: 1280, height: 720 });
  const size = () => page.locator('.story').evaluate((story) => parseFloat(getComputedStyle(story).fontSize) * story.currentCSSZoom);
  assert.equal(await size(), 21);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('button', { name: 'Present' }).click();
  await ready(page);
  await page.waitForFunction(() => document.fullscreenElement);
  assert.equal(Math.round(await size() * 10), Math.round(21 * 1.6 * 10));
  for (const gone of ['#side', '.steps', '.overview', '.forks']) assert.equal(await page.locator(gone).isVisible(), false, gone);
  await page.waitForFunction(() => location.hash.endsWith('&present'));
  const canvas = page.locator('.stage canvas');
  const { width } = await canvas.boundingBox();
  assert.equal(await canvas.evaluate((canvas) => canvas.width), Math.round(width), 'as sharp as the screen');
  assert.equal(await scrollsSideways(page), false);
  await page.keyboard.press('f');
  await page.waitForFunction(() => !document.fullscreenElement);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await page.waitForFunction(() => document.fullscreenElement);
  assert.equal(await page.getByRole('button', { name: 'Full screen' }).count(), 0, 'it is told only where it is missing');
  await page.keyboard.press('Escape');
  await page.locator('.presenting').waitFor({ state: 'detached' });
  await page.waitForFunction(() => !location.hash.endsWith('present'));
  await page.locator('#side').waitFor();
  await page.close();
});

test('who leaves at once has left', async () => {
  const page = await open({ path: '#lesson=breaker' });
  await present(page);
  await page.keyboard.press('p');
  await page.keyboard.press('p');
  await page.keyboard.press('p');
  await page.locator('.presenting').waitFor({ state: 'detached' });
  await addressed(page);
  await page.waitForFunction(() => window.timersDue() === 0 && !document.fullscreenElement);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('a black screen pauses, and any key of a clicker ends it', async () => {
  const page = await open({ path: '#lesson=breaker' });
  await present(page);
  const t = () => page.getByRole('timer').first().innerText();
  await page.keyboard.press('.');
  const black = page.getByRole('button', { name: 'The screen is black' });
  await black.waitFor();
  await page.locator('.play[aria-label=Play]').waitFor({ state: 'attached' });
  assert.equal(await black.evaluate((cover) => getComputedStyle(cover).backgroundColor), 'rgb(0, 0, 0)');
  const box = await black.boundingBox();
  assert.deepEqual([box.width, box.height], [1440, 900]);
  await still(page);
  const before = await t();
  assert.notEqual(before, '0:02.500', 'not at the end of the step');
  await page.keyboard.press('PageDown');
  await black.waitFor({ state: 'detached' });
  assert.equal(await says(page), plain((await beats('breaker'))[0].says), 'the same step');
  await page.waitForFunction((before) => document.querySelector('.clock').textContent !== before, before);
  await page.close();
});

test('a service is seen from near, and the next one', async () => {
  const page = await open({ path: '#lesson=breaker/open', reducedMotion: true });
  await present(page);
  await page.keyboard.press('PageDown');
  await still(page);
  const all = await pixels(page);
  const changed = async (act) => {
    const before = await pixels(page);
    await act();
    await page.waitForFunction(() => window.framesDue() === 0);
    await still(page);
    const after = await pixels(page);
    assert.notDeepEqual(after, before);
    return after;
  };
  const bank = await changed(() => page.keyboard.press('z'));
  const next = await changed(() => page.keyboard.press('ArrowRight'));
  assert.deepEqual(await changed(() => page.keyboard.press('ArrowLeft')), bank);
  assert.notDeepEqual(next, bank);
  assert.deepEqual(await changed(() => page.keyboard.press('Escape')), all);
  assert.equal(await page.locator('.presenting').count(), 1, 'Esc ends what is on top first');
  await page.close();
});

test('a press on a service shows it from near, and one beside it goes on', async () => {
  const page = await open({ path: '#lesson=breaker/open', reducedMotion: true });
  await present(page);
  await page.keyboard.press('PageDown');
  await still(page);
  const canvas = page.locator('.stage canvas');
  const before = await pixels(page);
  const { x, y, width, height } = await canvas.boundingBox();
  // The bank is the one in the right half that something is found at.
  const at = await (async () => {
    for (let share = 0.5; share < 0.95; share += 0.05) {
      await page.mouse.move(x + width * share, y + height / 2);
      if (await canvas.evaluate((element) => element.className === 'pointing')) {
        const here = [x + width * (share + 0.02), y + height / 2];
        await page.mouse.click(...here);
        await still(page);
        if (!isDeepEqual(await pixels(page), before)) return here;
      }
    }
    return undefined;
  })();
  assert.ok(at, 'nothing was shown from near');
  assert.equal(await says(page), plain((await beats('breaker'))[2].says));
  await page.keyboard.press('z');
  await still(page);
  await page.mouse.click(x + 6, y + height - 6);
  await page.waitForFunction((text) => document.querySelector('.tour .story').textContent === text, plain((await beats('breaker'))[3].says));
  await page.close();
});

const isDeepEqual = (a, b) => JSON.stringify(a) === JSON.stringify(b);

test('a bright point follows the mouse, goes by arrow keys, and rests', async () => {
  const page = await open({ path: '#lesson=breaker/slow', reducedMotion: true });
  await present(page);
  await page.keyboard.press('l');
  const point = page.locator('.point');
  const middle = async () => {
    const { x, y, width, height } = await point.boundingBox();
    return [Math.round(x + width / 2), Math.round(y + height / 2)];
  };
  await page.mouse.move(300, 200);
  assert.deepEqual(await middle(), [300, 200]);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  assert.deepEqual(await middle(), [314, 270]);
  await page.waitForFunction(() => document.querySelector('.point.rests'));
  await page.mouse.move(400, 200);
  assert.equal(await page.locator('.point.rests').count(), 0);
  await page.keyboard.press('Escape');
  assert.equal(await point.count(), 0);
  assert.equal(await page.locator('.presenting').count(), 1);
  await page.close();
});

test('a scenario without a lesson is presented: plays, pauses, and single keys change it', async () => {
  const page = await open();
  await page.keyboard.press('p');
  await ready(page);
  const window = await speaker(page);
  assert.ok((await window.locator('#says').textContent()).length > 20, 'what it is about');
  await page.keyboard.press('PageDown');
  await offers(window, 'Play');
  await page.keyboard.press('PageUp');
  await page.waitForFunction(() => document.querySelector('.clock').textContent === '0:00.000');
  const undo = window.locator('#undo');
  const slow = window.locator('[data-key=d]', { hasText: 'bank: slow' });
  await slow.waitFor();
  assert.equal(await undo.isEnabled(), false);
  for (const key of ['a', 's', 'n', 'd']) await page.keyboard.press(key);
  await slow.waitFor({ state: 'detached' });
  for (const _ of 'asn') await page.keyboard.press('u');
  await slow.waitFor();
  assert.equal(await undo.isEnabled(), true, 'each was a change of its own');
  await page.keyboard.press('u');
  await window.waitForFunction(() => document.getElementById('undo').disabled);
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys while presenting' });
  await keys.getByText('bank: slow').waitFor();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.presenting').count(), 1);
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('an answer is chosen by its number', async () => {
  const page = await open({ path: '#lesson=breaker/well', reducedMotion: true });
  await present(page);
  await page.keyboard.press('3');
  await page.keyboard.press('PageDown');
  await page.locator('.choices .right', { hasText: '11 seconds' }).waitFor();
  assert.equal(await page.locator('.choices [aria-pressed=true]').innerText(), 'Two seconds later, at 11 seconds ✓');
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe has nothing to say of either window (${theme})`, async () => {
    const page = await open({ path: '#lesson=breaker/well', theme, reducedMotion: true });
    await present(page);
    assert.deepEqual(await axe(page), []);
    const window = await speaker(page);
    assert.deepEqual(await axe(window), []);
    await page.keyboard.press('?');
    assert.deepEqual(await axe(page), []);
    await page.close();
  });
}

test('nobody who does not present fetches anything for it', async () => {
  const page = await open({ path: '#lesson=breaker' });
  const asked = page.watched.requests.filter((url) => /present|talk|speaker/.test(url));
  assert.deepEqual(asked, []);
  await page.close();
});
