// Measures the built page and prints `key value` lines for `cargo xtask bench`.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { constants, brotliCompressSync } from 'node:zlib';
import * as launcher from 'chrome-launcher';
import lighthouse from 'lighthouse';

import { FLAGS, axe, chromiumPath, close, open } from '../browser/harness.mjs';
import { DIST, serve } from '../browser/server.mjs';

const print = (key, value) => console.log(`${key} ${value}`);

const cpu = os.cpus()[0]?.model.trim() || os.arch();
print('date', new Date().toISOString().slice(0, 10));
print('machine', `${os.cpus().length} × ${cpu}, ${os.type()}, Node ${process.versions.node}`);

await audit();
await close();
await scores();

/// What the page asks for, how large that is, and what it must not do.
async function audit() {
  let violations = 0;
  let errors = 0;
  let later = 0;
  let policy = 0;
  for (const theme of ['light', 'dark']) {
    const page = await open({ theme });
    if (theme === 'light') print('wire_kb', (wireBytes(page) / 1000).toFixed(1));
    await page.waitForTimeout(2000);
    const { watched } = page;
    errors += watched.errors.length;
    policy += watched.errors.filter((text) => text.includes('Content Security Policy')).length;
    later += watched.later().length;
    violations += (await axe(page)).length;
    await page.close();
  }
  print('axe_violations', violations);
  print('console_errors', errors);
  print('requests_after_load', later);
  print('policy_violations', policy);
}

/// The brotli size of every file that the page requested, as a careful host sends it.
function wireBytes(page) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const here = new URL('.', page.url()).href;
  return page.watched.requests
    .map((url) => url.slice(here.length).split('#')[0] || 'index.html')
    .map((name) => brotliCompressSync(readFileSync(join(DIST, name)), { params }).length)
    .reduce((sum, size) => sum + size, 0);
}

/// Lighthouse three times over; the median, because a busy machine makes single rounds worse.
async function scores() {
  const host = await serve({ compress: true });
  const rounds = {};
  for (let round = 0; round < 3; round += 1) {
    const chrome = await launcher.launch({
      chromePath: chromiumPath(),
      chromeFlags: ['--headless', ...FLAGS],
      logLevel: 'silent',
    });
    const options = {
      port: chrome.port,
      logLevel: 'error',
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
    };
    const { lhr } = await lighthouse(host.url, options);
    for (const [name, { score }] of Object.entries(lhr.categories)) {
      const points = Math.round(score * 100);
      (rounds[name] ??= []).push(points);
      if (round === 0 && points < 100) list(lhr, name);
    }
    await chrome.kill();
  }
  for (const [name, points] of Object.entries(rounds)) {
    print(`lighthouse_${name.replaceAll('-', '_')}`, points.sort((a, b) => a - b)[1]);
  }
  await host.close();
}

/// What cost points, for the person who looks on.
function list(lhr, category) {
  for (const { id, weight } of lhr.categories[category].auditRefs) {
    const { score, title, displayValue = '' } = lhr.audits[id];
    if (weight > 0 && score !== null && score < 1) {
      console.error(`lighthouse ${category}: ${title} ${displayValue}`.trim());
    }
  }
}
