// Time passing: the first visit, what is read out meanwhile, and less of it for those who asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './cli.mjs';
import { open } from './harness.mjs';
import { clock, lookAt, openPaused } from './gestures.mjs';

test('a first visit moves within a second of loading, and says what it is about', async () => {
  const page = await open({
    before: () => {
      const seen = [];
      window.firstVisit = { seen, loaded: Infinity };
      addEventListener('load', () => (window.firstVisit.loaded = performance.now()));
      new MutationObserver(() => {
        const clock = document.querySelector('.clock')?.textContent;
        if (clock && seen.at(-1)?.clock !== clock) seen.push({ clock, at: performance.now() });
      }).observe(document, { subtree: true, childList: true, characterData: true });
    },
  });
  await page.waitForFunction(() => window.firstVisit.seen.length > 1);
  const { seen, loaded } = await page.evaluate(() => window.firstVisit);
  assert.equal(seen[0].clock, '0:03.000');
  assert.ok(seen[1].clock > seen[0].clock, 'the simulated clock goes on');
  const wait = seen[1].at - loaded;
  assert.ok(wait < 1000, `it moved ${wait.toFixed(0)} ms after loading`);

  const story = page.locator('.story');
  assert.match(await story.textContent(), /^100 clients call api, which needs bank and ledger\. /);
  const { y, height } = await story.boundingBox();
  assert.ok(y > 0 && y + height < 450, 'it is in view');
  const text = (await story.textContent()).trim();
  assert.ok(text.split(/\s+/).length < 25, 'it is short');
  page.assertQuiet();
  await page.close();
});

test('every transition of a breaker is read out while time passes', async () => {
  const { report } = run('payments');
  const page = await openPaused({ at: 4200 });
  await page.evaluate(() => {
    const region = document.querySelector('[role=log]');
    window.told = [];
    new MutationObserver(() => window.told.push(region.textContent)).observe(region, {
      childList: true, characterData: true, subtree: true,
    });
  });
  assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'polite');
  await page.getByRole('slider', { name: 'speed' }).fill('11');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => /is closed/.test(window.told.at(-1)), null, { timeout: 15_000 });
  const told = (await page.evaluate(() => window.told)).join('\n');
  for (const { t_ms: at, to } of report.transitions) {
    const sentence = `${(at / 1000).toFixed(3)} s: breaker api → bank is ${to.replace('_', '-')}: `;
    assert.ok(told.includes(sentence), `${sentence}\nin\n${told}`);
  }
  assert.match(told, /9\.000 s: bank: slow ×7, over\./);
  page.assertQuiet();
  await page.close();
});

/// How often the stage and the clock change in a second and a half, frame by frame.
function changes() {
  return new Promise((resolve) => {
    const stage = document.querySelector('.stage canvas');
    const seen = { pictures: 0, clocks: [] };
    let before;
    const start = performance.now();
    const look = (now) => {
      const picture = stage.toDataURL();
      if (picture !== before) seen.pictures += 1;
      before = picture;
      const clock = document.querySelector('.clock').textContent;
      if (clock !== seen.clocks.at(-1)) seen.clocks.push(clock);
      if (now - start < 1500) requestAnimationFrame(look);
      else resolve(seen);
    };
    requestAnimationFrame(look);
  });
}

test('for those who asked for less motion, time passes in steps', async () => {
  const calm = await open({ reducedMotion: true });
  const stepped = await calm.evaluate(changes);
  const steps = stepped.clocks.map((text) => Number(text.split(':')[1]) * 1000);
  assert.ok(steps.length >= 3, 'it moves');
  assert.ok(stepped.pictures <= 8, `${stepped.pictures} pictures in 1.5 s`);
  for (const [index, at] of steps.slice(1).entries()) {
    // A quarter of a second, at a quarter of its speed.
    assert.ok(at - steps[index] >= 62, `a step of ${at - steps[index]} ms`);
  }
  calm.assertQuiet();
  await calm.close();

  const lively = await open();
  const smooth = await lively.evaluate(changes);
  assert.ok(smooth.pictures >= 16, `${smooth.pictures} pictures in 1.5 s`);
  lively.assertQuiet();
  await lively.close();
});

test('time stops at the end of the run, and begins again from there', async () => {
  const page = await openPaused();
  await lookAt(page, 59_000);
  await page.getByRole('slider', { name: 'speed' }).fill('13');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('.clock').textContent === '1:00.000');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('.clock').textContent < '0:30');
  await page.getByRole('button', { name: 'Pause' }).click();
  assert.ok((await clock(page)) < '0:40');
  page.assertQuiet();
  await page.close();
});
