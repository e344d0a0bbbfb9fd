// Runs two settings under one seed after another, away from the page, which stays free to answer.

import start, { Versus } from './half-open-files.js';

// How many milliseconds pass between two looks at what is known.
const TURN = 50;

addEventListener('message', async ({ data: { a, b, seeds } }) => {
  try {
    await start();
    const versus = new Versus(a, b, seeds);
    let more = true;
    for (let shown = -Infinity; more; ) {
      more = versus.step();
      if (more && performance.now() - shown < TURN) continue;
      shown = performance.now();
      postMessage({ told: versus.told() });
    }
    postMessage({ done: true });
  } catch (reason) {
    postMessage({ reason: typeof reason === 'string' ? reason : 'The comparison broke off.' });
  }
});
