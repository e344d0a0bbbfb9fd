// The glossary: the field's own words, each with a run in which it is seen. Fetched when somebody looks for a
// word; its pictures are drawn by a worker, as SVG in the colours of the page.

import { closeButton, giveBack, make } from './dialog.js';

let terms;

/// Makes the dialog ready: fetches the words.
export default async () => {
  const answer = await fetch(new URL('lessons/glossary.json', import.meta.url));
  if (!answer.ok) throw answer.status;
  terms = await answer.json();
};

// Milliseconds that a picture is seen, and the last one before it begins again.
const EACH = 110;
const REST = 900;

/// Shows all words.
export function glossary() {
  const before = document.activeElement;
  const close = closeButton();
  const find = make('input', { type: 'search', class: 'pill', placeholder: 'Find', 'aria-label': 'Find a word', autocomplete: 'off' });
  const found = make('p', { role: 'status', class: 'soft' });
  const films = new Map();
  const entry = ({ term, says, link }) => {
    const stage = make('div', { class: 'film', 'aria-hidden': 'true' });
    const word = make('a', { href: `${location.pathname}#s=${link}` }, term);
    const item = make('li', {}, stage, make('h3', {}, word), make('p', {}, says));
    item.dataset.term = term;
    films.set(term, { stage, pictures: [] });
    return item;
  };
  const items = terms.map(entry);
  const dialog = make('dialog', { class: 'help glossary', 'aria-labelledby': 'glossary-title' },
    make('h2', { id: 'glossary-title' }, 'Glossary'),
    close,
    make('div', { class: 'asked' }, find, found),
    make('ul', {}, ...items));

  // What is in sight is drawn, one after the other.
  const worker = new Worker(new URL('glossary-worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data: { term, pictures, reason } }) => {
    const film = films.get(term);
    if (reason) {
      film.stage.textContent = reason;
      return;
    }
    const parser = new DOMParser();
    film.pictures = pictures.map((picture) => parser.parseFromString(picture, 'image/svg+xml').documentElement);
    // In the middle there is most to see.
    show(film, still ? Math.floor(pictures.length / 2) : 0);
  };
  const seen = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      const film = films.get(target.dataset.term);
      film.seen = isIntersecting;
      if (isIntersecting && !film.asked) {
        film.asked = true;
        worker.postMessage(terms.find(({ term }) => term === target.dataset.term));
      }
    }
  });
  items.forEach((item) => seen.observe(item));

  const show = (film, place) => {
    film.place = place;
    film.stage.replaceChildren(film.pictures[place]);
  };
  // Who asked for less motion sees pictures that stand still.
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const step = (now) => {
    for (const film of films.values()) {
      if (!film.seen || film.pictures.length === 0 || now < (film.next ?? 0)) continue;
      const place = (film.place + 1) % film.pictures.length;
      show(film, place);
      film.next = now + (place === film.pictures.length - 1 ? REST : EACH);
    }
    if (dialog.open) requestAnimationFrame(step);
  };

  find.oninput = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    terms.forEach(({ term, says }, place) => {
      const text = `${term} ${says}`.toLowerCase();
      items[place].hidden = !words.every((word) => text.includes(word));
      count += !items[place].hidden;
    });
    found.textContent = count ? `${count} of ${terms.length}` : `Nothing here is called “${find.value.trim()}”.`;
  };
  find.oninput();
  close.onclick = () => dialog.close();
  dialog.onclick = ({ target }) => {
    if (target === dialog || target.closest('a')) dialog.close();
  };
  dialog.onclose = () => {
    worker.terminate();
    seen.disconnect();
    dialog.remove();
    giveBack(before);
  };
  document.body.append(dialog);
  dialog.showModal();
  if (!still) requestAnimationFrame(step);
}
