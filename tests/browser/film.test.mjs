// Pictures and films of a run. Whether other programs read them is tested in tests/exports/.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dialog, exporting, facts, field, fill, made, ordered, status } from './films.mjs';
import { dragOnTimeline, saved } from './gestures.mjs';
import { axe, open, scrollsSideways } from './harness.mjs';

const text = (bytes) => bytes.toString('utf8');
const make = (page) => dialog(page).getByRole('button', { name: 'Make' });

/// The texts of a PNG, by their keywords.
function texts(png) {
  const found = {};
  for (let at = 8; at < png.length; ) {
    const long = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'iTXt') {
      const [keyword, ...rest] = png.toString('utf8', at + 8, at + 8 + long).split('\0');
      found[keyword] = rest.at(-1);
    }
    at += 12 + long;
  }
  return found;
}

/// Makes the same twice, in two pages that know nothing of each other.
async function twice(choices) {
  const files = [];
  for (let time = 0; time < 2; time += 1) {
    const page = await exporting();
    await fill(page, choices);
    files.push(await made(page));
    page.assertQuiet();
    await page.close();
  }
  const [one, other] = files;
  assert.ok(one.equals(other), `${choices.format}: ${one.length} bytes, and then other ${other.length}`);
  return one;
}

test('an SVG stands by itself, with its link, and the same moment is the same bytes', async () => {
  const svg = text(await twice({ format: 'svg', theme: 'both', caption: 'Slow <bank>' }));
  assert.match(svg, /^<svg [^>]*width="960" height="540"/);
  assert.match(svg, /<title id="title">A slow bank trips the breaker, at 0:05\.000<\/title>/);
  assert.match(svg, /<dc:source>http:\/\/127\.0\.0\.1:\d+\/docs\/demo\/#s=[\w-]+<\/dc:source>/);
  assert.match(svg, /Slow &lt;bank>/);
  assert.match(svg, /@media \(prefers-color-scheme:dark\)\{\.f-paper\{fill:#14161a\}/);
  assert.doesNotMatch(svg, /var\(--/);
});

test('the link in a picture leads to the moment that is on it', async () => {
  const page = await exporting();
  await fill(page, { format: 'svg', at: '6.5', from: '6', to: '7' });
  const link = /<dc:source>([^<]*)</.exec(text(await made(page)))[1];
  const there = await open({ path: new URL(link).hash });
  assert.equal(await there.getByRole('timer').textContent(), '0:06.500');
  await there.close();
  await page.close();
});

test('a PNG has as many pixels as were ordered, and the same ones every time', async () => {
  const png = await twice({ format: 'png', scale: 3, width: 800, size: '640 480' });
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1920, 1440]);
  const { Title: title, Comment: link } = texts(png);
  assert.equal(title, 'A slow bank trips the breaker, at 0:05.000');
  assert.match(link, /^http:.*#s=/);
});

test('a filmstrip has four moments, as shapes and as pixels', async () => {
  const svg = text(await twice({ format: 'strip-svg', from: 3, to: 9, size: '1920 1080' }));
  for (const moment of ['0:03.000', '0:05.000', '0:07.000', '0:09.000']) {
    assert.ok(svg.includes(`>${moment}</text>`), moment);
  }
  const page = await exporting();
  await fill(page, { format: 'strip-png', from: 3, to: 9, size: '640 480' });
  const png = await made(page);
  const { plan } = await ordered(page);
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [plan.width, plan.height]);
  await page.close();
});

test('a GIF is the same bytes every time, and says how it goes on', async () => {
  const gif = await twice({ format: 'gif', from: 4, to: 5, speed: 1, rate: 10, size: '640 480' });
  assert.equal(gif.toString('latin1', 0, 6), 'GIF89a');
  assert.ok(gif.includes('NETSCAPE2.0') && gif.includes('#s='));
});

test('a WebM is made picture by picture', async () => {
  const page = await exporting();
  await fill(page, { format: 'webm', from: 4, to: 5, speed: 0.5, rate: 20, size: '640 480' });
  assert.equal(await facts(page), '41 pictures · 2.05 s · 640 × 480 pixels');
  const webm = await made(page);
  assert.deepEqual([...webm.subarray(0, 4)], [0x1a, 0x45, 0xdf, 0xa3]);
  assert.ok(webm.includes('V_VP9') && webm.includes('#s='));
  page.assertQuiet();
  await page.close();
});

test('an animated SVG is offered where it is small, and otherwise it is said why not', async () => {
  const page = await exporting();
  await fill(page, { format: 'motion', what: 'stage', from: 4, to: 5, speed: 1, rate: 10 });
  await dialog(page).getByText(/^11 pictures · 1\.1 s · 960 × 540 · about \d+ kB$/).waitFor();
  const svg = text(await made(page));
  assert.equal(svg.match(/<g id="f\d+">/g).length, 11);
  await fill(page, { to: 14, rate: 50 });
  await dialog(page).getByText(/^It would be about .* MB, and an animated SVG has at most 1 MB/).waitFor();
  assert.equal(await make(page).getAttribute('aria-disabled'), 'true');
  await page.close();
});

test('whoever cancels gets nothing, and can begin again', async () => {
  const page = await exporting();
  await fill(page, { format: 'gif', range: 'whole', speed: 0.25, rate: 10, size: '1920 1080' });
  await make(page).click();
  await dialog(page).getByText(/^Picture \d+ of 2401, .* so far$/).waitFor({ timeout: 60_000 });
  const over = () => page.workers().at(-1).waitForEvent('close');
  let ended = over();
  await page.keyboard.press('Enter');
  await ended;
  assert.equal(await status(page), 'Cancelled: nothing was made.');
  await make(page).and(page.locator(':focus')).waitFor();
  await fill(page, { from: 4, to: 4.5, speed: 1 });
  await made(page);
  // Closing it ends it as well.
  await fill(page, { range: 'whole', speed: 0.25 });
  await make(page).click();
  await dialog(page).getByText(/^Picture \d+ of/).waitFor({ timeout: 60_000 });
  ended = over();
  await page.keyboard.press('Escape');
  await ended;
  await page.getByRole('button', { name: 'Export' }).and(page.locator(':focus')).click();
  assert.equal(await status(page), '');
  assert.equal(await dialog(page).getByRole('button', { name: 'Cancel' }).isVisible(), false);
  assert.equal(await field(page, 'speed').inputValue(), '0.25', 'what was chosen is still chosen');
  page.assertQuiet();
  await page.close();
});

test('what is wrong in a field is said there, and nothing is made of it', async () => {
  const page = await exporting();
  await fill(page, { format: 'gif', from: 'soon', to: 8, size: 'own', width: 99 });
  for (const [name, sentence] of [
    ['from', 'The beginning must be from 0 to 60 seconds, not “soon”.'],
    ['width', 'The width of a film must be a whole number from 320 to 3840, not “99”.'],
  ]) {
    const control = field(page, name);
    assert.equal(await control.getAttribute('aria-invalid'), 'true');
    const about = await control.getAttribute('aria-describedby');
    assert.equal(await page.locator(`#${about}`).textContent(), sentence);
  }
  await make(page).press('Enter');
  await field(page, 'from').and(page.locator(':focus')).waitFor();
  await fill(page, { from: 4, width: 640 });
  assert.equal(await field(page, 'from').getAttribute('aria-invalid'), null);
  await page.close();
});

test('a film begins with what the timeline shows, and with what is marked if something is', async () => {
  const page = await exporting();
  const ends = async () => [await field(page, 'from').inputValue(), await field(page, 'to').inputValue()].map(Number);
  await page.keyboard.press('Escape');
  const seconds = (text) => parseFloat(text) / { ms: 1e3, s: 1, us: 1e6, ns: 1e9 }[text.split(' ')[1]];
  const { view } = await saved(page);
  await page.getByRole('button', { name: 'Export' }).click();
  assert.deepEqual(await ends(), [view.from, view.to].map(seconds));
  assert.equal(await field(page, 'at').isVisible(), false);
  await page.keyboard.press('Escape');
  await page.keyboard.down('Shift');
  await dragOnTimeline(page, 4000, 7000, 60);
  await page.keyboard.up('Shift');
  await page.getByRole('button', { name: 'Export' }).click();
  assert.equal(await field(page, 'range').inputValue(), 'marked');
  const [from, to] = await ends();
  assert.ok(Math.abs(from - 4) < 0.3 && Math.abs(to - 7) < 0.3, `${from} to ${to}`);
  await page.close();
});

test('each picture is that of its moment, whatever was made before', async () => {
  const page = await exporting();
  await fill(page, { format: 'png', at: 4.5 });
  const one = await made(page);
  assert.ok(!one.equals(await (await fill(page, { at: 4.52 }), made(page))));
  await fill(page, { at: 4.5 });
  assert.ok(one.equals(await made(page)));
  await page.close();
});

test('a picture for paper is on a sheet of its own while it is printed', async () => {
  const page = await exporting({
    before: () => {
      window.print = () => {
        const [sheet] = document.querySelectorAll('.sheet');
        globalThis.printed = { text: sheet.textContent, wide: sheet.querySelector('img').naturalWidth };
      };
    },
  });
  await fill(page, { format: 'print' });
  await dialog(page).getByRole('button', { name: 'Print' }).click();
  await dialog(page).getByText(/^That was for the printer/).waitFor();
  const { text: link, wide } = await page.evaluate(() => globalThis.printed);
  assert.match(link, /^http:.*#s=/);
  assert.equal(wide, 1080);
  assert.equal(await page.locator('.sheet').count(), 0);
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, and nothing scrolls sideways (${theme})`, async () => {
    const page = await exporting({ theme });
    await fill(page, { size: 'own', from: 'soon' });
    for (const [width, height] of [[1440, 900], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await axe(page), [], `${width} px`);
      assert.equal(await scrollsSideways(page), false, `${width} px`);
      const beside = await dialog(page).evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
      assert.equal(beside, false, `the dialog at ${width} px`);
    }
    page.assertQuiet();
    await page.close();
  });
}
