// The address bar holds everything, and survives whatever is typed into it.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { open, started, still } from './harness.mjs';
import {
  clock, lookAt, notice, noticed, openPaused, panel, pixels, read, saved, section, selectOnStage,
  type,
} from './gestures.mjs';

const hash = (page) => page.evaluate(() => location.hash);

/// Waits until the address holds what is shown, which it does a moment later.
async function address(page) {
  const shown = await saved(page);
  await page.waitForTimeout(450);
  await still(page);
  return { hash: await hash(page), shown };
}

/// Loads the page again, and allows for the requests of that.
async function again(page, load) {
  await load();
  await started(page);
  page.watched.settle();
  await still(page);
}

/// All that a link brings back.
async function everything(page) {
  const canvases = await pixels(page);
  return { canvases, file: await saved(page), panel: await panel(page).ariaSnapshot() };
}

/// A page on which several things were done.
async function busy() {
  const page = await openPaused({ at: 3000 });
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await type(page, 'base, as text', '70 ms');
  await lookAt(page, 7214.5);
  await selectOnStage(page, 'bank');
  await page.getByRole('button', { name: 'Show less time' }).click();
  return page;
}

test('a link brings back experiment, moment, selection and axis, in any browser', async () => {
  const page = await busy();
  const before = await everything(page);
  const { hash: link } = await address(page);
  assert.match(link, /^#s=[\w-]+$/);
  assert.ok(link.length < 2000, `${link.length} characters`);

  const other = await open({ path: link });
  assert.deepEqual(await everything(other), before);
  assert.equal(await read(other, panel(other).getByRole('heading', { level: 2 })), 'bank');
  assert.equal(await clock(other), '0:07.215');
  other.assertQuiet();
  await other.close();
  page.assertQuiet();
  await page.close();
});

test('reloading, going back and going forward bring back the picture to the pixel', async () => {
  const page = await openPaused({ at: 2000 });
  const one = { ...(await everything(page)), ...(await address(page)) };
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await lookAt(page, 2600);
  const two = { ...(await everything(page)), ...(await address(page)) };
  await selectOnStage(page, 'api');
  await lookAt(page, 6000);
  const three = { ...(await everything(page)), ...(await address(page)) };

  const same = async (place, words) => {
    await page.waitForFunction((hash) => location.hash === hash, place.hash);
    const { hash: _, shown: __, ...picture } = place;
    assert.deepEqual(await everything(page), picture, words);
  };
  await again(page, () => page.reload());
  await same(three, 'after reloading');
  await page.goBack();
  await same(two, 'one back');
  await page.goBack();
  await same(one, 'two back');
  await again(page, () => page.reload());
  await same(one, 'reloaded where it went back to');
  await page.goForward();
  await same(two, 'one forward');
  await page.goForward();
  await same(three, 'two forward');

  // What was done can still be undone after a reload.
  await again(page, () => page.reload());
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal((await saved(page)).interventions.length, one.file.interventions.length);
  page.assertQuiet();
  await page.close();
});

/// Links that nobody should trust, and what is said about each.
async function hostile() {
  const page = await busy();
  const { hash: good } = await address(page);
  await page.close();
  const bytes = Buffer.from(good.slice(3), 'base64url');
  const with_ = (change) => {
    const copy = Buffer.from(bytes);
    change(copy);
    return `#s=${copy.toString('base64url')}`;
  };
  return [
    [good.slice(0, good.length / 2), /damaged|not all of it/],
    [good.slice(0, 5), /damaged|not all of it/],
    ['#s=', /damaged|not all of it/],
    ['#s=%00%ff<script>alert(1)</script>', /not a link/],
    [`#s=${randomBytes(300).toString('base64url')}`, /damaged|newer|not a link|not all/],
    [with_((copy) => (copy[0] = 77)), /newer Half-Open/],
    [with_((copy) => copy.fill(0xff, 1)), /damaged/],
    [`${good}AAAA`, /damaged/],
    [`#s=${'A'.repeat(200_000)}`, /too long.*200000|too long/],
  ];
}

test('a bad link explains itself, loaded or typed, and the page stays whole', async () => {
  const links = await hostile();
  const typed = await busy();
  const kept = await everything(typed);
  const fresh = await open();
  for (const [link, sentence] of links) {
    const name = `${link.slice(0, 30)}… (${link.length})`;
    await typed.evaluate((hash) => (location.hash = hash), link);
    const said = await noticed(typed);
    assert.match(said, sentence, name);
    assert.match(said, /What you had is still here\.$/, name);
    assert.notEqual(await hash(typed), link, 'the address holds what is still here');
  }
  assert.deepEqual(await everything(typed), kept);
  await again(typed, () => typed.reload());
  assert.deepEqual(await everything(typed), kept, 'reloading loses nothing');

  for (const [link, sentence] of links.filter((_, index) => index % 2 === 0)) {
    const name = `${link.slice(0, 30)}… (${link.length})`;
    await again(fresh, async () => {
      await fresh.goto('about:blank');
      await fresh.goto(typed.url().split('#')[0] + link);
      await fresh.getByRole('button', { name: 'Pause' }).click();
    });
    const told = await noticed(fresh);
    assert.match(told, sentence, name);
    assert.match(told, /Here is the first scenario instead\.$/, name);
    assert.equal(new Set(await pixels(fresh)).size, 5, `${name}: five pictures`);
    fresh.assertQuiet();
  }
  await fresh.getByRole('button', { name: 'Trip' }).click();
  assert.match(await read(fresh, fresh.locator('.story')), /You tripped the breaker/);
  typed.assertQuiet();
  await typed.close();
  await fresh.close();
});

test('a link to a request that never was is followed without it', async () => {
  const page = await openPaused({ selection: { request: 5 } });
  const { hash: link } = await address(page);
  const bytes = Buffer.from(link.slice(3), 'base64url');
  // Selected: the fourth kind, number 5; then the left edge of the axis, at 0.
  const place = bytes.lastIndexOf(Buffer.from([4, 5, 0]));
  const far = Buffer.from([4, 0xff, 0xff, 0xff, 0x7f]);
  const changed = Buffer.concat([bytes.subarray(0, place), far, bytes.subarray(place + 2)]);
  const other = await open({ path: `#s=${changed.toString('base64url')}` });
  assert.equal(await read(other, panel(other).getByRole('heading', { level: 2 })), 'api → bank');
  assert.equal(await clock(other), '0:01.000');
  assert.equal(await notice(other).locator('p').count(), 0);
  other.assertQuiet();
  await other.close();
  page.assertQuiet();
  await page.close();
});
