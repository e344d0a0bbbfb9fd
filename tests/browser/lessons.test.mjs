// A lesson from its beginning to its end: by keyboard alone, by touch on a phone, with less motion; what
// is told, asked and to be done, the way back, and what an address keeps.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { axe, open, reload, scrollsSideways, still } from './harness.mjs';
import { LESSONS, beats, clock, panel, pixels, type } from './gestures.mjs';

const { lessons, challenges } = JSON.parse(await readFile(new URL('index.json', LESSONS), 'utf8'));

const tour = (page) => page.locator('.tour');
const says = (page) => tour(page).locator('.story').innerText();
const told = (page) => page.getByRole('log', { name: 'What happens' }).innerText();
const go = (page) => page.locator('#continue');
const beatOf = (page) => new URL(page.url()).hash.match(/lesson=([^&]*)/)?.[1];

/** Sees what a beat comes to. */
async function skip(page) {
  await page.keyboard.press('PageDown');
  await page.getByRole('button', { name: 'Continue →' }).waitFor();
  await still(page);
}

/** Waits for a beat, by its place. */
const at = (page, place) =>
  page.waitForFunction((n) => document.querySelector('.steps .soft')?.textContent.includes(` ${n} `), place);

/** Has what the live region says kept, and waits for words in it. */
async function listening(page) {
  await page.getByRole('log', { name: 'What happens' }).evaluate((log) => {
    window.heard = [log.textContent];
    const hear = () => window.heard.push(log.textContent);
    new MutationObserver(hear).observe(log, { characterData: true, childList: true, subtree: true });
  });
  return async (words) => {
    const found = (words) => window.heard.find((text) => text.includes(words));
    const heard = await page.waitForFunction(found, words);
    console.log(`  ${await heard.jsonValue()}`);
    await page.evaluate(() => window.heard.splice(0));
  };
}

/** Waits until the focus is in the lesson: a button that goes gives it away in the next frame. */
const inLesson = (page) => page.waitForFunction(() => document.querySelector('.tour :focus'));

test('every file of a lesson is on the list', async () => {
  const files = (await readdir(LESSONS)).filter((file) => file.endsWith('.txt'));
  assert.deepEqual(files.sort(), [...lessons, ...challenges].map(({ name }) => `${name}.txt`).sort());
});

for (const { name, title } of lessons) {
  test(`${name}: from start to end by keyboard alone, and the live region tells it all`, async () => {
    const page = await open({ reducedMotion: true });
    await page.getByRole('button', { name: 'Lessons' }).focus();
    await page.keyboard.press('Enter');
    const link = page.getByRole('dialog', { name: 'Lessons' }).getByRole('link', { name: title });
    await link.focus();
    await page.keyboard.press('Enter');
    await tour(page).waitFor();
    const hears = await listening(page);
    for (const [place, beat] of (await beats(name)).entries()) {
      await at(page, place + 1);
      const sentence = beat.says.replaceAll('*', '');
      assert.equal(await says(page), sentence);
      await hears([sentence, beat.asks ?? beat.task].filter(Boolean).join(' '));
      if (beat.asks) {
        await tour(page).locator('.asked button').last().focus();
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'Skip →' }).waitFor();
        await inLesson(page);
      }
      await skip(page);
      if (beat.asks) await hears(beat.reveals);
      if (beat.task) {
        await tour(page).getByRole('button', { name: 'Show me' }).focus();
        await page.keyboard.press('Enter');
        await tour(page).locator('.achieved').waitFor();
        await inLesson(page);
        await hears(beat.done);
      }
      await page.keyboard.press('PageDown');
    }
    await page.getByRole('heading', { name: 'To remember' }).waitFor();
    assert.equal(await page.locator('.tour-end li').count(), 3);
    assert.equal(await page.locator('.tour-end figure').count(), 3);
    await hears('To remember: ');
    assert.deepEqual(page.watched.errors, []);
    await page.close();
  });

  test(`${name}: by touch on a phone, and nothing scrolls sideways`, async () => {
    const page = await open({ path: `#lesson=${name}`, width: 390, height: 844, touch: true, reducedMotion: true });
    for (const beat of await beats(name)) {
      await page.waitForFunction((says) => document.querySelector('.tour .story')?.textContent === says, beat.says.replaceAll('*', ''));
      assert.equal(await scrollsSideways(page), false);
      const box = await go(page).boundingBox();
      assert.ok(box.height >= 36 && box.y + box.height <= 844, JSON.stringify(box));
      const stage = await page.locator('.stage canvas').boundingBox();
      assert.ok(stage.height >= 150, `the stage has ${stage.height} px at ${beat.name}`);
      if (beat.asks) await tour(page).locator('.asked button').last().tap();
      await page.getByRole('button', { name: 'Skip →' }).tap();
      await page.getByRole('button', { name: 'Continue →' }).tap();
    }
    await page.getByRole('heading', { name: 'To remember' }).waitFor();
    assert.equal(await scrollsSideways(page), false);
    assert.deepEqual(page.watched.errors, []);
    await page.close();
  });
}

test('the list is there once, however often it is asked for, and says what cannot be fetched', async () => {
  const page = await open();
  let asked = () => {};
  const first = new Promise((resolve) => (asked = resolve));
  let give;
  const given = new Promise((resolve) => (give = resolve));
  await page.route('**/lessons.js', async (route) => {
    asked();
    await given;
    await route.continue();
  });
  await page.route('**/glossary.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Lessons' }).press('Enter');
  await first;
  await page.getByRole('button', { name: 'Lessons' }).press('Enter');
  give();
  const list = page.getByRole('dialog', { name: 'Lessons' });
  await list.waitFor();
  await still(page);
  assert.equal(await list.count(), 1);
  await list.getByRole('button', { name: 'Glossary' }).click();
  await list.getByText('is there a connection?').waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  assert.equal(await page.getByText('because of a bug').count(), 0);
  await page.close();
});

test('Back shows the same again, and so does the browser’s', async () => {
  const page = await open({ path: '#lesson=timeout/hang' });
  await skip(page);
  const look = async () => ({ at: await clock(page), says: await says(page), see: await pixels(page) });
  const first = await look();
  await go(page).click();
  await at(page, 3);
  await page.getByRole('button', { name: '← Back' }).click();
  await at(page, 2);
  assert.equal(await says(page), first.says);
  await skip(page);
  assert.deepEqual(await look(), first);
  await go(page).click();
  await still(page);
  await page.goBack();
  await page.waitForFunction((says) => document.querySelector('.story').innerText === says, first.says);
  assert.equal(beatOf(page), 'timeout/hang');
  await page.goForward();
  await page.waitForFunction((says) => document.querySelector('.story').innerText !== says, first.says);
  assert.equal(beatOf(page), 'timeout/guess');
  page.assertQuiet();
  await page.close();
});

test('a guess stands beside what happens, which is not seen before, and a reload keeps both', async () => {
  const page = await open({ path: '#lesson=timeout/guess' });
  await still(page);
  assert.equal(await clock(page), '0:04.400', 'time waits for an answer');
  await tour(page).getByRole('slider', { name: 'your guess' }).press('End');
  await tour(page).getByRole('slider', { name: 'your guess' }).press('ArrowLeft');
  await still(page);
  assert.equal(await tour(page).locator('output').innerText(), '19 workers');
  await page.getByRole('button', { name: 'That is my guess' }).click();
  const answer = tour(page).getByRole('img');
  assert.equal(await answer.getAttribute('aria-label'), 'your guess: 19 workers');
  await skip(page);
  assert.equal(await clock(page), '0:05.000');
  const both = 'your guess: 19 workers; what happens: 20 workers';
  assert.equal(await answer.getAttribute('aria-label'), both);
  assert.match(await tour(page).locator('.reveals').innerText(), /^All twenty/);
  assert.deepEqual(await axe(page), []);
  await page.waitForTimeout(450);
  await reload(page);
  assert.equal(await answer.getAttribute('aria-label'), both);
  assert.equal(await clock(page), '0:05.000');
  await page.close();
});

test('what is to be done is done with the one knob that is offered, and can be taken back', async () => {
  const page = await open({ path: '#lesson=timeout/limit' });
  await skip(page);
  const sliders = panel(page).locator('.offers').getByRole('slider');
  assert.equal(await sliders.count(), 1);
  const done = tour(page).locator('.achieved');
  await type(page, 'timeout, as text', '400 ms');
  await done.waitFor();
  assert.match(await says(page), /a timeout/);
  assert.match(await told(page), /^Nobody waits any more/);
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'As it was' }).click();
  await done.waitFor({ state: 'detached' });
  // All settings are a press away, and whoever goes astray finds back.
  await panel(page).getByText('All settings').first().click();
  assert.ok(await panel(page).getByRole('heading', { name: 'Stack' }).isVisible());
  await skip(page);
  await go(page).click();
  await at(page, 7);
  await page.getByRole('button', { name: 'Seed 42, roll another' }).click();
  await still(page);
  await page.getByRole('button', { name: 'Return to the story' }).click();
  await page.getByRole('button', { name: 'Return to the story' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Leave the lesson' }).click();
  await tour(page).waitFor({ state: 'detached' });
  await page.close();
});

test('the notes of each lesson are one sheet of paper, and lead to its steps', async () => {
  const page = await open();
  const host = page.url().split('#')[0];
  for (const { name, beats } of lessons) {
    await page.goto(`${host}lessons/${name}.html`);
    const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
    assert.equal(pdf.match(/\/Type \/Page\b/g).length, 1, name);
    assert.equal(await page.locator('.says a').count(), beats.length);
    assert.equal(await scrollsSideways(page), false);
  }
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(page.watched.errors, []);
  await page.locator('.says a').nth(1).click();
  await at(page, 2);
  await page.close();
});

test('a lesson is told in another language, and an address keeps that', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Lessons' }).click();
  await page.getByRole('link', { name: 'Deutsch' }).first().click();
  await tour(page).waitFor();
  assert.equal(await tour(page).getAttribute('lang'), 'de');
  const first = await says(page);
  assert.doesNotMatch(first, /\bthe\b/);
  await page.getByRole('button', { name: /Überspringen|→/ }).last().click();
  await still(page);
  await page.locator('#continue').click();
  await at(page, 2);
  await page.waitForTimeout(450);
  await reload(page);
  await at(page, 2);
  assert.notEqual(await says(page), first);
  assert.doesNotMatch(await says(page), /\bthe\b/);
  assert.equal(await page.getByRole('log', { name: 'What happens' }).getAttribute('lang'), 'de');
  assert.deepEqual(page.watched.errors, []);
  await page.close();
});

test('a lesson that does not exist is said to, and what there was is still there', async () => {
  const page = await open({ path: '#lesson=nonsense' });
  const notice = page.locator('.notice p');
  assert.equal(
    await notice.textContent(),
    'The lesson “nonsense” could not be fetched. Here is the first scenario instead.',
  );
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`a step, the list and the end are accessible (${theme})`, async () => {
    const page = await open({ path: '#lesson=timeout/well', theme });
    await skip(page);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('button', { name: 'Lessons' }).click();
    const dialog = page.getByRole('dialog', { name: 'Lessons' });
    await dialog.waitFor();
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(await page.getByRole('button', { name: 'Lessons' }).evaluate((e) => e === document.activeElement));
    const end = await open({ path: '#lesson=timeout/end', theme });
    assert.deepEqual(await axe(end), []);
    await page.close();
    await end.close();
  });
}
