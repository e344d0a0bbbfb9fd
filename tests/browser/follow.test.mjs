// Follow one request: its waterfall, the trace that falls apart, everything else in the background.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, scrollsSideways, still } from './harness.mjs';
import {
  clock, lookAt, openFile, openPaused, panel, saved,
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
