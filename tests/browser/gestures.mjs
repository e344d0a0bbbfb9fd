// What a visitor does on the page, and what there is to read on it. Time is virtual: tests pause,
// and look at exact moments.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { open, still } from './harness.mjs';

/// A time in milliseconds, as the log has it, to the nanosecond.
export const exactly = (ms) => `${Math.round(ms * 1e6)} ns`;

/// Opens the page and pauses it, by default at one second, when all is well.
export async function openPaused({ at = 1000, selection, ...options } = {}) {
  const page = await open(options);
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await lookAt(page, at, selection);
  return page;
}

/// What is on the page, as *Save* writes it.
export async function saved(page) {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save' }).click();
  const file = JSON.parse(await readFile(await (await download).path(), 'utf8'));
  await closeNotice(page);
  return file;
}

/// Gives the page a file: an object, or its text or bytes.
export async function giveFile(page, content, name = 'mine.half-open.json') {
  const plain = typeof content === 'string' || content instanceof Uint8Array;
  const buffer = Buffer.from(plain ? content : JSON.stringify(content));
  const file = { name, mimeType: 'application/json', buffer };
  await page.getByLabel('Open a file').setInputFiles(file);
}

/// Opens a file that is known to be good.
export async function openFile(page, content) {
  await giveFile(page, content);
  await notice(page).getByText(/^Opened /).waitFor();
  await closeNotice(page);
}

/// Looks at a moment, in milliseconds, to the nanosecond.
export async function lookAt(page, ms, selection) {
  const file = await saved(page);
  file.view = { ...file.view, at: exactly(ms), ...(selection && { selection }) };
  await openFile(page, file);
}

export const notice = (page) => page.locator('.notice');

/// What the notice at the bottom says; waits until it says something.
export async function noticed(page) {
  const text = await notice(page).locator('p').textContent();
  await closeNotice(page);
  return text;
}

export async function closeNotice(page) {
  await notice(page).getByRole('button', { name: 'Close' }).click();
  await still(page);
}

/// Looks for requests by words, and opens the first that is found.
export async function openFound(page, words) {
  await page.keyboard.press('/');
  const field = panel(page).getByRole('combobox', { name: 'Search requests' });
  await field.and(page.locator(':focus')).waitFor();
  await page.keyboard.type(words);
  await still(page);
  const found = panel(page).getByRole('listbox', { name: 'Requests' });
  await found.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await still(page);
}

/// The simulated time, as the clock has it.
export const clock = (page) => page.getByRole('timer').textContent();

/// The same in milliseconds.
export async function milliseconds(page) {
  const [minutes, seconds] = (await clock(page)).split(':').map(Number);
  return Math.round((minutes * 60 + seconds) * 1000);
}

/// Names and values of a list of readings: by default the four numbers beside the clock.
export async function numbers(page, list = page.locator('dl.numbers')) {
  await still(page);
  return list.evaluate((dl) =>
    Object.fromEntries(
      [...dl.querySelectorAll('div')].map((row) => [
        row.querySelector('dt').textContent,
        row.querySelector('dd').textContent,
      ]),
    ),
  );
}

/// Charges and orders up to the moment that is shown.
export async function charged(page) {
  const [charges, orders] = (await numbers(page))['charges / orders'].split(' / ').map(Number);
  return { charges, orders };
}

export const panel = (page) => page.getByRole('complementary', { name: 'Settings' });

/// A part of the side panel, by its heading.
export function section(page, title) {
  const heading = page.getByRole('heading', { name: title, exact: true });
  return panel(page).locator('section').filter({ has: heading });
}

/// Opens a part of the panel that is out of the way.
export async function disclose(page, title) {
  const details = panel(page).locator('details').filter({ hasText: title });
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  await details.locator(':scope > :not(summary)').first().waitFor({ state: 'attached' });
  return details;
}

/// What can be read of the stage instead of seeing it; only while the page is paused.
export const described = (page) => read(page, page.locator('#described'));

/// What the live region said last.
export const narrated = (page) => read(page, page.getByRole('log'));

/// A text of the page, once everything that was done has been drawn; only while it is paused.
export async function read(page, locator) {
  await still(page);
  return locator.textContent();
}

/// A fingerprint of every canvas: the stage, the tracks and what lies over them, and then the bar of the
/// whole run.
export async function pixels(page) {
  await still(page);
  const pictures = await page.evaluate(() =>
    ['main canvas:not(.overview *)', '.overview canvas']
      .flatMap((place) => [...document.querySelectorAll(place)])
      .map((canvas) => canvas.toDataURL()),
  );
  return pictures.map((picture) => createHash('sha256').update(picture).digest('hex').slice(0, 12));
}

/// Selects a part of the stage with the keyboard, by the name that is read out.
export async function selectOnStage(page, name) {
  const stage = page.getByRole('application', { name: 'The system' });
  await stage.focus();
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('ArrowRight');
    await still(page);
    if ((await notice(page).locator('p').textContent()) === name) {
      await page.keyboard.press('Enter');
      await closeNotice(page);
      return;
    }
  }
  throw new Error(`“${name}” is not on the stage.`);
}

/// Types a value into a field of the panel.
export async function type(page, name, value) {
  const field = panel(page).getByRole('textbox', { name, exact: true });
  await field.fill(value);
  await field.press('Enter');
  await still(page);
}

/// Drags the thumb of a slider; `during` is called before it is let go.
export async function dragSlider(page, name, share, during = () => {}) {
  const slider = panel(page).getByRole('slider', { name, exact: true });
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  const { value, max } = await slider.evaluate(({ value, max }) => ({ value, max }));
  // The middle of a thumb does not reach the ends of its rail.
  const thumb = 16;
  const x = (part) => box.x + thumb / 2 + part * (box.width - thumb);
  const y = box.y + box.height / 2;
  await page.mouse.move(x(value / max), y);
  await page.mouse.down();
  await page.mouse.move(x(share), y, { steps: 8 });
  await still(page);
  const seen = await during();
  await page.mouse.up();
  await still(page);
  return seen;
}

const NAMES = 118;
const MARGIN = 26;

/// Where the timeline shows a moment, while it shows the first sixteen seconds: `track` is how many
/// pixels below its top.
export async function onTimeline(page, ms, track = 10) {
  const box = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  const x = box.x + NAMES + (ms / 16_000) * (box.width - NAMES - MARGIN);
  return { x, y: box.y + track };
}

/// Drags on the timeline from one moment to another.
export async function dragOnTimeline(page, from, to, track, during = () => {}) {
  const start = await onTimeline(page, from, track);
  const end = await onTimeline(page, to, track);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 6 });
  await still(page);
  const seen = await during();
  await page.mouse.up();
  await leave(page);
  return seen;
}

/// Takes the pointer away from everything that would light up below it.
export async function leave(page) {
  await page.mouse.move(2, 2);
  await still(page);
}

/// Where the files of the lessons are.
export const LESSONS = new URL('../../dist/lessons/', import.meta.url);

/// What the files say of a lesson, beat by beat.
export async function beats(name) {
  const text = await readFile(new URL(`${name}.txt`, LESSONS), 'utf8');
  const all = [];
  for (const line of text.split('\n')) {
    const [field, value] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
    if (field === 'beat') all.push({ name: value });
    else if (all.length > 0) all.at(-1)[field] ??= value;
  }
  return all;
}
