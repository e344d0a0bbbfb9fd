// Simulates a run once more and writes it for another tool, away from the page, which stays free to
// answer.

import start, { Export } from './half-open-files.js';

addEventListener('message', async ({ data: { link, format } }) => {
  try {
    await start();
    const run = new Export(link, format);
    const pieces = [];
    let size = 0;
    for (let piece = run.piece(); piece; piece = run.piece()) {
      size += piece.length;
      // A browser keeps what is large on its disk.
      pieces.push(new Blob([piece]));
      postMessage({ size });
    }
    postMessage({ size, name: run.name(), file: new Blob(pieces) });
  } catch (reason) {
    postMessage({ reason: typeof reason === 'string' ? reason : 'The export broke off.' });
  }
});
