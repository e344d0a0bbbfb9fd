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
  const directory = mkdtempSync(join(tmpdir(), 'half-open-'));
  try {
    let name = experiment;
    if (typeof experiment !== 'string') {
      name = join(directory, 'run.half-open.json');
      writeFileSync(name, JSON.stringify(experiment));
    }
    const log = join(directory, 'log.jsonl');
    const report = JSON.parse(halfOpen('run', name, '--json', '--log', log));
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    return { report, events: lines.map((line) => JSON.parse(line)) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
