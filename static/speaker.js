// The speaker's window: notes, what comes next, and the time. It shows what the window on the wall says,
// and passes keys on to it.

import { KEYS, PASSED, deeds, join } from './talk.js';

const START = 'start';
const byId = (id) => document.getElementById(id);
const id = location.hash.slice(1);

/// What is kept for this window, where that is allowed.
function kept(write) {
  try {
    if (write !== undefined) sessionStorage.setItem(START, write);
    return Number(sessionStorage.getItem(START)) || undefined;
  } catch {
    return write;
  }
}

// Texts

function put(name, text = '', language = '') {
  const element = byId(name);
  element.textContent = text;
  element.lang = language || 'en';
  element.hidden = !text;
}

/// A sentence; the phrase between two `*` is underlined.
function putSentence(name, says = '', language = '') {
  put(name, says, language);
  const [before, phrase, after] = says.split('*');
  if (phrase === undefined) return;
  const marked = document.createElement('em');
  marked.textContent = phrase;
  byId(name).replaceChildren(before, marked, after ?? '');
}

/// The steps of a lesson, from the text that the page reads as well: a field a line.
function beats(text) {
  const unescaped = (value) => value.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  const all = [];
  const words = {};
  let word;
  for (const line of text.split('\n')) {
    const [field, value] = [line.split(' ', 1)[0], unescaped(line.slice(line.indexOf(' ') + 1))];
    if (field === 'word') word = value;
    else if (field === 'means') words[word] = value;
    else if (field === 'beat') all.push({ name: value });
    else if (all.length > 0) all.at(-1)[field] ??= value;
  }
  return { all, words };
}

const lessons = new Map();
async function lesson(name, language) {
  const place = language ? `${language}/${name}` : name;
  if (!lessons.has(place)) {
    const fetched = async () => {
      let answer = await fetch(`lessons/${place}.txt`);
      // What is not translated is told in English.
      if (!answer.ok && language) answer = await fetch(`lessons/${name}.txt`);
      if (!answer.ok) throw answer.status;
      return beats(await answer.text());
    };
    lessons.set(place, fetched());
    lessons.get(place).catch(() => lessons.delete(place));
  }
  return lessons.get(place);
}

// What is shown

let latest;
async function show({ facts, black }) {
  latest = facts;
  const told = facts.lesson ? await lesson(facts.lesson, facts.language).catch(() => undefined) : undefined;
  // Something newer may have come meanwhile.
  if (latest !== facts) return;
  const { language } = facts;
  const [at, of] = [Number(facts.beat), Number(facts.of)];
  const beat = told?.all[at] ?? {};
  const next = told?.all[at + 1];
  put('title', facts.title, language);
  put('place', facts.lesson && (at < of ? `${at + 1} / ${of}` : 'the end'));
  putSentence('says', told ? beat.says ?? told.words.remember : facts.about, language);
  put('asks', beat.asks ?? beat.task, language);
  put('answer', beat.reveals ?? beat.done, language);
  put('note', beat.note, language);
  put('ask', beat.ask, language);
  putSentence('next', next ? next.says : facts.lesson && at < of ? told?.words.remember : '', language);
  for (const [title, text] of [['notes-title', 'note'], ['ask-title', 'ask'], ['next-title', 'next']]) {
    byId(title).hidden = byId(text).hidden;
  }
  const words = { asks: 'Answer', moves: facts.lesson ? 'Skip' : 'Pause', rests: facts.lesson ? 'On' : 'Play' };
  byId('on').textContent = words[facts.phase];
  byId('black').setAttribute('aria-pressed', black);
  byId('undo').disabled = !facts.undo;
  const offered = deeds(facts.deeds);
  const shown = [...byId('deeds').children];
  if (offered.map(({ label }) => label).join() !== shown.map(({ dataset }) => dataset.label).join()) {
    // The one that has the focus keeps it.
    const focused = document.activeElement.dataset.key;
    byId('deeds').replaceChildren(...offered.map(button));
    if (!document.activeElement?.dataset.key && focused) byId('deeds').querySelector(`[data-key="${focused}"]`)?.focus();
  }
  const seen = facts.zoom && `${facts.zoom} is seen from near.`;
  byId('status').textContent = [black && 'The screen is black.', seen].filter(Boolean).join(' ');
  byId('talk').hidden = false;
  document.title = `${facts.title} · Speaker`;
}

function button({ key, label }) {
  const element = document.createElement('button');
  const cap = document.createElement('kbd');
  element.type = 'button';
  element.dataset.key = key;
  element.dataset.label = label;
  cap.textContent = key.toUpperCase();
  element.append(label, ' ', cap);
  return element;
}

const [say] = join(id, (message) => {
  if (message.kind === 'state') show(message);
  if (message.kind === 'gone') byId('status').textContent = 'The window that is presented is gone. Waiting for it…';
});

// Keys and buttons

const passOn = (key) => say('key', { key });

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  // A button that has the focus is pressed with these.
  const own = key === ' ' && event.target.closest('button, summary');
  if (!PASSED.includes(key) || own) return;
  event.preventDefault();
  passOn(key);
});
document.addEventListener('click', ({ target }) => {
  const { key } = target.closest('[data-key]')?.dataset ?? {};
  if (key) passOn(key);
});

for (const [keys, what] of KEYS) {
  const [term, text] = [document.createElement('dt'), document.createElement('dd')];
  const cap = document.createElement('kbd');
  cap.textContent = keys;
  term.append(cap);
  text.textContent = what;
  byId('keys').append(term, text);
}

// Time

const two = (number) => String(number).padStart(2, '0');
function tick() {
  const now = new Date();
  byId('clock').textContent = `${two(now.getHours())}:${two(now.getMinutes())}`;
  byId('clock').dateTime = byId('clock').textContent;
  const began = kept();
  const seconds = began ? Math.max(0, Math.floor((now - began) / 1000)) : 0;
  byId('elapsed').textContent = `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  byId('restart').textContent = began ? 'Start again' : 'Start';
}
byId('restart').onclick = () => {
  kept(Date.now());
  tick();
};
setInterval(tick, 1000);
tick();
say('ask');
