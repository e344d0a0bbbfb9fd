// Sheets of lessons: every step as it is when all of it has been seen, answered and done, and the end.

import { open, still } from './harness.mjs';
import { sheet } from './sheet.mjs';

const PHONE = { width: 390, height: 844, touch: true };

/// The sheets, one after the other: a name, and a PNG. One for each lesson, and one of all on a phone.
export async function* lessonSheets() {
  const lessons = await listed();
  for (const { name, beats } of lessons) {
    const page = await open({ context: { deviceScaleFactor: 1 / 2 } });
    const pictures = await steps(page, name, beats);
    yield [`lessons-${name}`, await sheet(page, pictures, 3)];
    await page.close();
  }
  const page = await open({ theme: 'dark', ...PHONE, context: { deviceScaleFactor: 1 / 2 } });
  const pictures = [];
  for (const { name, beats } of lessons) pictures.push(...await steps(page, name, beats));
  yield ['lessons-phone', await sheet(page, pictures, 16, 8)];
  await page.close();
}

/// Which lessons there are.
async function listed() {
  const page = await open();
  const index = await page.evaluate(async () => (await fetch('./lessons/index.json')).json());
  await page.close();
  return index.lessons;
}

async function steps(page, name, beats) {
  const pictures = [];
  for (const beat of [...beats, 'end']) {
    await page.evaluate((hash) => (location.hash = hash), `lesson=${name}/${beat}`);
    await page.waitForFunction((end) => !document.querySelector('.tour-end') === !end, beat === 'end');
    await page.locator('.tour').waitFor();
    if (beat !== 'end') await see(page);
    await still(page);
    pictures.push(await page.screenshot({ animations: 'disabled' }));
  }
  return pictures;
}

/// Answers what is asked, sees what it comes to, and has done what is to be done.
async function see(page) {
  const asked = page.locator('.card:not(.task) .asked :is(.choices button, .pill.strong)').first();
  const choice = page.locator('.card .choices button').first();
  if (await choice.count()) await choice.click();
  else if (await asked.count()) await asked.click();
  await page.getByRole('button', { name: 'Skip →' }).click();
  await page.getByRole('button', { name: 'Continue →' }).waitFor();
  if (await page.locator('.task').count()) {
    await page.getByRole('button', { name: 'Show me' }).click();
    await page.locator('.achieved').waitFor();
  }
}
