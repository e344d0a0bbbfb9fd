// Experiments as files: kept, opened again, refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './cli.mjs';
import { open, still } from './harness.mjs';
import {
  clock, disclose, giveFile, lookAt, noticed, numbers, openFile, openPaused, panel, pixels, read,
  saved, section, type,
} from './gestures.mjs';

/// What the page says about the whole run.
async function identity(page) {
  const details = await disclose(page, 'This run');
  return numbers(page, details.locator('dl'));
}

test('the page and the command line compute the same run', async () => {
  const page = await openPaused();
  const { report } = run('payments');
  assert.deepEqual(await identity(page), {
    seed: '42', events: String(report.events), 'log hash': report.log_hash,
  });

  // And after something was done by hand.
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await type(page, 'attempts, as text', '5');
  await page.getByRole('button', { name: /^Seed/ }).click();
  const file = await saved(page);
  const changed = run(file).report;
  assert.notEqual(changed.log_hash, report.log_hash);
  assert.deepEqual(await identity(page), {
    seed: String(file.seed), events: String(changed.events), 'log hash': changed.log_hash,
  });

  // The numbers at the end are those of the report.
  await page.locator('body').press('End');
  const { success, amplification, 'charges / orders': charges } = await numbers(page);
  const finished = changed.succeeded + changed.failed;
  // Rounded, but 100 % means all.
  const share = Math.round((changed.succeeded / finished) * 1000);
  const tenths = changed.failed > 0 ? Math.min(share, 999) : share;
  assert.equal(success, `${(tenths / 10).toFixed(1)} %`);
  assert.equal(amplification, `${changed.amplification.toFixed(2)}×`);
  assert.equal(charges, `${changed.charges} / ${changed.orders}`);
  page.assertQuiet();
  await page.close();
});

test('a saved file opened again gives the same picture, by choice or by drop', async () => {
  const page = await openPaused({ at: 2000 });
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await lookAt(page, 6543.21, { node: 1 });
  const file = await saved(page);
  const before = { see: await pixels(page), panel: await panel(page).ariaSnapshot() };
  const same = async () => {
    assert.deepEqual(await pixels(page), before.see);
    assert.equal(await panel(page).ariaSnapshot(), before.panel);
    assert.deepEqual(await saved(page), file);
  };
  const elsewhere = async () => {
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await still(page);
    assert.notEqual(await clock(page), '0:06.543');
  };
  await elsewhere();
  await openFile(page, file);
  await same();

  await elsewhere();
  await page.evaluate((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.half-open.json'));
    const event = (name) => new DragEvent(name, {
      dataTransfer: transfer, bubbles: true, cancelable: true,
    });
    document.body.dispatchEvent(event('dragover'));
    document.body.dispatchEvent(event('drop'));
  }, JSON.stringify(file));
  assert.match(await noticed(page), /^Opened “.*” from dropped\.half-open\.json\.$/);
  await same();
  page.assertQuiet();
  await page.close();
});

test('a bad file is refused with a sentence, and nothing is lost', async () => {
  const page = await openPaused({ at: 2000 });
  await section(page, 'Circuit breaker').getByRole('button', { name: 'Trip' }).click();
  await still(page);
  const file = await saved(page);
  const before = await pixels(page);
  const wrong = (change) => {
    const copy = structuredClone(file);
    change(copy);
    return copy;
  };
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const cases = [
    [Buffer.alloc(10 << 20, 'x'), /larger than 1 MiB/],
    ['', /The file is empty/],
    ['{"schema": "half-open/1", ', /not JSON/],
    ['[1, 2, 3]', /not a file of Half-Open|schema/],
    ['null', /not a file of Half-Open|schema/],
    [{ schema: 'half-open/9' }, /“half-open\/9” is not known here; this reads “half-open\/1”/],
    [wrong((f) => (f.seeds = 1)), /seeds is not known; there are schema, seed,/],
    [wrong((f) => delete f.scenario.nodes[1].name), /scenario\.nodes\[1\]\.name is missing/],
    [
      wrong((f) => (f.scenario.nodes[1].role.service.workers = 'many')),
      /scenario\.nodes\[1\]\.role\.service\.workers must be a whole number, not "many"/,
    ],
    [
      wrong((f) => (f.interventions[0].at = 4)),
      /interventions\[0\]\.at must be a duration such as “300 ms”, not 4/,
    ],
    [
      wrong((f) => (f.interventions[0].change = { set: { knob: 'api-bank.timout', value: 3 } })),
      /interventions\[0\]\.set\.api-bank\.timout is not a setting/,
    ],
    [wrong((f) => (f.scenario.edges[1].to = 'bnak')), /scenario\.edges\[1\]\.to.*“bnak”/],
    [
      wrong((f) => (f.scenario.nodes[1].role.service.workers = 0)),
      /workers must be between 1 and 1000, not 0/,
    ],
    [
      wrong((f) => (f.scenario.edges[1].policy.timeout.per_attempt = '3 weeks')),
      /“3 weeks” is not a duration/,
    ],
    [
      wrong((f) => (f.interventions.at(-1).at = '70 s')),
      /interventions\[\d\]\.at must be within the run of 60 s, not 70\.000 s/,
    ],
    [
      wrong((f) => (f.scenario.horizon = '1000 h')),
      /horizon must be .* at most 24 h, not 3600000 s/,
    ],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /not a file of Half-Open|not JSON/],
    [JSON.stringify(file).replace(/"at":"[^"]*"/, `"at":${deep}`), /recursion limit exceeded/],
    [
      wrong((f) => (f.interventions[0].change = { set: { knob: 'api-bank.base', value: [1] } })),
      /change\.set\.value must be a number or a text, not a list/,
    ],
    [wrong((f) => (f.scenario.title = '<img src=x onerror=alert(1)>'.repeat(100))), /title/],
  ];
  for (const [content, sentence] of cases) {
    const name = String(sentence);
    await giveFile(page, content, 'theirs.json');
    const said = await noticed(page);
    assert.match(said, /^theirs\.json was not opened\. /, name);
    assert.match(said, sentence);
    assert.match(said, /[.…] What you had is still here\.$/, name);
    assert.deepEqual(await pixels(page), before, name);
  }
  assert.deepEqual(await saved(page), file);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.match(await read(page, page.locator('.story')), /All is well/);
  page.assertQuiet();
  await page.close();
});

test('a file that selects what is not there is opened without a selection', async () => {
  const page = await openPaused();
  const file = await saved(page);
  for (const selection of [{ request: 1e6 }, { event: 1e9 }]) {
    await openFile(page, { ...file, view: { ...file.view, selection } });
    assert.equal((await saved(page)).view.selection, 'nothing');
    assert.equal(await read(page, panel(page).getByRole('heading', { level: 2 })), 'api → bank');
  }
  page.assertQuiet();
  await page.close();
});

test('what a file says is shown as text, never as a part of the page', async () => {
  const page = await openPaused();
  const file = await saved(page);
  file.scenario.name = 'mine';
  file.scenario.title = '<img src=x onerror=alert(1)><b>bold</b>';
  await openFile(page, file);
  await page.getByText('<b>bold</b>').first().waitFor({ state: 'attached' });
  assert.equal(await page.locator('img, b').count(), 0);
  page.assertQuiet();
  await page.close();
});

test('what reads and writes files is fetched when it is needed, and once', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause' }).click();
  const fetched = () => page.watched.requests.filter((url) => url.includes('/half-open-files'));
  assert.deepEqual(fetched(), []);
  const file = await saved(page);
  await openFile(page, file);
  assert.equal(fetched().length, 2);
  page.assertQuiet();
  await page.close();
});

test('without a connection, files wait: a sentence, and later another try', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.route('**/half-open-files*', (route) => route.abort());
  await page.getByRole('button', { name: 'Save' }).click();
  assert.match(await noticed(page), /^The experiment was not saved\. .* is there a connection\?$/);
  await giveFile(page, '{}', 'theirs.json');
  assert.match(await noticed(page), /^theirs\.json was not opened\. .* is there a connection\?/);
  await page.unroute('**/half-open-files*');
  assert.equal((await saved(page)).seed, 42);
  await page.close();
});
