// Draws the pictures of the glossary, away from the page, which stays free to answer.

import start, { Film } from './half-open-files.js';

// How large a stage is, and how many pictures are made of each stretch of time.
const WIDTH = 420;
const HEIGHT = 230;
const PICTURES = 36;

const ready = start();

addEventListener('message', async ({ data: { term, link, look, from, to } }) => {
  try {
    await ready;
    const film = new Film(link, look.join('\n'), WIDTH, HEIGHT);
    const pictures = Array.from({ length: PICTURES }, (_, n) =>
      film.picture(from + ((to - from) * n) / (PICTURES - 1)));
    film.free();
    postMessage({ term, pictures });
  } catch (reason) {
    postMessage({ term, reason: typeof reason === 'string' ? reason : 'It could not be drawn.' });
  }
});
