// Judges a system under one seed after another, away from the page, which stays free to answer.

import start, { Judge } from './half-open-files.js';

// How many milliseconds pass between two looks at what is known.
const TURN = 50;

addEventListener('message', async ({ data: { link, goals, seeds } }) => {
  try {
    await start();
    const judge = new Judge(link, goals, seeds);
    let more = true;
    for (let shown = -Infinity; more; ) {
      more = judge.step();
      if (more && performance.now() - shown < TURN) continue;
      shown = performance.now();
      postMessage({ told: judge.told() });
    }
  } catch (reason) {
    postMessage({ reason: typeof reason === 'string' ? reason : 'The judge broke off.' });
  }
});
