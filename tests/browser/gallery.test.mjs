// The gallery: every scenario with a picture, a sentence and links to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, scrollsSideways, still } from './harness.mjs';
import { clock, noticed, numbers, openPaused } from './gestures.mjs';

const dialog = (page) => page.getByRole('dialog', { name: 'Scenarios' });
const cards = (page) => dialog(page).getByRole('listitem');
const card = (page, title) => cards(page).filter({ has: page.getByRole('link', { name: title, exact: true }) });
const chosen = (page) =>
  page.getByRole('combobox', { name: 'Scenario' }).evaluate((select) => select.value);
const focused = (page) => page.locator(':focus');

/// Opens the page, and the gallery on it.
async function opened(options = {}) {
  const page = await openPaused(options);
  await page.keyboard.press('g');
  await dialog(page).waitFor();
  await still(page);
  return page;
}

/// How many colours the canvases have that are in sight, and how many are not painted yet.
const pictures = (page) =>
  dialog(page).locator('canvas').evaluateAll((all) => {
    const { bottom } = all[0].closest('dialog').getBoundingClientRect();
    return all.filter((canvas) => canvas.getBoundingClientRect().top < bottom).map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  });

test('a button and a key open it, and Esc gives the focus back', async () => {
  const page = await openPaused();
  const button = page.getByRole('button', { name: 'Gallery' });
  await button.click();
  await dialog(page).waitFor();
  assert.equal(await cards(page).count(), 29);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  await button.and(focused(page)).waitFor();
  await page.keyboard.press('g');
  await dialog(page).getByRole('searchbox').and(focused(page)).waitFor();
  const here = card(page, 'A slow bank trips the breaker').getByRole('link').first();
  assert.equal(await here.getAttribute('aria-current'), 'true');
  assert.match(await here.evaluate((link) => document.getElementById(link.getAttribute('aria-describedby')).textContent), /^A hundred clients pay/);
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await dialog(page).waitFor({ state: 'hidden' });
  page.assertQuiet();
  await page.close();
});

test('every card in sight has a picture, and further ones get theirs when they come into sight', async () => {
  const page = await opened();
  const first = await pictures(page);
  assert.ok(first.length >= 6 && first.every((colours) => colours > 20), `${first}`);
  const last = card(page, 'The trace that falls apart').locator('canvas');
  assert.equal(await last.getAttribute('data-painted'), null, 'nothing is drawn that nobody sees');
  await last.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector('#picture-correlation_lost').dataset.painted);
  await still(page);
  const before = await last.evaluate((canvas) => canvas.toDataURL());
  await page.emulateMedia({ colorScheme: 'dark' });
  await still(page);
  assert.notEqual(await last.evaluate((canvas) => canvas.toDataURL()), before, 'the theme is another');
  await page.emulateMedia({ colorScheme: 'light' });
  await still(page);
  assert.equal(await last.evaluate((canvas) => canvas.toDataURL()), before, 'the picture is the same');
  page.assertQuiet();
  await page.close();
});

test('words find cards by title and sentence', async () => {
  const page = await opened();
  await page.keyboard.type('traceparent');
  assert.deepEqual(await cards(page).getByRole('heading').allInnerTexts(), ['The trace that falls apart']);
  await page.getByRole('status').filter({ hasText: '1 of 29' }).waitFor();
  await still(page);
  assert.ok((await pictures(page))[0] > 20, 'it has its picture');
  await page.keyboard.type(' zebra');
  await dialog(page).getByText('Nothing here is called “traceparent zebra”.').waitFor();
  assert.equal(await cards(page).count(), 0);
  page.assertQuiet();
  await page.close();
});

test('arrows go from card to card, and Enter opens one from its beginning', async () => {
  const page = await opened();
  const titles = await cards(page).getByRole('heading').allInnerTexts();
  const name = () => focused(page).innerText();
  await page.keyboard.press('ArrowDown');
  assert.equal(await name(), titles[0]);
  await page.keyboard.press('ArrowRight');
  assert.equal(await name(), titles[1]);
  await page.keyboard.press('ArrowDown');
  assert.equal(await name(), titles[4], 'the one below of three in a row');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  assert.equal(await name(), titles[0]);
  await page.keyboard.press('ArrowUp');
  await dialog(page).getByRole('searchbox').and(focused(page)).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await dialog(page).waitFor({ state: 'hidden' });
  await still(page);
  assert.equal(await chosen(page), 'panels');
  assert.equal(await clock(page), '0:00.000');
  await page.keyboard.press('Control+z');
  await still(page);
  assert.equal(await chosen(page), 'payments');
  page.assertQuiet();
  await page.close();
});

test('a card is a link, and another one leads to its moment, paused', async () => {
  const page = await opened();
  const title = 'One slow dependency takes everything down';
  const links = card(page, title).getByRole('link');
  const [start, moment] = await links.evaluateAll((all) => all.map((link) => link.href));
  await links.last().click();
  await dialog(page).waitFor({ state: 'hidden' });
  await still(page);
  assert.equal(await chosen(page), 'cascade');
  assert.equal(await clock(page), '0:09.000');
  await page.getByRole('button', { name: 'Play' }).waitFor();
  await page.getByRole('complementary').getByRole('heading', { name: 'shop', exact: true }).waitFor();
  const seen = await numbers(page);
  await page.goBack();
  await still(page);
  assert.equal(await chosen(page), 'payments');
  page.assertQuiet();

  // Another tab gets the same.
  const other = await openLink(moment);
  assert.equal(await chosen(other), 'cascade');
  assert.equal(await clock(other), '0:09.000');
  assert.deepEqual(await numbers(other), seen);
  await other.close();
  const begun = await openLink(start);
  assert.equal(await chosen(begun), 'cascade');
  assert.equal(await clock(begun), '0:00.000');
  await begun.close();

  const tab = page.context().waitForEvent('page');
  await page.keyboard.press('g');
  await card(page, title).getByRole('heading').click({ modifiers: ['ControlOrMeta'] });
  // A new tab is empty at first.
  await (await tab).waitForURL(start, { waitUntil: 'commit' });
  assert.ok(await dialog(page).isVisible(), 'here everything stays');
  await page.close();
});

/// What stands behind a link, as a page of its own.
function openLink(address) {
  return open({ path: new URL(address).hash });
}

test('without a connection it says so, and opens when there is one again', async () => {
  const page = await openPaused();
  await page.route('**/gallery.css', (route) => route.abort());
  await page.keyboard.press('g');
  assert.match(await noticed(page), /^The gallery could not be fetched/);
  assert.equal(await dialog(page).isVisible(), false);
  await page.unroute('**/gallery.css');
  await page.keyboard.press('g');
  await dialog(page).waitFor();
  assert.equal(await cards(page).count(), 29);
  await page.close();
});

test('it pauses, so that nobody misses what happens behind it', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.keyboard.press('g');
  await dialog(page).waitFor();
  await page.keyboard.type('herd');
  // The first Esc takes back the words where the browser does so.
  for (let n = 0; n < 2 && (await dialog(page).isVisible()); n += 1) {
    await page.keyboard.press('Escape');
    await still(page);
  }
  await dialog(page).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Play' }).waitFor();
  await page.keyboard.press('g');
  await dialog(page).waitFor();
  assert.equal(await cards(page).count(), 29, 'it begins anew');
  page.assertQuiet();
  await page.close();
});

test('on a phone it is in the menu, in one column', async () => {
  const page = await open({ width: 390, height: 844, touch: true });
  await page.getByRole('button', { name: 'Pause' }).click();
  const more = page.getByRole('button', { name: 'More', exact: true });
  await more.click();
  await page.getByRole('button', { name: 'Gallery' }).click();
  await dialog(page).waitFor();
  await still(page);
  const places = await cards(page).evaluateAll((all) => all.map((li) => li.getBoundingClientRect().left));
  assert.equal(new Set(places).size, 1, 'one column');
  assert.equal(await dialog(page).evaluate((it) => it.scrollWidth > it.clientWidth), false);
  assert.ok((await pictures(page))[0] > 20);
  await page.keyboard.press('Escape');
  await more.and(focused(page)).waitFor();
  await more.click();
  await page.getByRole('button', { name: 'Gallery' }).click();
  await card(page, 'A page of six panels, one fails').getByRole('link').last().click();
  await dialog(page).waitFor({ state: 'hidden' });
  await still(page);
  assert.equal(await clock(page), '0:08.000');
  assert.equal(await page.locator('#side').isVisible(), false, 'nothing hides the stage');
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, and nothing scrolls sideways (${theme})`, async () => {
    const page = await opened({ theme });
    for (const [width, height] of [[1440, 900], [1024, 768], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      await still(page);
      // A place is told behind a #, so axe takes links that are scrolled out of sight for skip links.
      const found = (await axe(page)).filter((it) => !it.startsWith('skip-link'));
      assert.deepEqual(found, [], `${width} px`);
      assert.equal(await scrollsSideways(page), false, `${width} px`);
    }
    page.assertQuiet();
    await page.close();
  });
}

test('the bar is whole with its button, however wide the page is', async () => {
  const page = await openPaused();
  for (const width of [1920, 1600, 1440, 1400, 1399, 1100, 1024, 768, 720]) {
    await page.setViewportSize({ width, height: 800 });
    await still(page);
    const cut = await page.locator('.top').evaluate((bar) => {
      const shown = [...bar.querySelectorAll('button, select, h1')].filter((it) => it.checkVisibility());
      const places = shown.map((it) => it.getBoundingClientRect()).sort((a, b) => a.left - b.left);
      const apart = places.every(({ left }, n) => n === 0 || left >= places[n - 1].right - 0.5);
      const room = bar.querySelector('select').getBoundingClientRect().width > 120;
      return apart && room && places.at(-1).right <= innerWidth;
    });
    assert.ok(cut, `${width} px`);
    await page.getByRole('button', { name: 'Gallery' }).waitFor();
  }
  await page.close();
});
