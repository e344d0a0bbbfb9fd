// A lost response, with and without an idempotency key.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { still } from './harness.mjs';
import {
  charged, lookAt, numbers, openFile, openPaused, panel, read, saved, section, selectOnStage,
} from './gestures.mjs';

/// Nobody else is about, and nothing is broken: what is charged is ours.
async function openQuiet() {
  const page = await openPaused();
  const file = await saved(page);
  file.interventions = [];
  file.scenario.nodes[0].role.clients.rate = 0.001;
  await openFile(page, file);
  await lookAt(page, 1000);
  assert.deepEqual(await charged(page), { charges: 0, orders: 0 });
  await selectOnStage(page, 'clients');
  return page;
}

const composer = (page) => panel(page).locator('form.composer');
const sent = (page) => panel(page).getByRole('list', { name: 'Requests sent by hand' });
const dropResponse = (page) => composer(page).getByRole('switch', { name: 'Drop its response' });
const send = (page) => composer(page).getByRole('button', { name: 'Send' }).click();

/// The rows of a table or list of the panel that hold something.
async function rows(page, title, row) {
  await still(page);
  const all = await section(page, title).locator(row).allTextContents();
  return all.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
}

test('a lost response with a key: one charge, and the stored answer is replayed', async () => {
  const page = await openQuiet();
  assert.equal(await composer(page).getByLabel('Path').inputValue(), '/api/payments');
  assert.equal(await composer(page).getByLabel('Idempotency-Key:').inputValue(), 'abc-123');
  assert.match(await composer(page).getByLabel('Body').inputValue(), /"amount":\s*5000/);
  await dropResponse(page).check();
  await send(page);
  assert.match(await read(page, sent(page)), /abc-123/);

  await lookAt(page, 1500, { node: 0 });
  assert.deepEqual(await charged(page), { charges: 1, orders: 1 });
  assert.match(await read(page, sent(page)), /in flight/);

  await lookAt(page, 8000, { node: 0 });
  assert.deepEqual(await charged(page), { charges: 1, orders: 1 });
  assert.match(await read(page, sent(page)), /201 ↺ replayed/);

  await selectOnStage(page, 'api');
  const [key, ...others] = await rows(page, 'Idempotency keys', 'tbody tr');
  assert.match(key, /^abc-123 ?stored 201/);
  assert.match(key, /1$/, 'one replay');
  assert.deepEqual(others, []);

  await selectOnStage(page, 'ledger');
  const ledger = section(page, 'Ledger');
  assert.deepEqual(await numbers(page, ledger.locator('dl')), {
    charges: '1', orders: '1', doubles: '0',
  });
  const receipts = await rows(page, 'Ledger', 'ol li');
  assert.equal(receipts.length, 2);
  assert.match(receipts[0], /↺ replayed, not charged/);
  page.assertQuiet();
  await page.close();
});

test('a lost response without a key: two charges for one order', async () => {
  const page = await openQuiet();
  await composer(page).getByLabel('Idempotency-Key:').fill('');
  await dropResponse(page).check();
  await send(page);
  assert.match(await read(page, sent(page)), /no key/);

  await lookAt(page, 8000, { node: 0 });
  assert.deepEqual(await charged(page), { charges: 2, orders: 1 });
  const alarm = page.locator('dl.numbers .alarm');
  assert.equal(await alarm.textContent(), '2 / 1');

  await selectOnStage(page, 'api');
  assert.deepEqual(await rows(page, 'Idempotency keys', 'tbody tr'), [], 'no key was kept');
  await selectOnStage(page, 'ledger');
  assert.deepEqual(await numbers(page, section(page, 'Ledger').locator('dl')), {
    charges: '2', orders: '1', doubles: '1',
  });
  assert.match((await rows(page, 'Ledger', 'ol li'))[0], /◆ charged twice/);
  page.assertQuiet();
  await page.close();
});

test('a request sent again is replayed; dropping its response later changes the past', async () => {
  const page = await openQuiet();
  await send(page);
  await lookAt(page, 3000, { node: 0 });
  await sent(page).getByRole('button', { name: 'Send again' }).click();
  await lookAt(page, 5000, { node: 0 });
  assert.deepEqual(await charged(page), { charges: 1, orders: 1 });
  const [first, second] = await rows(page, 'Send a request', 'ol > li');
  assert.match(first, /abc-123 ?201(?! ↺)/);
  assert.match(second, /abc-123 ?201 ↺ replayed/);

  await sent(page).getByRole('switch', { name: 'Drop its response' }).first().check();
  const [again] = await rows(page, 'Send a request', 'ol > li');
  assert.match(again, /201 ↺ replayed/);
  assert.deepEqual(await charged(page), { charges: 1, orders: 1 });
  page.assertQuiet();
  await page.close();
});

test('the response that the scenario loses is charged once; without keys, twice', async () => {
  const page = await openPaused({ at: 15_000 });
  const { charges, orders } = await charged(page);
  assert.equal(charges, orders);
  assert.ok(charges > 100);
  const file = await saved(page);
  const [line] = file.scenario.edges;
  line.policy.keys = 'none';
  await openFile(page, file);
  await lookAt(page, 15_000);
  const without = await charged(page);
  assert.equal(without.charges, without.orders + 1, 'without keys somebody pays twice');
  page.assertQuiet();
  await page.close();
});

test('what is being written is still there after a look at something else', async () => {
  const page = await openQuiet();
  await composer(page).getByLabel('Path').fill('/api/refunds');
  await composer(page).getByLabel('Body').fill('{}');
  await selectOnStage(page, 'bank');
  await selectOnStage(page, 'clients');
  assert.equal(await composer(page).getByLabel('Path').inputValue(), '/api/refunds');
  assert.equal(await composer(page).getByLabel('Body').inputValue(), '{}');
  page.assertQuiet();
  await page.close();
});

test('a body that looks like JSON and is none is called that, and sent all the same', async () => {
  const page = await openQuiet();
  const body = composer(page).getByLabel('Body');
  const warning = composer(page).getByRole('status');
  assert.equal(await warning.count(), 0);
  await body.fill('{"amount":5000,}');
  const said = await read(page, warning);
  assert.equal(said, 'This looks like JSON, but is none from character 16 on. It is sent as it is.');
  assert.equal(await body.getAttribute('aria-describedby'), await warning.getAttribute('id'));
  await send(page);
  assert.match(await read(page, sent(page)), /abc-123/);
  await body.fill('amount=5000');
  await still(page);
  assert.equal(await warning.count(), 0);
  page.assertQuiet();
  await page.close();
});

test('a text that is too long is called what it is called in the form', async () => {
  const page = await openQuiet();
  await composer(page).getByLabel('Body').fill('x'.repeat(5000));
  await composer(page).getByRole('button', { name: 'Send' }).click();
  const said = await read(page, page.locator('.notice p'));
  assert.equal(said, 'The body may be 4096 bytes long, not 5000.');
  await page.close();
});
