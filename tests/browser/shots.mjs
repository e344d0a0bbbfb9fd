// Takes the pictures in docs/shots/: `cargo xtask shots [NAME]…`
//
// A moment is one of the experiments in tests/cases, changed a little, and where to look. `scenarios` are
// sheets of all scenarios that come with the page, each at its telling moment, and `lessons` of all steps
// of lessons.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { disclose, lookAt, onTimeline, type } from './gestures.mjs';
import { close, open, still } from './harness.mjs';
import { sheet } from './sheet.mjs';
import { lessonSheets } from './shots-of-lessons.mjs';

const DIRECTORY = fileURLToPath(new URL('../../docs/shots/', import.meta.url));
const PHONE = { width: 390, height: 844, touch: true };

/// A fault on a service or a line, as a file says it.
const fault = (at, on, kind, lasts) => ({ at, change: { fault: { on, kind, lasts } } });

/// Where to look: a moment and what is selected, in the first 16 seconds if nothing is said.
const look = (at, selection = 'nothing', from = '0 s', to = '16 s') => ({
  at,
  selection,
  from,
  to,
});

/// Calls fail at once while every client sends at the same instant, again and again.
function herd(experiment) {
  const [clients] = experiment.scenario.edges;
  clients.policy.retry.max_attempts = 6;
  experiment.interventions = [
    fault('2 s', 'api', 'fail_fast', '3 s'),
    { at: '2200 ms', change: { burst: { by: 'clients' } } },
  ];
}

/// Nothing stops the api from trying again.
function unguarded(experiment) {
  const [, bank] = experiment.scenario.edges;
  bank.policy.breaker_enabled = false;
}

/// The same, and it passes no `traceparent` on.
function untraced(experiment) {
  unguarded(experiment);
  const api = experiment.scenario.nodes.find(({ name }) => name === 'api');
  api.role.service.propagate = false;
}

/// The moments worth a picture.
const MOMENTS = [
  { name: 'half-open-light', theme: 'light', view: look('6446 ms') },
  { name: 'open-dark', theme: 'dark', view: look('5200 ms') },
  { name: 'cascade-light', theme: 'light', of: 'patient-api', view: look('6600 ms', { node: 1 }) },
  {
    name: 'herd-dark',
    theme: 'dark',
    of: 'no-jitter',
    change: herd,
    view: look('2530 ms', { edge: 0 }, '1 s', '7 s'),
  },
  { name: 'why-light', theme: 'light', view: look('4920 ms', { request: 237 }) },
  { name: 'replay-light', theme: 'light', view: look('14446 ms', { request: 728 }) },
  {
    name: 'double-charge-dark',
    theme: 'dark',
    of: 'lost-response-new-keys',
    view: look('13460 ms', { node: 3 }),
  },
  { name: 'waterfall-light', theme: 'light', view: look('14446 ms', { request: 728 }), then: enlarge },
  {
    name: 'waterfall-dark',
    theme: 'dark',
    change: unguarded,
    view: look('6250 ms', { request: 237 }),
    then: enlarge,
  },
  {
    name: 'broken-trace-light',
    theme: 'light',
    change: untraced,
    view: look('6250 ms', { request: 237 }),
    then: enlarge,
  },
  {
    name: 'broken-trace-dark',
    theme: 'dark',
    change: untraced,
    view: look('6250 ms', { request: 237 }),
    then: enlarge,
  },
  { name: 'ghost-light', theme: 'light', view: look('4500 ms'), then: ghost },
  { name: 'ghost-dark', theme: 'dark', view: look('4500 ms'), then: ghost },
  { name: 'side-by-side-light', theme: 'light', view: look('4500 ms'), then: sideBySide },
  { name: 'side-by-side-dark', theme: 'dark', view: look('4500 ms'), then: sideBySide },
  { name: 'side-by-side-phone', theme: 'light', ...PHONE, view: look('4500 ms'), then: onThePhone },
  { name: 'table-light', theme: 'light', view: look('6446 ms'), then: table },
  { name: 'table-dark', theme: 'dark', view: look('6446 ms'), then: table },
  { name: 'versus-light', theme: 'light', view: look('4500 ms'), then: versus },
  { name: 'versus-dark', theme: 'dark', view: look('4500 ms'), then: versus },
  { name: 'compare-light', theme: 'light', view: look('4920 ms'), then: compare },
  { name: 'compare-dark', theme: 'dark', view: look('4920 ms'), then: compare },
  { name: 'contest-light', theme: 'light', view: look('0 s'), then: contest },
  { name: 'gallery-light', theme: 'light', view: look('6446 ms'), then: gallery },
  { name: 'phone-light', theme: 'light', ...PHONE, view: look('6446 ms') },
];

/// Sheets of scenarios: how large each is, and how many of them are on one.
const SCENARIOS = 'scenarios';
const LESSONS = 'lessons';
const SHEETS = [
  { name: 'light', theme: 'light', scale: 2 / 3, columns: 2, each: 6 },
  { name: 'dark', theme: 'dark', scale: 2 / 3, columns: 2, each: 6 },
  { name: 'phone', theme: 'light', ...PHONE, scale: 1, columns: 10, each: Infinity },
];

const wanted = process.argv.slice(2);
const known = [...MOMENTS.map((moment) => moment.name), SCENARIOS, LESSONS];
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no picture “${unknown[0]}”; there are ${known.join(', ')}.`);
  process.exit(1);
}

await mkdir(DIRECTORY, { recursive: true });
for (const { name, of = 'payments', change, view, then, ...options } of MOMENTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const source = new URL(`../cases/${of}/experiment.half-open.json`, import.meta.url);
  const experiment = JSON.parse(await readFile(source, 'utf8'));
  change?.(experiment);
  const page = await open(options);
  await restore(page, { ...experiment, view });
  await then?.(page);
  await page.screenshot({ path: `${DIRECTORY}${name}.png`, animations: 'disabled' });
  await page.close();
  console.log(`docs/shots/${name}.png`);
}
if (wanted.length === 0 || wanted.includes(SCENARIOS)) {
  for (const options of SHEETS) await scenarios(options);
}
if (wanted.length === 0 || wanted.includes(LESSONS)) {
  for await (const [name, picture] of lessonSheets()) {
    await writeFile(`${DIRECTORY}${name}.png`, picture);
    console.log(`docs/shots/${name}.png`);
  }
}
await close();

/// Every scenario as its link in the gallery opens it.
async function scenarios({ name, scale, columns, each, ...options }) {
  const page = await open({ ...options, context: { deviceScaleFactor: scale } });
  await page.keyboard.press('g');
  const links = page.locator('.gallery .moment');
  await links.first().waitFor();
  const places = await links.evaluateAll((all) => all.map((link) => link.hash));
  await page.keyboard.press('Escape');
  const pictures = [];
  for (const place of places) {
    await page.evaluate((hash) => (location.hash = hash), place);
    await still(page);
    if (options.touch) await page.locator('#side .shut button').click();
    await still(page);
    pictures.push(await page.screenshot({ animations: 'disabled' }));
  }
  await page.goto('about:blank');
  for (let first = 0; first < pictures.length; first += each) {
    const number = each < pictures.length ? `-${first / each + 1}` : '';
    const file = `${SCENARIOS}-${name}${number}.png`;
    await writeFile(DIRECTORY + file, await sheet(page, pictures.slice(first, first + each), columns));
    console.log(`docs/shots/${file}`);
  }
  await page.close();
}

/// Opens an experiment as if it had been dropped on the page.
async function restore(page, experiment) {
  await page.keyboard.press('Space');
  const file = {
    name: 'moment.half-open.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(experiment)),
  };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByText('Opened “').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Opened “').waitFor({ state: 'detached' });
}

/// Lays the waterfall of the request over the page.
async function enlarge(page) {
  await page.getByRole('button', { name: 'Enlarge' }).click();
}

/// Changes the future, and looks at where it is another one.
async function ghost(page) {
  await type(page, 'per attempt, as text', '900 ms');
  const { x, y } = await onTimeline(page, 8000);
  await page.mouse.click(x, y);
  await page.mouse.move(2, 2);
  await still(page);
}

/// The same with both futures side by side.
async function sideBySide(page) {
  await ghost(page);
  await page.getByRole('button', { name: 'Side by side' }).click();
  await page.mouse.move(2, 2);
  await page.locator('.panel').evaluate((panel) => panel.scrollTo(0, 0));
  await page.waitForFunction(() => document.querySelectorAll('.outcomes .gap').length > 3);
  await still(page);
}

async function onThePhone(page) {
  await page.setViewportSize({ width: 1440, height: 900 });
  await sideBySide(page);
  await page.setViewportSize(PHONE);
  await still(page);
}

/// Lists the log in the place of the tracks.
async function table(page) {
  await page.getByRole('button', { name: 'log' }).click();
  await page.mouse.move(2, 2);
  await still(page);
}

/// Says what the change bought under a hundred seeds.
async function versus(page) {
  await ghost(page);
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.locator('.versus').getByText('100 of 100 seeds').waitFor({ timeout: 120_000 });
}

/// Opens the example of two breakers on the same recorded calls.
async function compare(page) {
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Two breakers on recorded calls' }).click();
  await page.locator('.compare').getByText('At the end').last().waitFor();
  await page.locator('.compare').getByRole('button', { name: 'Close' }).focus();
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
}

/// Every scenario, with a picture.
async function gallery(page) {
  await page.keyboard.press('g');
  await page.getByRole('dialog', { name: 'Scenarios' }).waitFor();
  await still(page);
}

/// Clients that compete for a row, and what more of them cost.
async function contest(page) {
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption('contention');
  await lookAt(page, 400, { edge: 0 });
  const pictures = await disclose(page, 'The more clients there are');
  await pictures.getByText('190 clients need').waitFor({ timeout: 60_000 });
  await pictures.getByText('190 clients need').scrollIntoViewIfNeeded();
  await still(page);
}
