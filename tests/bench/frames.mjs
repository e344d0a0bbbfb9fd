// How long the built page works for what a visitor does, in Chromium: `key value` lines for
// `cargo xtask bench`.
//
// A figure is processor time of the page's main thread from one movement of the pointer, or one
// frame, to the next: scripts, style and layout, and none of the waiting between. Painting is told
// apart (`…_painted`), because without a graphics card, as here, Chromium paints in software.

import { readFile } from 'node:fs/promises';

import { close, open, still } from '../browser/harness.mjs';
import { dragSlider, lookAt, openFile, openPaused, panel } from '../browser/gestures.mjs';

/// How many movements are timed, after some that are not: Chromium compiles what is used often.
const STEPS = 100;
const WARM_UP = 20;

const print = (key, value) => console.log(`${key} ${value.toFixed(1)}`);

/// The value that a share of all do not exceed.
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1];
}

await knob();
await pair();
await versus();
await seek();
await herd();
await town();
await answers();
await close();

/// Drags the timeout through all its range, from the start of the run, so that all of it changes.
async function knob() {
  const page = await openPaused({ at: 0 });
  report('knob', await turned(page));
  await page.close();
}

/// The same with both settings side by side.
async function pair() {
  const page = await openPaused({ at: 0 });
  await page.getByRole('button', { name: 'Side by side' }).click();
  await page.locator('.head').nth(1).waitFor();
  await still(page);
  report('pair', await turned(page));
  await page.close();
}

async function turned(page) {
  const slider = panel(page).getByRole('slider', { name: 'per attempt', exact: true });
  await slider.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await slider.boundingBox();
  return dragged(page, { left: x + 8, right: x + width - 8, y: y + height / 2 });
}

/// How long it takes to say what a timeout bought under a hundred seeds.
async function versus() {
  const page = await openPaused({ at: 4500 });
  await dragSlider(page, 'per attempt', 0.2);
  const compare = page.getByRole('button', { name: 'Compare' });
  await compare.click();
  // The second time, when all code is there.
  const told = page.locator('.versus').getByText('100 of 100 seeds');
  await told.waitFor({ timeout: 120_000 });
  await page.keyboard.press('Escape');
  await dragSlider(page, 'per attempt', 0.3);
  const start = performance.now();
  await compare.click();
  await told.waitFor({ timeout: 120_000 });
  print('versus_s', (performance.now() - start) / 1000);
  await page.close();
}

/// Drags the playhead over a run of a million requests.
async function seek() {
  const page = await openPaused();
  await openFile(page, await million());
  await page.getByRole('button', { name: 'fit', exact: true }).click();
  await still(page);
  const { x, y, width } = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
  const times = await dragged(page, { left: x + 130, right: x + width - 40, y: y + 10 });
  report('seek', times);
  await page.close();
}

/// Plays a system of ten thousand clients, each as busy as the hundred of the payments scenario.
async function herd() {
  const experiment = await payments();
  const [clients, ...services] = experiment.scenario.nodes;
  clients.role.clients.count = 10_000;
  clients.role.clients.rate *= 100;
  for (const { role } of services) role.service.workers = 1_000;
  experiment.scenario.horizon = '20 s';
  print('herd_ms', await played(experiment));
}

/// Plays as many clients, and as many services as there may be: each request is one of a first service, which
/// asks eight at once, and each of these seven more.
async function town() {
  const experiment = await payments();
  const { scenario } = experiment;
  const [clients, api] = scenario.nodes;
  const [first] = scenario.edges;
  Object.assign(clients.role.clients, { count: 10_000, rate: 300 });
  const service = { ...api.role.service, workers: 1_000, parallel: true };
  scenario.nodes = [clients];
  scenario.edges = [];
  const add = (from) => {
    const to = `s${scenario.nodes.length}`;
    if (scenario.nodes.length < 64) {
      scenario.nodes.push({ name: to, role: { service } });
      scenario.edges.push({ ...first, from, to });
    }
    return to;
  };
  const gateway = add(clients.name);
  const middle = Array.from({ length: 8 }, () => add(gateway));
  for (const caller of middle) for (let leaf = 0; leaf < 7; leaf += 1) add(caller);
  scenario.horizon = '20 s';
  experiment.interventions = [];
  print('town_ms', await played(experiment));
}

/// Milliseconds of script that a frame takes, of 95 in 100, while an experiment plays.
async function played(experiment) {
  const page = await open({ before: timeFrames });
  await page.getByRole('button', { name: 'Pause' }).click();
  await openFile(page, experiment);
  await lookAt(page, 3_000);
  await page.getByRole('button', { name: 'Play' }).click();
  const times = await page.evaluate(() => window.busyFrames(240));
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  await page.close();
  return quantile(times.slice(WARM_UP), 0.95);
}

/// The longest that the main thread is busy at once while what cannot be quick is computed and
/// looked at: runs as long as runs may be, of services before which a hundred thousand wait.
async function answers() {
  let worst = 0;
  for (const [rate, patience] of [
    [20_000, '1 h'],
    [2_000, '2 s'],
  ]) {
    const experiment = await payments();
    const [clients, api] = experiment.scenario.nodes;
    Object.assign(clients.role.clients, { rate, count: 10_000 });
    api.role.service.queue = 100_000;
    experiment.scenario.edges[0].policy.timeout.per_attempt = patience;
    experiment.scenario.horizon = '300 s';
    experiment.interventions = [];
    const page = await openPaused();
    await page.evaluate(watchTasks);
    await openFile(page, experiment);
    await page.getByRole('button', { name: 'fit', exact: true }).click();
    await still(page);
    const { x, y, width } = await page.getByRole('slider', { name: 'Moment' }).boundingBox();
    for (const part of [0.9, 0.1, 0.5, 0.7, 0.3, 0.95]) {
      await page.mouse.click(x + 130 + (width - 170) * part, y + 10);
      await still(page);
    }
    worst = Math.max(worst, await page.evaluate(() => window.longestTask()));
    await page.close();
  }
  print('answers_ms', worst);
}

/// Lets `longestTask` say how many milliseconds the longest task took since; below 50 it says 50.
function watchTasks() {
  let worst = 50;
  const note = (tasks) => tasks.forEach(({ duration }) => (worst = Math.max(worst, duration)));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  window.longestTask = () => (note(observer.takeRecords()), worst);
}

async function payments() {
  const file = new URL('../cases/payments/experiment.half-open.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8'));
}

/// One client population and one service, busy for as long as a million requests take.
async function million() {
  const experiment = await payments();
  const { scenario } = experiment;
  scenario.nodes = scenario.nodes.slice(0, 2);
  scenario.edges = scenario.edges.slice(0, 1);
  scenario.nodes[0].role.clients.rate = 100;
  scenario.horizon = '10000 s';
  experiment.interventions = [];
  return experiment;
}

function report(what, times) {
  print(`${what}_ms`, quantile(times.map(({ worked }) => worked), 0.95));
  print(`${what}_painted_ms`, quantile(times.map(({ all }) => all), 0.95));
}

/// Drags to and fro between two places, near and far by turns, and times each movement.
async function dragged(page, { left, right, y }) {
  const at = (step) => [left + (right - left) * ((step * 0.618) % 1), y];
  await page.mouse.move(...at(0));
  await page.mouse.down();
  const times = await timed(page, (step) => page.mouse.move(...at(step)));
  await page.mouse.up();
  return times;
}

/// Milliseconds of the main thread for each step, once everything it led to has been drawn.
async function timed(page, act) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name) => metrics.find((metric) => metric.name === name).value * 1000;
    const worked = of('ScriptDuration') + of('RecalcStyleDuration') + of('LayoutDuration');
    return { worked, all: of('TaskDuration') - of('DevToolsCommandDuration') };
  };
  const times = [];
  for (let step = 0; step < WARM_UP + STEPS; step += 1) {
    const before = await spent();
    await act(step);
    await page.evaluate(twoFrames);
    const after = await spent();
    times.push({ worked: after.worked - before.worked, all: after.all - before.all });
  }
  await session.detach();
  return times.slice(WARM_UP);
}

/// The first frame does what is to be done; once the second one comes, that has been painted.
function twoFrames() {
  return new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
}

/// Lets `busyFrames` say how long each of the next frames took: its callbacks, and the microtasks
/// that they leave behind.
function timeFrames() {
  const request = window.requestAnimationFrame;
  let frames = null;
  window.requestAnimationFrame = (act) =>
    request.call(window, async (now) => {
      const start = performance.now();
      act(now);
      for (let turn = 0; turn < 4; turn += 1) await null;
      frames?.push(performance.now() - start);
    });
  window.busyFrames = (count) => {
    frames = [];
    return new Promise((done) => {
      const look = () => (frames.length < count ? setTimeout(look, 100) : done(frames));
      look();
    });
  };
}
