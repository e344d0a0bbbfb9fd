// Follow one request: its waterfall, the trace that falls apart, everything else in the background.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways, still } from './harness.mjs';
import {
  clock, leave, lookAt, milliseconds, onTimeline, openFile, openPaused, panel, saved,
} from './gestures.mjs';

const waterfall = (page) => panel(page).getByRole('region', { name: /^Waterfall/ });
const rows = (page) => waterfall(page).locator('.falls').getByRole('button');

/// What is said in each row, white space put in order.
async function texts(page) {
  await still(page);
  const words = await rows(page).evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll(':scope > span')].map((part) => part.textContent)),
  );
  return words.map((parts) => parts.join('').replace(/\s+/g, ' ').trim());
}

/// A request that is tried three times while the bank is slow.
const TRIED = 237;

/// Payments whose api passes no `traceparent` on, at this moment.
async function openBroken(at) {
  const page = await openPaused();
  const file = await saved(page);
  const api = file.scenario.nodes.find(({ name }) => name === 'api');
  api.role.service.propagate = false;
  await openFile(page, file);
  await lookAt(page, at, { request: TRIED });
  return page;
}

test('a request shows every attempt at every hop, and what has yet to come is pale', async () => {
  const page = await openPaused({ at: 4300, selection: { request: TRIED } });
  const early = await texts(page);
  assert.match(early[1], /^clients → api #1 3\.978 s in flight, 1\.7 s left$/);
  assert.match(early[2], /^api → bank #1 4\.003 s in flight, \d ms left$/);
  assert.ok(early.slice(3).every((text) => text.endsWith('later')), early.join('\n'));
  assert.ok((await waterfall(page).locator('.falls line.later').count()) > 3);
  assert.equal(await waterfall(page).locator('.falls line.left').count(), 2);

  await lookAt(page, 4920);
  assert.deepEqual(await texts(page), [
    'the whole request 3.978 s failed after 935 ms',
    'clients → api #1 3.978 s 503 Service Unavailable, waits 181 ms',
    'api → bank #1 4.003 s timed out after 300 ms, waits 106 ms, answered too late',
    'api → bank #2 4.409 s rejected by its breaker',
    'clients → api #2 4.607 s 503 Service Unavailable, waits 217 ms',
    'api → bank #1 4.631 s rejected by its breaker',
    'clients → api #3 4.874 s 503 Service Unavailable',
    'api → bank #1 4.894 s rejected by its breaker',
  ]);
  assert.equal(await waterfall(page).locator('.falls line.later').count(), 0);
  assert.equal(await waterfall(page).locator('.falls line.left').count(), 0);
  const amplification = waterfall(page).getByRole('list', { name: 'Amplification' });
  assert.deepEqual(await amplification.locator('li').allTextContents(), [
    '1 request → 3 calls at api, ×3',
    '3 attempts → 1 call at bank, ×0.3, 3 rejected',
  ]);
  page.assertQuiet();
  await page.close();
});

test('arrow keys move between the rows, and Enter goes to the moment of one', async () => {
  const page = await openPaused({ at: 4920, selection: { request: TRIED } });
  await rows(page).first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^api → bank #1/);
  await page.keyboard.press('Enter');
  await still(page);
  assert.equal(await clock(page), '0:04.303');
  assert.equal(await rows(page).nth(2).getAttribute('aria-current'), 'true');
  assert.equal((await saved(page)).view.selection.event > 0, true);
  page.assertQuiet();
  await page.close();
});

test('enlarged it lies over the page, and Esc brings it back to the panel with what is selected', async () => {
  const page = await openPaused({ at: 4920, selection: { request: TRIED } });
  const width = async () => (await waterfall(page).boundingBox()).width;
  assert.ok((await width()) < 340);
  await page.getByRole('button', { name: 'Enlarge' }).click();
  await still(page);
  assert.ok((await width()) > 1000);
  assert.deepEqual(await axe(page), []);
  const at = await clock(page);
  await page.keyboard.press('Escape');
  await still(page);
  assert.ok((await width()) < 340);
  assert.equal(await clock(page), at);
  assert.equal((await saved(page)).view.selection.request, TRIED);
  page.assertQuiet();
  await page.close();
});

test('without propagation the trace falls apart, and can be mended on the spot', async () => {
  const page = await openBroken(4300);
  const ids = async () => (await waterfall(page).locator('.orphan .mono:not(.at)').allTextContents());
  await waterfall(page).getByText('Orphans: traces that nobody can connect').waitFor();
  const before = await texts(page);
  assert.ok(before.some((text) => /^bank [0-9a-f]{4} 4\.003 s/.test(text)), before.join('\n'));
  assert.ok(!before.some((text) => /^api → bank #1 4\.003/.test(text)));
  const own = await panel(page).getByRole('heading', { level: 2 }).textContent();
  assert.ok((await ids()).every((id) => !own.endsWith(id.trim())));
  assert.match(await waterfall(page).locator('.rift p').textContent(), /^api did not pass traceparent on/);
  assert.deepEqual(await axe(page), []);

  await lookAt(page, 3000, { request: TRIED });
  await waterfall(page).getByRole('switch', { name: 'api passes traceparent on' }).click();
  await still(page);
  assert.equal(await waterfall(page).locator('.orphan').count(), 0);
  assert.ok((await texts(page)).some((text) => /^api → bank #1 4\.003 s/.test(text)));
  assert.deepEqual((await saved(page)).interventions.at(-3).change, {
    set: { knob: 'api.propagate', value: 'on' },
  });
  await page.getByRole('button', { name: 'Undo' }).click();
  await waterfall(page).locator('.orphan').first().waitFor();
  page.assertQuiet();
  await page.close();
});

test('on a phone the waterfall fits, and is as wide as the page when enlarged', async () => {
  const page = await openPaused({ at: 4920, selection: { request: TRIED } });
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  await rows(page).first().scrollIntoViewIfNeeded();
  assert.equal(await scrollsSideways(page), false);
  await page.getByRole('button', { name: 'Enlarge' }).click();
  await still(page);
  const box = await waterfall(page).boundingBox();
  assert.ok(box.width > 350 && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});

const field = (page) => panel(page).getByRole('combobox', { name: 'Search requests' });
const options = (page) => panel(page).getByRole('listbox', { name: 'Requests' }).getByRole('option');
const said = (page) => panel(page).locator('#find + [role=status]');

/// Waits until the whole run has been searched.
async function searched(page) {
  await still(page);
  assert.doesNotMatch(await said(page).textContent(), /searched/);
}

test('requests are found by keyboard, and Enter goes to the moment that fits', async () => {
  const page = await openPaused({ at: 5200 });
  await page.keyboard.press('/');
  await field(page).and(page.locator(':focus')).waitFor();
  assert.match(await said(page).textContent(), /a service \(clients, api, bank, ledger\)/);

  await page.keyboard.type('bank timed out');
  await searched(page);
  assert.match(await said(page).textContent(), /^\d+ requests/);
  const times = (await options(page).locator('span:nth-child(2)').allTextContents()).map(parseFloat);
  const away = times.map((time) => Math.abs(time - 5.2));
  assert.deepEqual(away, [...away].sort((a, b) => a - b), 'the nearest first');
  const words = await options(page).locator('span:nth-child(3)').allTextContents();
  assert.ok(words.every((text) => text === 'timed out, api → bank'), words.join('\n'));
  assert.deepEqual(await axe(page), []);

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await still(page);
  const chosen = options(page).and(page.locator('[aria-selected=true]'));
  assert.equal(await chosen.count(), 1);
  assert.equal(await options(page).nth(1).getAttribute('aria-selected'), 'true');
  const id = await field(page).getAttribute('aria-activedescendant');
  assert.equal(await chosen.getAttribute('id'), id);
  const [digits] = await chosen.locator('span').allTextContents();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: `request ${digits}`, exact: true }).waitFor();
  assert.ok(Math.abs((await milliseconds(page)) - times[1] * 1000) <= 1);
  await rows(page).first().and(page.locator(':focus')).waitFor();

  // The text is still there; another one is found by the ID that the panel shows.
  await page.keyboard.press('/');
  await field(page).and(page.locator(':focus')).waitFor();
  assert.equal(await field(page).inputValue(), 'bank timed out');
  await page.keyboard.type(digits);
  await searched(page);
  assert.ok((await options(page).locator('span:first-child').allTextContents()).every((t) => t === digits));
  page.assertQuiet();
  await page.close();
});

test('Esc closes the search where it was, and what fits nothing is said', async () => {
  const page = await openPaused({ at: 5200, selection: { edge: 1 } });
  const before = await saved(page);
  await page.getByRole('button', { name: 'Search' }).click();
  await field(page).fill('ledger 418');
  await searched(page);
  assert.equal(await said(page).textContent(), 'No request of this run fits “ledger 418”.');
  assert.equal(await options(page).count(), 0);
  await field(page).fill('teapot');
  await searched(page);
  assert.match(await said(page).textContent(), /^“teapot” means nothing here\./);
  await page.keyboard.press('Escape');
  await field(page).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Search' }).and(page.locator(':focus')).waitFor();
  assert.deepEqual(await saved(page), before);
  page.assertQuiet();
  await page.close();
});

test('on a phone a request is searched for in the sheet', async () => {
  const page = await openPaused({ at: 5200 });
  await page.setViewportSize({ width: 390, height: 844 });
  await panel(page).waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await field(page).and(page.locator(':focus')).waitFor();
  await page.keyboard.type('rejected');
  await searched(page);
  assert.equal(await options(page).count(), 50);
  assert.equal(await scrollsSideways(page), false);
  await options(page).nth(2).click();
  await waterfall(page).waitFor();
  page.assertQuiet();
  await page.close();
});

/// How much of a picture is as strong as ink: the share of pixels far from its ground.
async function strength(page, box) {
  const picture = await page.screenshot({ clip: box });
  return page.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let strong = 0;
    for (let at = 0; at < data.length; at += 4) {
      const spread = Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]);
      strong += spread > 120;
    }
    return strong;
  }, [...picture]);
}

test('a request is selected on the stage and in a lane, and everything else dims', async () => {
  const page = await openPaused({ at: 4200 });
  const stage = await page.getByRole('application', { name: 'The system' }).boundingBox();
  const lanes = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  const lower = { ...lanes, y: lanes.y + 110, height: lanes.height - 112 };
  await leave(page);
  const before = [await strength(page, stage), await strength(page, lower)];

  // A worker of the bank is at work on a request.
  const { x } = stage;
  let found = false;
  for (let y = 200; y < 256 && !found; y += 8) {
    for (let at = x + 780; at < x + 1000 && !found; at += 12) {
      await page.mouse.click(at, y);
      await still(page);
      found = await waterfall(page).isVisible();
    }
  }
  assert.ok(found, 'a request at work can be selected');
  await leave(page);
  const after = [await strength(page, stage), await strength(page, lower)];
  assert.ok(after[0] < before[0] * 0.6, `${before[0]} and ${after[0]} on the stage`);
  assert.ok(after[1] < before[1] * 0.8, `${before[1]} and ${after[1]} in the lanes`);

  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await leave(page);
  assert.deepEqual([await strength(page, stage), await strength(page, lower)], before);

  // The lane of the request that is tried three times.
  const lane = await onTimeline(page, 4_150, 168);
  await page.mouse.click(lane.x, lane.y);
  await still(page);
  await waterfall(page).waitFor();
  await leave(page);
  assert.ok((await strength(page, lower)) < before[1] * 0.8);
  page.assertQuiet();
  await page.close();
});

test('in the log an ID is selected, and the rows of other requests step back', async () => {
  const page = await openBroken(4200);
  await page.keyboard.press('Escape');
  await page.keyboard.press('l');
  await page.getByRole('searchbox', { name: 'Which events' }).fill('sent');
  await still(page);
  const entries = page.locator('.entry');
  assert.equal(await page.locator('.entry.aside').count(), 0);
  const id = page.locator('.past .entry').filter({ hasText: 'sent, clients → api' }).last().locator('.id');
  const digits = await id.textContent();
  await id.click();
  await page.getByRole('heading', { name: `request ${digits}`, exact: true }).waitFor();
  await still(page);
  const followed = page.locator('.entry:not(.aside)');
  const all = await entries.count();
  assert.ok((await followed.count()) < all / 2 && (await followed.count()) > 0);
  // Behind a broken trace the same request has another ID.
  const seen = await followed.evaluateAll((rows) =>
    rows.map((row) => [row.children[1].textContent, row.children[2].textContent]),
  );
  for (const [what, id] of seen) assert.equal(id === digits, what === 'sent, clients → api', `${seen}`);
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});
