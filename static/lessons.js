// The list of lessons and challenges. Fetched when somebody looks for one.

import { closeButton, giveBack, make, offlineButton } from './dialog.js';

let known;

/// Makes the dialog ready: fetches the list.
export default async () => {
  const answer = await fetch(new URL('lessons/index.json', import.meta.url));
  if (!answer.ok) throw answer.status;
  known = await answer.json();
};

/// Shows the list; `here` is the name of the lesson that somebody is in, and `part` fetches other parts of the
/// page.
export function list(here, part) {
  // Who pressed twice while it was fetched has it once.
  if (document.querySelector('dialog.lessons')) return;
  const before = document.activeElement;
  const close = closeButton();
  const entry = ({ name, title, about, beats, languages }) => {
    // With its path: what only leads further down on a page is something else.
    const link = make('a', { href: `${location.pathname}#lesson=${name}` }, title);
    if (name === here) link.setAttribute('aria-current', 'true');
    const others = languages.map((lang) => {
      const called = new Intl.DisplayNames([lang], { type: 'language' }).of(lang);
      return make('a', { href: `${location.pathname}#lesson=${name}&lang=${lang}`, lang }, called);
    });
    // Notes are a page of their own, to be printed.
    const note = (lang) =>
      make('a', { href: `lessons/${lang ? `${lang}/` : ''}${name}.html`, target: '_blank' },
        lang ? `notes (${lang})` : 'notes for teachers');
    const notes = beats.length > 1 ? ['', ...languages].map(note) : [];
    return make('li', {}, link, ...others, ...notes, make('p', { class: 'soft' }, about));
  };
  const dialog = make('dialog', { class: 'help lessons', 'aria-labelledby': 'lessons-title' },
    make('h2', { id: 'lessons-title' }, 'Lessons'),
    close,
    make('p', { class: 'soft' }, 'Each is a run that you break and mend yourself, step by step.'),
    make('ol', {}, ...known.lessons.map(entry)),
    make('h2', {}, 'Challenges'),
    make('p', { class: 'soft' },
      'Systems that fail. Mend each with at most three settings, whatever the luck.'),
    make('ol', {}, ...known.challenges.map(entry)),
    offlineButton(part));
  const words = make('button', { type: 'button', class: 'pill' }, 'Glossary');
  const amiss = make('p', { role: 'status', class: 'soft' });
  words.onclick = async () => {
    try {
      const { glossary } = await part('./glossary.js');
      if (!dialog.open) return;
      dialog.close();
      glossary();
    } catch (problem) {
      amiss.textContent = String(problem);
    }
  };
  dialog.querySelector('ol').before(words, amiss);
  close.onclick = () => dialog.close();
  dialog.onclick = ({ target }) => {
    if (target === dialog || target.closest('a')) dialog.close();
  };
  dialog.onclose = () => {
    dialog.remove();
    giveBack(before);
  };
  document.body.append(dialog);
  dialog.showModal();
}
