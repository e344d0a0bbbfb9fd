// A system drawn on the page: by mouse, by finger and by keyboard, and the same whoever draws it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import { disclose, notice, openFile, openPaused, read, saved } from './gestures.mjs';

const card = (page, name) =>
  page.locator('.board').getByRole('button', { name: new RegExp(`^${name}, `) });
const call = (page, from, to) =>
  page.getByRole('button', { name: `the call from ${from} to ${to}` });
const tool = (page, name) =>
  page.getByRole('group', { name: 'Draw', exact: true }).getByRole('button', { name, exact: true });
const field = (page) => page.getByRole('group', { name: 'Draw', exact: true }).getByRole('textbox');
const problem = (page) => page.locator('.drawing').getByRole('alert');

/// Names and calls, as a saved file has them.
async function drawn(page) {
  const { scenario } = await saved(page);
  const nodes = scenario.nodes.map(({ name }) => name);
  const calls = scenario.edges.map(
    ({ from, to, need }) => `${from} ${to}${need === 'optional' ? ' ?' : ''}`,
  );
  return { nodes, calls };
}

async function hash(page) {
  const run = await disclose(page, 'This run');
  await still(page);
  return run.locator('dd').last().textContent();
}

/// A page on which somebody draws, with clients and api and nothing else.
async function begin(page) {
  await page.getByRole('button', { name: 'Draw', exact: true }).click();
  await still(page);
  for (const name of ['bank', 'ledger']) {
    await card(page, name).click();
    await still(page);
    await tool(page, 'Remove').click();
    await still(page);
  }
}

/// Draws a line with the mouse from the end of a card.
async function drag(page, from, to) {
  const end = await card(page, from).locator('.end').boundingBox();
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await still(page);
  await page.mouse.up();
  await page.mouse.move(2, 2);
  await still(page);
}

async function middle(page, name) {
  const box = await card(page, name).locator('> rect').boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const WANTED = {
  nodes: ['clients', 'api', 'cart', 'stock', 'store'],
  calls: ['clients api', 'api cart', 'api stock ?', 'cart store', 'stock store', 'api store'],
};

/// Shop: api calls cart and, if it can, stock; all three call the store.
async function byMouse(page) {
  await begin(page);
  const board = await page.locator('.board').boundingBox();
  const nowhere = { x: board.x + board.width - 20, y: board.y + 20 };
  for (const [from, name] of [['api', 'cart'], ['api', 'stock'], ['cart', 'store']]) {
    await drag(page, from, nowhere);
    await field(page).fill(name);
    await field(page).press('Enter');
    await still(page);
  }
  await drag(page, 'stock', await middle(page, 'store'));
  await drag(page, 'api', await middle(page, 'store'));
  await call(page, 'api', 'stock').focus();
  await page.keyboard.press('Enter');
  await still(page);
  await tool(page, 'optional').click();
  await still(page);
}

/// Goes to a part of the board with the arrow keys.
async function go(page, name) {
  for (let presses = 0; presses < 40; presses += 1) {
    const label = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    if (label?.startsWith(name)) return;
    await page.keyboard.press('ArrowRight');
    await still(page);
  }
  throw new Error(`“${name}” is not on the board.`);
}

const press = async (page, ...keys) => {
  for (const key of keys) {
    await page.keyboard.press(key);
    await still(page);
  }
};

async function byKeyboard(page) {
  await press(page, 'e');
  for (const name of ['bank', 'ledger']) {
    await go(page, `${name}, `);
    await press(page, 'Delete');
  }
  for (const [from, name] of [['api', 'cart'], ['api', 'stock'], ['cart', 'store']]) {
    await go(page, `${from}, `);
    await press(page, 'a');
    await go(page, 'service, ');
    await press(page, 'F2');
    await page.waitForFunction(() => document.activeElement.id === 'drawn-name');
    await page.keyboard.type(name);
    await press(page, 'Enter');
  }
  for (const from of ['stock', 'api']) {
    await go(page, `${from}, `);
    await press(page, 'c');
    await go(page, 'store, ');
    await press(page, 'Enter');
  }
  await go(page, 'the call from api to stock');
  await press(page, 'Enter');
  for (let presses = 0; presses < 10; presses += 1) {
    if ((await page.evaluate(() => document.activeElement.textContent)) === 'optional') break;
    await press(page, 'Shift+Tab');
  }
  await press(page, 'Space');
}

test('a system drawn by mouse and by keyboard is the same, and stays it', async () => {
  const page = await openPaused();
  await byMouse(page);
  assert.deepEqual(await drawn(page), WANTED);
  const here = await hash(page);
  const file = await saved(page);

  const other = await openPaused();
  await byKeyboard(other);
  assert.deepEqual(await drawn(other), WANTED);
  assert.equal(await hash(other), here);
  other.assertQuiet();
  await other.close();

  await reload(page);
  assert.equal(await hash(page), here, 'after a reload');
  assert.equal(await page.locator('.board').count(), 1, 'still drawing');
  await openFile(page, file);
  assert.equal(await hash(page), here, 'from a file');
  await press(page, 'Escape');
  assert.equal(await page.locator('.board').count(), 0);
  assert.equal(await page.evaluate(() => location.hash.length < 2_000), true);
  for (let steps = 0; steps < 40; steps += 1) await press(page, 'Control+z');
  assert.deepEqual((await drawn(page)).nodes, ['clients', 'api', 'bank', 'ledger']);
  const never = await openPaused();
  assert.equal(await hash(page), await hash(never), 'back to the beginning');
  await never.close();
  page.assertQuiet();
  await page.close();
});

test('what cannot be drawn is said at the place, and nothing is lost', async () => {
  const page = await openPaused();
  await press(page, 'e');
  const before = await hash(page);
  await card(page, 'bank').click();
  await tool(page, 'Connect to…').click();
  await still(page);
  await card(page, 'api').click();
  assert.match(await read(page, problem(page)), /^bank cannot call api: calls would go in a circle/);
  await drag(page, 'ledger', await middle(page, 'clients'));
  assert.match(await read(page, problem(page)), /^ledger cannot call clients/);
  await card(page, 'bank').click();
  await still(page);
  assert.equal(await problem(page).count(), 0, 'somebody went on');
  for (const [name, why] of [['api', /another one is/], ['', /needs a name/], ['a-b', /letters, digits/]]) {
    await field(page).fill(name);
    await field(page).press('Enter');
    assert.match(await read(page, problem(page)), why);
    assert.equal(await field(page).inputValue(), name, 'what was written stays');
  }
  assert.deepEqual(await axe(page), []);
  await field(page).press('Escape');
  await still(page);
  assert.equal(await field(page).inputValue(), 'bank');
  await card(page, 'clients').click();
  await tool(page, 'Remove').click();
  assert.match(await read(page, problem(page)), /nobody else sends requests/);
  assert.equal(await hash(page), before);
  page.assertQuiet();
  await page.close();
});

/// Drags a card with the mouse.
async function carry(page, name, to) {
  const from = await middle(page, name);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.move(to.x, 2);
  await page.mouse.move(to.x, to.y, { steps: 2 });
  await still(page);
  const on = await page.locator('.board.dragging').count();
  await page.mouse.up();
  await page.mouse.move(2, 2);
  await still(page);
  return on;
}

const link = (page) => page.evaluate(() => location.hash);
/// The place in a link that a moment and a selection have nothing to do with.
const places = async (page) => {
  const { scenario } = await saved(page);
  return scenario.nodes.map(({ name, place }) => [name, place && [place.column, place.row]]);
};

test('a card is moved by mouse and by keyboard, to the same place, and nothing else happens', async () => {
  const page = await openPaused();
  await press(page, 'e');
  const here = await hash(page);
  const before = await middle(page, 'bank');
  const api = await middle(page, 'api');
  const board = await page.locator('.board').boundingBox();
  const line = () => call(page, 'api', 'bank').locator('.mark').getAttribute('points');
  const left = await line();
  assert.equal(await carry(page, 'bank', { x: api.x, y: board.y + board.height + 40 }), 1);
  const status = page.locator('.drawing').getByRole('status');
  assert.equal(await status.textContent(), 'bank is 2 of 2 in layer 2 of 3.');
  const moved = await middle(page, 'bank');
  assert.ok(Math.abs(moved.x - (await middle(page, 'api')).x) < 2 && moved.x < before.x - 50);
  assert.notEqual(await line(), left, 'its line has followed');
  assert.equal(await card(page, 'bank').getAttribute('aria-pressed'), 'false', 'it was no click');
  assert.equal(await hash(page), here);
  const put = await places(page);
  assert.deepEqual(put, [['clients', [0, 0]], ['api', [1, 0]], ['bank', [1, 1]], ['ledger', [2, 0]]]);

  const other = await openPaused();
  await press(other, 'e');
  await go(other, 'bank, ');
  await press(other, 'Alt+ArrowLeft', 'Alt+ArrowLeft');
  assert.match(await other.evaluate(() => document.activeElement.getAttribute('aria-label')), /^bank, /);
  assert.deepEqual(await places(other), put);
  assert.equal(await link(other), await link(page));
  await press(other, 'Control+z');
  assert.notDeepEqual(await places(other), put);
  await press(other, 'Control+z');
  assert.ok((await places(other)).every(([, place]) => place === undefined), 'two steps');
  other.assertQuiet();
  await other.close();

  const file = await saved(page);
  await reload(page);
  assert.deepEqual(await places(page), put, 'after a reload');
  assert.equal(await hash(page), here);
  await tool(page, 'Lay out by itself').click();
  await still(page);
  assert.equal(await tool(page, 'Lay out by itself').count(), 0);
  assert.ok((await places(page)).every(([, place]) => place === undefined));
  await openFile(page, file);
  assert.deepEqual(await places(page), put, 'from a file');
  for (let steps = 0; steps < 2; steps += 1) await press(page, 'Control+z');
  await drag(page, 'ledger', { x: board.x + board.width - 20, y: board.y + 20 });
  assert.equal((await drawn(page)).nodes.length, 5, 'from its + a card still makes a call');
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});

test('drawing begins from a template, and goes on from there', async () => {
  const page = await openPaused();
  await press(page, 'e');
  const before = await hash(page);
  const start = page.getByRole('combobox', { name: 'Start from' });
  for (const [title, nodes] of [['One service', 2], ['A chain', 5], ['A page of six panels', 8], ['A diamond', 5], ['One database for all', 6]]) {
    await start.selectOption(title);
    await still(page);
    assert.equal(await page.getByRole('group', { name: /^The drawing board/ }).locator('g[role=button] > rect').count(), nodes);
    assert.equal(await field(page).inputValue(), title);
  }
  await card(page, 'database').click();
  await still(page);
  await tool(page, 'Add service').click();
  await still(page);
  assert.equal((await drawn(page)).nodes.length, 7);
  for (let steps = 0; steps < 6; steps += 1) await press(page, 'Control+z');
  assert.equal(await hash(page), before);
  assert.deepEqual(await axe(page), []);
  page.assertQuiet();
  await page.close();
});

test('starting again goes back to what was drawn', async () => {
  const page = await openPaused();
  await press(page, 'e');
  await card(page, 'bank').click();
  await tool(page, 'Add clients').click();
  await still(page);
  const here = await hash(page);
  const status = await page.locator('.drawing').getByRole('status').textContent();
  assert.equal(status, 'clients2 are new, and call bank.');
  await field(page).fill('mobile');
  await field(page).press('Enter');
  await still(page);
  await card(page, 'mobile').click();
  await page.getByRole('button', { name: 'Everyone at once' }).click();
  await still(page);
  assert.notEqual(await hash(page), here);
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  assert.equal(await hash(page), here, 'a name changes nothing that happens');
  page.assertQuiet();
  await page.close();
});

test('on a phone the board has the page, and fingers draw', async () => {
  const page = await open({ width: 390, height: 844, touch: true });
  await page.getByRole('button', { name: 'Pause' }).tap();
  await page.getByRole('button', { name: 'Draw', exact: true }).tap();
  await still(page);
  await card(page, 'bank').tap();
  await still(page);
  assert.equal(await page.locator('.panel-open').count(), 0, 'nothing hides the board');
  await tool(page, 'Add service').tap();
  await still(page);
  await card(page, 'ledger').tap();
  await still(page);
  await tool(page, 'Connect to…').tap();
  await still(page);
  await card(page, 'service').tap();
  await still(page);
  await tool(page, 'optional').tap();
  await still(page);
  assert.equal(await call(page, 'ledger', 'service').getAttribute('aria-pressed'), 'true');
  assert.equal(await tool(page, 'optional').getAttribute('aria-pressed'), 'true');
  assert.equal(await scrollsSideways(page), false);
  assert.deepEqual(await axe(page), []);
  const sizes = await page.locator('.drawing button').evaluateAll((all) =>
    all.map((button) => button.getBoundingClientRect().height),
  );
  assert.ok(sizes.every((height) => height >= 36), `${sizes}`);
  await card(page, 'service').focus();
  const names = () => page.locator('.board g[role=button] > rect').evaluateAll((all) =>
    all.map((card) => [card.parentNode.getAttribute('aria-label').split(',')[0], Math.round(card.getBoundingClientRect().y)]),
  );
  const order = Object.fromEntries(await names());
  assert.ok(order.bank < order.service);
  const box = await card(page, 'service').locator('> rect').boundingBox();
  const finger = { pointerId: 7, pointerType: 'touch', isPrimary: true, bubbles: true, button: 0 };
  const touch = (type, x, y) =>
    page.evaluate(
      ([type, x, y, finger]) => {
        const under = type === 'pointerdown' ? document.elementFromPoint(x, y) : document.querySelector('.board');
        under.setPointerCapture = () => {};
        under.dispatchEvent(new PointerEvent(type, { ...finger, clientX: x, clientY: y }));
      },
      [type, x, y, finger],
    );
  const top = (await page.locator('.board').boundingBox()).y;
  await touch('pointerdown', box.x + box.width / 2, box.y + 12);
  await touch('pointermove', box.x + box.width / 2, top + 100);
  await touch('pointermove', box.x + box.width / 2, top + 2);
  await touch('pointerup', box.x + box.width / 2, top + 2);
  await still(page);
  const after = Object.fromEntries(await names());
  assert.ok(after.service < after.clients, JSON.stringify(after));
  assert.equal(await scrollsSideways(page), false);
  await tool(page, 'Done').tap();
  await still(page);
  assert.equal(await notice(page).locator('p').count(), 0);
  assert.equal(await page.getByRole('region', { name: 'Timeline' }).isVisible(), true);
  page.assertQuiet();
  await page.close();
});
