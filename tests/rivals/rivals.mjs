// Runs the contestants that are JavaScript, or Wasm called by it: lines of words for
// `cargo xtask bench`.
//
//   node rivals.mjs agree|time node|chromium DIRECTORY
//
// In DIRECTORY is the bound module. A figure is requests per second of processor time, once warm:
// everything runs a few times before it is timed, because V8 compiles what is called often anew.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { simulate } from './loop.mjs';

const MODULE = 'half_open_rivals';
const WORKLOADS = ['one_worker', 'retries'];
const REQUESTS = 300_000;
const WARM_UP = 4;
const ROUNDS = 3;

const [what, place, where] = process.argv.slice(2);
const directory = resolve(where);
if (what === 'agree' && place === 'node') {
  console.log('date', new Date().toISOString().slice(0, 10));
  const cpu = os.cpus()[0]?.model.trim() || os.arch();
  console.log(
    'machine',
    `${os.cpus().length} × ${cpu}, ${os.type()}, Node ${process.versions.node}`,
  );
  console.log('load', os.loadavg()[0].toFixed(1));
}
await (place === 'node' ? inNode() : inChromium());

/// One run of a contestant: what it comes to, or only that it was made.
function run(wasm, name, workload, requests, wanted) {
  if (name !== 'log_on') return wasm[name](workload, requests);
  const recording = new wasm.Recording(workload, requests);
  while (recording.advance());
  if (wanted === 'agree') return recording.outcome();
  recording.free();
  return [requests];
}

async function inNode() {
  const wasm = await import(pathToFileURL(join(directory, `${MODULE}.js`)));
  wasm.initSync({ module: readFileSync(join(directory, `${MODULE}_bg.wasm`)) });
  const spent = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const contestants = [
    ['js_loop', (workload) => simulate(workload, REQUESTS)],
    ...['heap_loop', 'log_off', 'log_on'].map((name) => [
      `node_${name}`,
      (workload) => run(wasm, name, workload, REQUESTS, what),
    ]),
  ];
  for (const workload of WORKLOADS) {
    for (const [name, act] of contestants) {
      if (what === 'agree') {
        console.log('agree', workload, name, ...act(workload));
        continue;
      }
      for (let round = 0; round < WARM_UP; round += 1) act(workload);
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = spent();
        const [requests] = act(workload);
        console.log('time', workload, name, Math.round(requests / (spent() - before)));
      }
    }
  }
}

async function inChromium() {
  const { launch } = await import('../browser/harness.mjs');
  const { serve } = await import('../browser/server.mjs');
  const host = await serve({ directory, base: '/' });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    // Any file of the host will do: the module is imported from there.
    await page.goto(`${host.url}${MODULE}.js`);
    await page.evaluate(
      async ([address, source]) => {
        window.wasm = await import(address);
        await window.wasm.default();
        window.run = new Function(`return ${source}`)();
      },
      [`${host.url}${MODULE}.js`, run.toString()],
    );
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find((metric) => metric.name === 'ThreadTime').value;
    };
    const act = (name, workload) =>
      page.evaluate(
        (given) => Array.from(window.run(window.wasm, ...given)),
        [name, workload, REQUESTS, what],
      );
    for (const workload of WORKLOADS) {
      for (const name of ['heap_loop', 'log_off', 'log_on']) {
        if (what === 'agree') {
          console.log('agree', workload, `chromium_${name}`, ...(await act(name, workload)));
          continue;
        }
        for (let round = 0; round < WARM_UP; round += 1) await act(name, workload);
        for (let round = 0; round < ROUNDS; round += 1) {
          const before = await spent();
          const [requests] = await act(name, workload);
          const rate = requests / ((await spent()) - before);
          console.log('time', workload, `chromium_${name}`, Math.round(rate));
        }
      }
    }
  } finally {
    await browser.close();
    await host.close();
  }
}
