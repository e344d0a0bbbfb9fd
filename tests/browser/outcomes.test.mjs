// Recorded calls on the page: what two breakers would have done with them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, scrollsSideways } from './harness.mjs';
import { replay } from './cli.mjs';
import { giveFile, noticed, openFile, openPaused, saved } from './gestures.mjs';

/// Two minutes of calls, of which those of some seconds failed.
function calls({ rows = 1200, gap = 100, failed = [300, 420] } = {}) {
  const row = (n) => {
    const bad = n >= failed[0] && n < failed[1] && n % 5 > 0;
    return `${n * gap},${bad ? 1000 : 20 + (n % 7) * 10},${bad ? 'failure' : 'success'}`;
  };
  return ['timestamp,duration,outcome', ...Array.from({ length: rows }, (_, n) => row(n))].join('\n');
}

const dialog = (page) => page.getByRole('dialog', { name: 'What two breakers would have done' });
const side = (page, where) => dialog(page).getByRole('region', { name: `Breaker ${where}` });
const select = (page, where) => side(page, where).getByRole('combobox');
const verdict = (page, where) => side(page, where).locator('.verdict').textContent();

/// Opens the example.
async function openExample(page) {
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Two breakers on recorded calls' }).click();
}

async function drop(page, text, name) {
  await page.evaluate(([text, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name));
    const event = (kind) => new DragEvent(kind, {
      dataTransfer: transfer, bubbles: true, cancelable: true,
    });
    const target = document.querySelector('dialog[open]') ?? document.body;
    target.dispatchEvent(event('dragover'));
    target.dispatchEvent(event('drop'));
  }, [text, name]);
}

/// Waits until the dialog shows this file, drawn.
async function shown(page, name) {
  await dialog(page).getByText(name, { exact: true }).waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.compare img')].every((img) => img.complete && img.naturalWidth > 0),
  );
}

/// What a picture looks like, pixel by pixel.
const pixels = (page, where) =>
  side(page, where).locator('img').evaluate((image) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL();
  });

/// The sentence that the numbers of the command line make.
function sentence({ opened, open_ms, rejected, rejected_successes, state }) {
  const grouped = (n) => n.toLocaleString('en-GB');
  const end = `At the end it is ${state.replace('_', '-')}.`;
  if (opened === 0) return `It never opened. ${end}`;
  const times = opened === 1 ? 'once' : `${grouped(opened)} times`;
  return `It opened ${times}, was open for ${(open_ms / 1000).toFixed(3)} s, and rejected `
    + `${grouped(rejected)} calls, of which ${grouped(rejected_successes)} would have succeeded. `
    + end;
}

test('a dropped CSV shows what two breakers would have done, in the command line\'s numbers', async () => {
  const page = await openPaused();
  const csv = calls();
  await drop(page, csv, 'night.csv');
  await shown(page, 'night.csv');
  const expected = {
    above: replay('resilience4j', csv), below: replay('polly', csv), other: replay('linkerd', csv),
  };
  assert.ok(expected.above.summary.opened > 0 && expected.below.summary.opened > 1);
  assert.equal(await verdict(page, 'above'), sentence(expected.above.summary));
  assert.equal(await verdict(page, 'below'), sentence(expected.below.summary));

  // The text alternative: every change, with its time and its line.
  await dialog(page).getByText('Every change of state').click();
  for (const [title, { changes }] of [['resilience4j 2.4', expected.above], ['Polly 8', expected.below]]) {
    const table = dialog(page).getByRole('table', { name: title });
    const rows = await table.locator('tbody tr').evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)),
    );
    assert.deepEqual(
      rows.map(([time, change, , line]) => [time, change, line]),
      changes.map(({ t_ms, from, to, line }) => [
        `${(t_ms / 1000).toFixed(3)} s`, `${from} → ${to}`.replaceAll('_', '-'), String(line ?? ''),
      ]),
    );
  }

  // Another breaker: another picture at once, and the other one stays.
  const before = [await pixels(page, 'above'), await pixels(page, 'below')];
  await select(page, 'below').selectOption('linkerd');
  const numbers = side(page, 'below').locator('.verdict');
  await numbers.getByText(sentence(expected.other.summary)).waitFor();
  await shown(page, 'night.csv');
  const after = [await pixels(page, 'above'), await pixels(page, 'below')];
  assert.ok(after[0] === before[0], 'the picture above stays');
  assert.ok(after[1] !== before[1], 'the picture below is another one');
  page.assertQuiet();
  await page.close();
});

test('without a CSV there is an example, by keyboard, and Esc goes back to where one was', async () => {
  const page = await openPaused();
  const file = await saved(page);
  const button = page.getByRole('button', { name: 'Compare' });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Two breakers on recorded calls' }).press('Enter');
  await shown(page, 'example.csv');
  assert.match(await verdict(page, 'above'), /^It opened once, .* closed\.$/);
  const focused = () => page.evaluate(() => document.activeElement.ariaLabel);
  assert.equal(await focused(), 'Breaker above');
  const before = await verdict(page, 'above');
  await page.keyboard.press('ArrowDown');
  await side(page, 'above').locator('.verdict').filter({ hasNotText: before }).waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  await button.and(page.locator(':focus')).waitFor();
  // What was on the page is still there.
  assert.deepEqual(await saved(page), file);
  page.assertQuiet();
  await page.close();
});

test('on a phone it is in the menu, and Esc goes back to it', async () => {
  const page = await openPaused();
  await page.setViewportSize({ width: 390, height: 844 });
  const more = page.getByRole('button', { name: 'More', exact: true });
  await more.click();
  await openExample(page);
  await shown(page, 'example.csv');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  await more.and(page.locator(':focus')).waitFor();
  page.assertQuiet();
  await page.close();
});

test('without a connection it waits: a sentence, and later another try', async () => {
  const page = await openPaused();
  for (const part of ['**/compare.js', '**/compare.css']) {
    await page.route(part, (route) => route.abort());
    await openExample(page);
    await page.getByText(/ is there a connection\?$/).waitFor();
    await page.unroute(part);
    await page.keyboard.press('Escape');
  }
  await openExample(page);
  await shown(page, 'example.csv');
  await page.close();
});

test('a row that cannot be used is named, and the rows before it are shown', async () => {
  const page = await openPaused();
  const rows = calls({ rows: 900 });
  await giveFile(page, `${rows}\n90000,soon,success\n90100,1,success`, 'torn.csv');
  await shown(page, 'torn.csv');
  const said = await dialog(page).getByRole('status').textContent();
  assert.match(said, /^Line 902: duration must be a number of milliseconds .*not “soon”; the 900 calls before it were replayed\.$/);
  assert.equal(await verdict(page, 'above'), sentence(replay('resilience4j', rows).summary));
  page.assertQuiet();
  await page.close();
});

test('a file with no call to show is refused with a sentence, also while others are shown', async () => {
  const page = await openPaused();
  const cases = [
    ['timestamp,duration,outcome\n0,1,perhaps\n', /Line 2: outcome must be success, failure or ignored, not “perhaps”/],
    ['timestamp,outcome\n0,success\n', /columns timestamp, duration and outcome; duration is missing in/],
    ['timestamp,duration,outcome\n', /There is no call in it\./],
    ['Dear diary', /neither an experiment, which is JSON and begins with .*, nor recorded calls, which are CSV and begin with timestamp,duration,outcome, nor recorded arrivals, with a column arrival\./],
    ['x'.repeat((1 << 20) + 1), /It is larger than 1 MiB\./],
  ];
  for (const [text, reason] of cases) {
    await giveFile(page, text, 'theirs.csv');
    const said = await noticed(page);
    assert.match(said, /^theirs\.csv was not opened\. .* What you had is still here\.$/);
    assert.match(said, reason);
  }
  await drop(page, calls({ rows: 20 }), 'good.csv');
  await shown(page, 'good.csv');
  await drop(page, cases[0][0], 'bad.csv');
  await dialog(page).waitFor({ state: 'hidden' });
  assert.match(await noticed(page), /^bad\.csv was not opened\. Line 2/);
  page.assertQuiet();
  await page.close();
});

test('what a file says and is called is text, never a part of the page', async () => {
  const page = await openPaused();
  const name = '<img src=x onerror=alert(1)><b>.csv';
  await drop(page, 'timestamp,duration,outcome\n0,1,success\n1,<b>1</b>,success\n', name);
  await shown(page, name);
  assert.match(await dialog(page).getByRole('status').textContent(), /not “<b>1<\/b>”/);
  assert.equal(await page.locator('img:not([src^="blob:"]), .compare p b b').count(), 0);
  page.assertQuiet();
  await page.close();
});

test('the largest file that is read does not freeze the page', async () => {
  const page = await openPaused();
  const row = (n) => `${n * 40},9,${n % 3 ? 'success' : 'failure'}\n`;
  let csv = 'timestamp,duration,outcome\n';
  for (let n = 0; csv.length < (1 << 20) - 30; n += 1) csv += row(n);
  await page.evaluate(() => {
    globalThis.longest = 0;
    let last = performance.now();
    const look = () => {
      const now = performance.now();
      globalThis.longest = Math.max(globalThis.longest, now - last);
      last = now;
      setTimeout(look);
    };
    look();
  });
  await drop(page, csv, 'large.csv');
  await shown(page, 'large.csv');
  await side(page, 'below').locator('.verdict').getByText('At the end').waitFor();
  // Slices of 40 ms on a machine that others use too, and the module itself is compiled.
  const longest = await page.evaluate(() => globalThis.longest);
  assert.ok(longest < 400, `${longest} ms`);
  page.assertQuiet();
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, and nothing scrolls sideways (${theme})`, async () => {
    const page = await open({ theme });
    await page.getByRole('button', { name: 'Pause' }).click();
    await openExample(page);
    await shown(page, 'example.csv');
    await dialog(page).getByText('Every change of state').click();
    for (const [width, height] of [[1440, 900], [820, 1180], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      await page.waitForFunction((most) => {
        const images = [...document.querySelectorAll('.compare img')];
        return images.every((img) => img.complete && Math.abs(img.naturalWidth - img.width) < 2 && img.width < most);
      }, width);
      assert.deepEqual(await axe(page), [], `${width} px`);
      assert.equal(await scrollsSideways(page), false, `${width} px`);
      const over = await dialog(page).evaluate((box) => box.scrollWidth - box.clientWidth);
      assert.ok(over <= 0, `${over} px too wide at ${width} px`);
    }
    page.assertQuiet();
    await page.close();
  });
}

test('a theme that changes changes the picture', async () => {
  const page = await openPaused();
  await openFile(page, await saved(page));
  await openExample(page);
  await shown(page, 'example.csv');
  const picture = side(page, 'above').locator('img');
  const light = await picture.getAttribute('src');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction((old) => document.querySelector('.compare section img').src !== old, light);
  await shown(page, 'example.csv');
  page.assertQuiet();
  await page.close();
});
