// What a visitor does to get a picture or a film.

import { readFile } from 'node:fs/promises';

import { openPaused } from './gestures.mjs';

export const dialog = (page) => page.getByRole('dialog', { name: 'Export' });

const LABELS = {
  format: 'Format',
  what: 'What',
  range: 'Range',
  at: 'Moment',
  from: 'From',
  to: 'To',
  speed: 'Speed',
  rate: 'Pictures a second',
  size: 'Size',
  width: 'Width',
  height: 'Height',
  theme: 'Colours',
  scale: 'Pixels',
  caption: 'Caption',
  told: 'What is going on, in a sentence',
  signed: 'Name and time',
  again: 'Play again and again',
};

/// Opens the page at five seconds, while a breaker is open, and the dialog on it.
export async function exporting(options = {}) {
  const page = await openPaused({ at: 5000, before: remember, ...options });
  await page.getByRole('button', { name: 'Export' }).click();
  await field(page, 'format').waitFor();
  return page;
}

/// Keeps what is said to workers, for tests to draw the same again.
function remember() {
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message.make) globalThis.ordered = message;
    return post.call(this, message, ...rest);
  };
}

export const field = (page, name) => dialog(page).getByLabel(LABELS[name], { exact: true });

/// Chooses and types; what the format has no field for is left out.
export async function fill(page, choices) {
  for (const [name, value] of Object.entries(choices)) {
    const control = field(page, name);
    if (!(await control.isVisible())) continue;
    const kind = await control.evaluate(({ tagName, type }) => (type === 'checkbox' ? type : tagName));
    if (kind === 'checkbox') await control.setChecked(value);
    else if (kind === 'SELECT') await control.selectOption(String(value));
    else await control.fill(String(value));
  }
  // What is typed is read a moment later; leaving a field has it read at once.
  await field(page, 'caption').dispatchEvent('change');
}

/// What the dialog says will be made.
export const facts = (page) => dialog(page).locator('.facts').textContent();

/// What it says of what it does.
export const status = (page) => dialog(page).locator('.outcome [role=status]').textContent();

/// Makes what is chosen; its bytes.
export async function made(page) {
  const download = page.waitForEvent('download', { timeout: 120_000 });
  await dialog(page).getByRole('button', { name: 'Make' }).click();
  const taken = await download;
  await dialog(page).getByText(`Made ${taken.suggestedFilename()}, `).waitFor();
  return readFile(await taken.path());
}

/// What was ordered last, and what it came to.
export const ordered = (page) => page.evaluate(() => {
  const { order, plan } = globalThis.ordered;
  return { order: JSON.parse(order), plan };
});

/// A picture of what was ordered last, drawn by itself: a PNG.
export async function drawn(page, number) {
  const text = await page.evaluate(async (number) => {
    const { order, colours, plan: { width, height } } = globalThis.ordered;
    const module = await import(new URL('half-open-files.js', document.baseURI));
    await module.default();
    const studio = new module.Studio(order, colours);
    const canvas = new OffscreenCanvas(width, height);
    studio.paint(canvas.getContext('2d', { willReadFrequently: true }), number);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
  }, number);
  return Buffer.from(text, 'base64');
}
