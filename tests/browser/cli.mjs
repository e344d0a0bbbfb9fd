// The same engine without a browser, to compare the page with.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function halfOpen(...args) {
  const cargo = ['run', '--quiet', '--package', 'half-open-cli', '--', ...args];
  return execFileSync('cargo', cargo, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/// Runs a built-in scenario, or an experiment as a file has it: what `--json` prints, and every
/// event of the log.
export function run(experiment) {
  return withDirectory((directory) => {
    let name = experiment;
    if (typeof experiment !== 'string') {
      name = join(directory, 'run.half-open.json');
      writeFileSync(name, JSON.stringify(experiment));
    }
    const log = join(directory, 'log.jsonl');
    const report = JSON.parse(halfOpen('run', name, '--json', '--log', log));
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    return { report, events: lines.map((line) => JSON.parse(line)) };
  });
}

/// What an experiment, as a file has it, is exported as: the bytes of each format.
export function exported(experiment, formats) {
  return withDirectory((directory) => {
    const name = join(directory, 'run.half-open.json');
    writeFileSync(name, JSON.stringify(experiment));
    const place = (format) => join(directory, format);
    halfOpen('run', name, ...formats.flatMap((format) => ['--export', `${format}=${place(format)}`]));
    return formats.map((format) => readFileSync(place(format)));
  });
}

/// Asks a breaker about recorded calls: the changes of its state, and the numbers at the end.
export function replay(breaker, csv) {
  return withDirectory((directory) => {
    const name = join(directory, 'calls.csv');
    writeFileSync(name, csv);
    const lines = halfOpen('replay', '--breaker', breaker, name, '--json').trimEnd().split('\n');
    const all = lines.map((line) => JSON.parse(line));
    return { summary: all.at(-1), changes: all.filter((entry) => entry.from) };
  });
}

function withDirectory(work) {
  const directory = mkdtempSync(join(tmpdir(), 'half-open-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
