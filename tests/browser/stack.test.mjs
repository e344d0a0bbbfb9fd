// The stack of a call: what each layer let through and stopped, and the classic mistakes, each by one pull.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, reload, scrollsSideways, still } from './harness.mjs';
import { lookAt, openPaused, section } from './gestures.mjs';

const bank = { edge: 1 };

/** The rows, outermost first: `retry ×3 | 1,036 | `. */
async function rows(page) {
  const all = await section(page, 'Stack').getByRole('listitem').all();
  return Promise.all(all.map((row) => row.locator('span').allTextContents().then((cells) => cells.join(' | '))));
}

const order = async (page) => (await rows(page)).map((row) => row.match(/^(?:no )?(rate limit|[a-z]+)/)[1]);

/** Pulls the grip of a row onto another row. */
async function pull(page, from, to, during = () => {}) {
  const grip = section(page, 'Stack').getByRole('button', { name: from });
  const target = section(page, 'Stack').getByRole('listitem').filter({ hasText: to });
  await grip.scrollIntoViewIfNeeded();
  const [a, b] = [await grip.boundingBox(), await target.boundingBox()];
  const x = a.x + a.width / 2;
  await page.mouse.move(x, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, b.y + b.height / 2, { steps: 6 });
  await during();
  await page.mouse.up();
  await still(page);
}

const count = (row, column) => Number(row.split(' | ')[column].replaceAll(',', ''));
const remarks = (page) => section(page, 'Stack').locator('p').allTextContents();

test('each of the classic mistakes is one pull away, and so is what mends it', async () => {
  const page = await openPaused();
  await lookAt(page, 9_000, bank);
  const usual = ['retry', 'breaker', 'rate limit', 'bulkhead', 'timeout', 'deadline'];
  assert.deepEqual(await order(page), usual);
  // What goes into a layer is what comes out of it, and what it stops.
  const [retry, breaker] = await rows(page);
  assert.equal(count(retry, 1), count(breaker, 1) + count(breaker, 2), `${retry}, ${breaker}`);
  assert.ok(count(breaker, 2) > 20, breaker);
  assert.match((await remarks(page)).join(), /Without a deadline, a call takes up to 3 × 300 ms/);
  const before = count(breaker, 1);

  // From the start: the breaker outside the retry. While it is pulled, the future is there already.
  await lookAt(page, 0, bank);
  await pull(page, /^breaker/, 'retry', async () => {
    await still(page);
    assert.deepEqual((await order(page)).slice(0, 2), ['breaker', 'retry']);
  });
  assert.deepEqual((await order(page)).slice(0, 2), ['breaker', 'retry']);
  assert.match((await remarks(page)).join(), /sees a call fail once, not 3 times/);
  await lookAt(page, 9_000, bank);
  const [outer, inner] = await rows(page);
  assert.ok(count(inner, 1) > count(outer, 1), `${outer}, ${inner}: each call may be several attempts`);
  assert.notEqual(count(outer, 1), before);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  await page.keyboard.press('Control+z');
  await still(page);
  assert.deepEqual(await order(page), usual, 'one pull is one step to undo');

  // One timeout for all attempts.
  await lookAt(page, 0, bank);
  await pull(page, /^timeout/, 'retry');
  assert.deepEqual((await order(page)).slice(0, 2), ['timeout', 'retry']);
  assert.match((await remarks(page)).join(), /300 ms for all attempts together/);
  await page.keyboard.press('Control+z');

  // A deadline, and none.
  await still(page);
  await pull(page, /^no deadline/, 'retry');
  assert.match((await rows(page))[0], /^deadline 1 s/);
  assert.deepEqual(await remarks(page), []);
  await pull(page, /^deadline/, 'timeout');
  assert.match((await rows(page)).at(-1), /^no deadline/);
  await page.keyboard.press('Control+z');
  await still(page);
  assert.match((await rows(page))[0], /^deadline 1 s/, 'one pull is one step to undo');
  await page.keyboard.press('Control+z');
  await still(page);
  assert.deepEqual(await order(page), usual);

  // What is only touched stays as it was.
  const undo = page.getByRole('button', { name: 'Undo' });
  assert.equal(await undo.getAttribute('aria-disabled'), 'true');
  await section(page, 'Stack').getByRole('button', { name: /^breaker/ }).click();
  await still(page);
  assert.equal(await undo.getAttribute('aria-disabled'), 'true', 'nothing was done');
  page.assertQuiet();
  assert.deepEqual(await axe(page), []);
  await page.close();
});

test('a layer moves with the arrow keys, the focus goes along, and the link keeps where it stands', async () => {
  const page = await openPaused();
  await lookAt(page, 0, bank);
  const grip = (name) => section(page, 'Stack').getByRole('button', { name });
  await grip(/^timeout/).focus();
  for (const place of [3, 2, 1]) {
    await page.keyboard.press('ArrowUp');
    await still(page);
    assert.equal((await order(page)).indexOf('timeout'), place);
    const focused = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    assert.match(focused, new RegExp(`^timeout 300 ms, ${place + 1} of 6`));
  }
  // Its chips stand in the same order.
  assert.match(await page.locator('.chips').textContent(), /^retry ×3›timeout 300 ms›breaker ●$/);
  const moved = ['retry', 'timeout', 'breaker', 'rate limit', 'bulkhead', 'deadline'];
  await grip(/^no deadline/).focus();
  await page.keyboard.press('ArrowUp');
  await still(page);
  assert.deepEqual(await order(page), ['deadline', ...moved.slice(0, 5)]);
  await page.keyboard.press('ArrowDown');
  await still(page);
  assert.deepEqual(await order(page), moved);
  const stuck = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  assert.match(stuck, /^no deadline, 6 of 6/);
  page.assertQuiet();
  await reload(page);
  assert.deepEqual(await order(page), moved);
  await page.setViewportSize({ width: 390, height: 844 });
  await still(page);
  assert.equal(await scrollsSideways(page), false);
  await page.close();
});
