// The page on paper, as a browser prints it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openPaused } from './gestures.mjs';
import { addressed, still } from './harness.mjs';

for (const [theme, width, height] of [['light', 1440, 900], ['dark', 1440, 900], ['light', 390, 844]]) {
  test(`the page fits one sheet of A4, in light colours (${theme}, ${width} px)`, async () => {
    const page = await openPaused({ at: 5200, theme });
    await page.setViewportSize({ width, height });
    await still(page);
    await addressed(page);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    assert.equal(pdf.match(/\/Type \/Page\b/g).length, 1);
    const [wide, high] = /\/MediaBox \[0 0 (\S+) (\S+)\]/.exec(pdf).slice(1).map(Number);
    assert.ok(Math.abs(wide - 841.9) < 1 && Math.abs(high - 595) < 1, `${wide} × ${high}`);

    // What was done for paper is undone.
    assert.equal(await page.locator('.printed').count(), 0);
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--paper'));
    const screen = await paper();
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal((await paper()).trim(), '#fbfaf6');
    assert.equal(await page.locator('.printed').textContent(), page.url());
    for (const seen of ['.story', '.stage canvas', '.clock', '.numbers', '.printed']) {
      assert.ok(await page.locator(seen).first().isVisible(), seen);
    }
    for (const unseen of ['#side', '.zoom', '.overview', '.play', '.top nav']) {
      assert.equal(await page.locator(unseen).first().isVisible(), false, unseen);
    }
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal(await paper(), screen);
    page.assertQuiet();
    await page.close();
  });
}
