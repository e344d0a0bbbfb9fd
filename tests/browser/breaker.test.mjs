// The circuit breaker, by hand and by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './cli.mjs';
import { reload, still } from './harness.mjs';
import {
  described, disclose, lookAt, narrated, numbers, openPaused, panel, saved, section,
} from './gestures.mjs';

const breaker = (page) => section(page, 'Circuit breaker');
const diagram = (page) => breaker(page).getByRole('img').getAttribute('aria-label');
const caption = (page) => breaker(page).locator('figcaption span').allTextContents();

async function press(page, name) {
  await breaker(page).getByRole('button', { name, exact: true }).click();
  await still(page);
}

const onLine = (event) => event.on === 'api-bank';

test('tripped by hand it opens, lets one probe in, rejects the next call, and closes', async () => {
  const page = await openPaused({ at: 1000 });
  assert.match(await diagram(page), /^The breaker is closed\./);
  await press(page, 'Trip');
  assert.match(await diagram(page), /^The breaker is open\./);
  assert.deepEqual(await caption(page), ['tripped by hand', 'open for 2.0 s more, 0 rejected']);
  assert.match(await page.locator('.story').textContent(), /You tripped the breaker/);

  // When the next things happen is in the log.
  const { events } = run(await saved(page));
  const moves = events.filter((event) => event.kind === 'breaker').slice(0, 3);
  assert.deepEqual(moves.map((move) => move.to), ['open', 'half_open', 'closed']);
  const [open, half, closed] = moves;
  assert.equal(open.t_ms, 1000);
  const during = (kind) =>
    events.filter((e) => e.kind === kind && onLine(e) && e.id > half.id && e.id < closed.id);
  assert.equal(during('sent').length, 1, 'one probe');
  assert.ok(during('rejected').length > 0, 'somebody else calls meanwhile');

  await lookAt(page, half.t_ms);
  assert.match(await diagram(page), /^The breaker is half-open\./);
  assert.equal((await caption(page))[0], '1 probe out, 0 rejected meanwhile');
  assert.match(await page.locator('.story').textContent(), /lets one probe through/);

  await lookAt(page, during('rejected')[0].t_ms);
  assert.match(await diagram(page), /^The breaker is half-open\./);
  assert.equal((await caption(page))[0], '1 probe out, 1 rejected meanwhile');

  await lookAt(page, closed.t_ms);
  assert.match(await diagram(page), /^The breaker is closed\./);
  assert.match(await described(page), /the breaker is closed/);
  page.assertQuiet();
  await page.close();
});

test('the slow bank trips it by itself, and the stated arithmetic is that of the log', async () => {
  const { report, events } = run('payments');
  const [trip] = report.transitions;
  assert.deepEqual([trip.on, trip.to, trip.reason], ['api-bank', 'open', 'failure_rate']);

  // A recount by hand: the last ten results before it opened.
  const opened = events.find((event) => event.kind === 'breaker');
  assert.equal(opened.t_ms, trip.t_ms);
  const known = events.slice(0, opened.id).filter(onLine);
  const results = known.filter((event) => ['answered', 'timed_out'].includes(event.kind));
  const last = results.slice(-10);
  const failed = last.filter((e) => e.kind === 'timed_out' || e.status >= 500).length;

  const page = await openPaused({ at: trip.t_ms - 0.001 });
  const [sum, then] = await caption(page);
  const before = results.slice(-11, -1).filter((e) => e.kind === 'timed_out').length;
  assert.equal(sum, `${before} of 10 failed = ${before * 10} %`);
  assert.equal(then, 'opens at 50 %');
  assert.match(await diagram(page), /^The breaker is closed\. It opens at ≥ 50 % of 10 fail/);

  await lookAt(page, trip.t_ms);
  assert.match(await diagram(page), /^The breaker is open\./);
  assert.deepEqual(await caption(page), [
    `${failed} of ${last.length} failed = ${(failed / last.length) * 100} % ≥ 50 %`,
    'open for 2.0 s more, 0 rejected',
  ]);
  assert.match(await described(page), /bank: slow ×7: .* the breaker is open/);
  const time = `${(trip.t_ms / 1000).toFixed(3)} s`;
  assert.match(await narrated(page), new RegExp(`^${time}: breaker api → bank is open`));

  // Everything after it, up to the end of the slow spell.
  for (const { t_ms: at, to } of report.transitions.slice(1)) {
    await lookAt(page, at);
    const words = to.replace('_', '-');
    assert.match(await diagram(page), new RegExp(`^The breaker is ${words}\\.`), `at ${at} ms`);
  }
  const refused = events.filter((e) => e.kind === 'rejected' && e.t_ms < 6000).length;
  await lookAt(page, 6000);
  assert.match((await caption(page))[1], new RegExp(`, ${refused} rejected$`));
  page.assertQuiet();
  await page.close();
});

test('held open it stays open, held closed it lets everything through', async () => {
  const page = await openPaused({ at: 1000 });
  await press(page, 'Hold open');
  await lookAt(page, 9000);
  assert.match(await diagram(page), /^The breaker is held open\./);
  assert.equal(Number.parseFloat((await numbers(page)).success) < 50, true);
  await press(page, 'Hold open');
  assert.match(await diagram(page), /^The breaker is closed\./);
  await press(page, 'Hold closed');
  await lookAt(page, 12_000);
  assert.match(await diagram(page), /^The breaker is held closed\./);
  assert.equal((await caption(page))[1], 'nothing is counted');
  page.assertQuiet();
  await page.close();
});

test('a preset is chosen by keyboard, its name is kept in the link, and undo brings the old back', async () => {
  const page = await openPaused({ at: 4000 });
  const select = panel(page).getByRole('combobox', { name: 'Behaves like' });
  const chosen = () => select.evaluate((it) => it.selectedOptions[0].textContent);
  const before = await caption(page);
  assert.equal(await chosen(), 'settings of its own');
  assert.match(await diagram(page), /opens at ≥ 50 % of 10 fail, stays open for 2 s, /);

  await select.focus();
  await page.keyboard.type('gobreaker');
  await still(page);
  assert.equal(await chosen(), 'gobreaker 2');
  assert.match(
    await diagram(page),
    /opens at 6 failures in a row, stays open for 60 s, and closes after 1 ok/,
  );
  assert.notDeepEqual(await caption(page), before);

  // It counts failures in a row from now on, so it opens later, and for longer.
  const { report } = run(await saved(page));
  assert.deepEqual(
    [report.transitions[0].to, report.transitions[0].reason, report.transitions.length],
    ['open', 'failures', 1],
  );
  const list = await disclose(page, 'What was done');
  const name = 'api → bank: breaker set like gobreaker 2';
  await list.getByRole('button', { name, exact: true }).waitFor();

  // Typed letter by letter it may have passed by others: each is a change of its own, at one moment.
  await reload(page);
  assert.equal(await chosen(), 'gobreaker 2');
  assert.match(await diagram(page), /opens at 6 failures in a row/);

  await select.selectOption('Linkerd 2');
  await still(page);
  assert.match(await diagram(page), /stays open for 1 s, 2 s …,/);
  await panel(page).getByText('here they are rejected').waitFor();
  await page.keyboard.press('Control+z');
  await still(page);
  assert.equal(await chosen(), 'gobreaker 2');
  await page.keyboard.press('Control+Shift+Z');
  await still(page);
  assert.equal(await chosen(), 'Linkerd 2');
  await page.keyboard.press('Control+z');
  await still(page);
  assert.equal(await chosen(), 'gobreaker 2');

  // In the list it can be made another one, or taken away.
  const done = await disclose(page, 'What was done');
  await done.getByRole('combobox').selectOption('Polly 8');
  await still(page);
  assert.equal(await chosen(), 'Polly 8');
  await done.getByRole('button', { name: 'Remove “api → bank: breaker set like Polly 8”' }).click();
  await still(page);
  assert.equal(await chosen(), 'settings of its own');
  assert.deepEqual(await caption(page), before);
  page.assertQuiet();
  await page.close();
});

test('with knobs from the start, a preset holds from the start', async () => {
  const page = await openPaused({ at: 7000 });
  const done = await disclose(page, 'What was done');
  await done.getByRole('switch').check();
  await panel(page).getByRole('combobox', { name: 'Behaves like' }).selectOption('pybreaker 1.4');
  await still(page);
  const file = await saved(page);
  const guarded = file.scenario.edges.find((edge) => edge.to === 'bank');
  assert.equal(guarded.policy.breaker.trip.failures, 5);
  assert.equal(guarded.policy.breaker.half_open.permitted, null);
  assert.ok(file.interventions.every(({ change }) => !change.set_breaker));
  assert.match(await diagram(page), /5 failures in a row/);
  await page.close();
});
