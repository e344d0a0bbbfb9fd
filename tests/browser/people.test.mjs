// For everybody: screen readers, keyboards, phones.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, scrollsSideways, still } from './harness.mjs';
import {
  closeNotice, disclose, giveFile, notice, openFile, openPaused, panel, saved,
} from './gestures.mjs';

const SIZES = [[1440, 900], [1024, 768], [390, 844]];

/// What a page may show, and how it comes to.
const STATES = {
  'a request selected': (page, file) => looking(page, file, { request: 300 }),
  'a service selected': (page, file) => looking(page, file, { node: 1 }),
  'a change selected': (page, file) => looking(page, file, { intervention: 0 }),
  'the list of keys open': (page) => page.keyboard.press('?'),
  'an error to read': async (page) => {
    await page.keyboard.press('Escape');
    await giveFile(page, 'no experiment', 'theirs.json');
    await notice(page).getByText('was not opened').waitFor();
  },
};

async function looking(page, file, selection) {
  await openFile(page, { ...file, view: { ...file.view, selection } });
}

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing on any screen, whatever is shown (${theme})`, async () => {
    const page = await openPaused({ at: 5200, theme });
    const file = await saved(page);
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      for (const [name, show] of Object.entries(STATES)) {
        await show(page, file);
        await still(page);
        assert.deepEqual(await axe(page), [], `${width} px, ${name}`);
        assert.equal(await scrollsSideways(page), false, `${width} px, ${name}`);
      }
      await closeNotice(page);
    }
    page.assertQuiet();
    await page.close();
  });
}

/// Controls and numbers that stick out of the screen, where nobody could scroll to.
async function cutOff(page) {
  // A drawer takes a moment to close.
  await page.waitForFunction(() => document.getAnimations().length === 0);
  return page.evaluate(() => {
    const outside = ({ left, right, width }) => width > 0 && (left < -1 || right > innerWidth + 1);
    // What lies in a strip has to come into sight, whole, for whoever has the focus.
    const stays = (element) => {
      const strip = element.closest('.track-choice, .marked');
      if (!strip) return true;
      const before = strip.scrollLeft;
      element.scrollIntoView({ inline: 'nearest', block: 'nearest' });
      const out = outside(element.getBoundingClientRect());
      strip.scrollLeft = before;
      return out;
    };
    return [...document.querySelectorAll('button, input:not(.unseen), summary, dd, h1, h2')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .filter((element) => outside(element.getBoundingClientRect()) && stays(element))
      .map((element) => element.ariaLabel || element.textContent);
  });
}

test('no screen scrolls sideways or cuts anything off, down to 320 px', async () => {
  const page = await openPaused({ at: 5200 });
  const file = await saved(page);
  for (const width of [1440, 1280, 1024, 820, 780, 720, 600, 390, 360, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const selection of [{ edge: 1 }, { node: 1 }, { request: 300 }]) {
      await looking(page, file, selection);
      const name = `${width} px, ${JSON.stringify(selection)}`;
      assert.equal(await scrollsSideways(page), false, name);
      assert.deepEqual(await cutOff(page), [], name);
    }
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await still(page);
    assert.equal(await scrollsSideways(page), false, `${width} px`);
    assert.deepEqual(await cutOff(page), [], `${width} px`);
  }
  page.assertQuiet();
  await page.close();
});

/// What is too small for a finger: WCAG 2.2 (2.5.8) asks for 24 × 24 CSS pixels.
function tooSmall(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, select, textarea, summary, input:not([type=file])')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      // What its label chooses is as large as that; a slider takes a finger anywhere on its rail.
      .map((element) => (/radio|checkbox/.test(element.type) ? element.closest('label') : element))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ element, box: { width, height } }) => {
        const name = element.ariaLabel || element.textContent || element.type;
        return `${element.localName} ${name}: ${width} × ${height}`;
      }),
  );
}

test('on a phone everything is large enough for a finger', async () => {
  const page = await openPaused({ at: 5200, touch: true });
  const file = await saved(page);
  await page.setViewportSize({ width: 390, height: 844 });
  const fits = async (what) => {
    await still(page);
    await page.waitForFunction(() => document.getAnimations().length === 0);
    assert.deepEqual(await tooSmall(page), [], what);
  };
  await page.getByRole('button', { name: 'More', exact: true }).tap();
  await fits('the menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await fits('the list of keys');
  await page.keyboard.press('Escape');
  await giveFile(page, 'no experiment', 'theirs.json');
  await notice(page).getByText('was not opened').waitFor();
  await fits('a notice');
  await closeNotice(page);

  const drawer = page.getByRole('button', { name: 'Settings', exact: true });
  const hand = { client: 7, method: 'POST', path: '/api/payments', key: 'abc-123', body: '{}' };
  file.interventions.push({ at: '20 s', change: { send: { ...hand, lose_response: false } } });
  for (const selection of [
    { edge: 0 }, { edge: 1 }, { node: 0 }, { node: 1 }, { node: 3 }, { client: 7 },
    { request: 300 }, { intervention: 0 },
  ]) {
    await looking(page, file, selection);
    if ((await drawer.getAttribute('aria-expanded')) === 'false') await drawer.tap();
    await panel(page).waitFor({ state: 'visible' });
    for (const title of await panel(page).locator('summary').allTextContents()) {
      await disclose(page, title);
    }
    await fits(JSON.stringify(selection));
  }
  page.assertQuiet();
  await page.close();
});

test('what is chosen shows in colours of the visitor\'s own', async () => {
  const page = await openPaused({ context: { forcedColors: 'active' } });
  const paint = (name) =>
    panel(page)
      .getByRole('radio', { name, exact: true })
      .evaluate((input) => getComputedStyle(input.nextElementSibling).backgroundColor);
  assert.notEqual(await paint('jitter, then cap'), await paint('full jitter'));
  page.assertQuiet();
  await page.close();
});

test('on a phone the name of every scenario can be read', async () => {
  const page = await openPaused();
  await page.setViewportSize({ width: 390, height: 844 });
  const select = page.getByRole('combobox', { name: 'Scenario' });
  const { room, names } = await select.evaluate((it) => {
    const style = getComputedStyle(it);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    // The arrow is drawn in what is left.
    const room = it.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 20;
    return { room, names: [...it.options].map(({ text }) => ({ text, wide: pen.measureText(text).width })) };
  });
  assert.ok(names.length > 1);
  for (const { text, wide } of names) assert.ok(wide <= room, `${text}: ${wide} of ${room} px`);
  page.assertQuiet();
  await page.close();
});

test('on a phone a notice is as wide as the screen', async () => {
  const page = await openPaused();
  await page.setViewportSize({ width: 390, height: 844 });
  await giveFile(page, 'neither here nor there');
  await notice(page).getByText('was not opened').waitFor();
  const { x, width } = await notice(page).boundingBox();
  assert.ok(x >= 0 && width > 340 && x + width <= 390, `${width} px at ${x} px`);
  page.assertQuiet();
  await page.close();
});

test('on a phone a service opens its drawer with a tap, and closes it again', async () => {
  const page = await open({ width: 390, height: 844, touch: true });
  await page.getByRole('button', { name: 'Pause' }).tap();
  const drawer = page.getByRole('button', { name: 'Settings' });
  assert.equal(await drawer.getAttribute('aria-expanded'), 'false');
  assert.equal(await panel(page).isVisible(), false);
  await drawer.tap();
  await panel(page).getByRole('button', { name: 'Trip' }).tap();
  await still(page);
  assert.match(await page.locator('.story').textContent(), /You tripped the breaker/);
  await drawer.tap();
  await panel(page).waitFor({ state: 'hidden' });
  page.assertQuiet();
  await page.close();
});

test('on a small phone there is room for the stage, and the drawer can be closed', async () => {
  const page = await open({ width: 320, height: 568 });
  await page.getByRole('button', { name: 'Pause' }).click();
  const stage = page.getByRole('application', { name: 'The system' });
  assert.ok((await stage.boundingBox()).height > 220);
  const toggle = page.getByRole('button', { name: 'Settings', exact: true });
  await toggle.click();
  await panel(page).waitFor({ state: 'visible' });
  await panel(page).getByRole('button', { name: 'Close', exact: true }).first().click();
  await panel(page).waitFor({ state: 'hidden' });
  await toggle.click();
  await panel(page).waitFor({ state: 'visible' });
  await page.mouse.click(160, 100);
  await panel(page).waitFor({ state: 'hidden' });
  page.assertQuiet();
  await page.close();
});

test('every run links to what the model leaves out, in words that all can read', async () => {
  for (const theme of ['light', 'dark']) {
    const page = await openPaused({ theme });
    const link = (await disclose(page, 'This run')).getByRole('link');
    assert.equal(await link.textContent(), 'What this model leaves out');
    const opened = page.context().waitForEvent('page');
    await link.click();
    const about = await opened;
    await about.getByRole('heading', { name: 'What this model leaves out' }).waitFor();
    await about.setViewportSize({ width: 320, height: 600 });
    assert.equal(await scrollsSideways(about), false);
    assert.deepEqual(await axe(about), []);
    await about.close();
    await page.close();
  }
});
