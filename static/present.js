// Presenting: the full screen, the black screen, a bright point, and the speaker's window. Fetched when
// somebody presents. What goes on, back, and to the stage is done by the page; keys reach it as keys.

import { closeButton, fetchStyle, giveBack, make, offlineButton } from './dialog.js';
import { KEYS, PASSED, deeds, join } from './talk.js';

/// Makes presenting ready: fetches its style sheet.
export default () => fetchStyle('present.css');

// Where the id of a talk is kept, so that a reload goes on with the same one.
const PLACE = 'talk';
// A point that has rested for so many milliseconds is no longer wanted.
const REST = 2500;
// How many milliseconds another window has to say that it has this id.
const APART = 150;
// How many pixels an arrow key moves it, and with Shift.
const STEP = 14;
const FAR = 70;
// What ends a black screen besides its own keys.
const BACK = ['b', '.', 'pagedown', 'pageup', ' ', 'enter', 'escape'];
const TYPING = 'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, dialog';

let talk;

/// Tells what is shown, as pairs of a name and a text; nothing, when nobody presents any more. `part` fetches
/// other parts of the page.
export function present(pairs, part) {
  if (pairs) {
    talk ??= begin(part);
    talk.show(Object.fromEntries(pairs));
  } else {
    talk?.end();
    talk = undefined;
  }
}

/// The id that this tab had before a reload, or another one.
function talkId(anew) {
  const random = () => [...crypto.getRandomValues(new Uint32Array(2))].map((part) => part.toString(36)).join('');
  try {
    const id = (!anew && sessionStorage.getItem(PLACE)) || random();
    sessionStorage.setItem(PLACE, id);
    return id;
  } catch {
    // Storage may be forbidden; then a reload needs another window.
    return random();
  }
}

function begin(part) {
  let id = talkId();
  const root = document.documentElement;
  const ended = new AbortController();
  const { signal } = ended;
  let facts = {};
  let told;

  // A key of this page that nobody pressed here.
  const keyDown = (key) => new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  const press = (key) => document.body.dispatchEvent(keyDown(key));
  let settled = false;
  const hear = ({ kind, key }) => {
    if (kind === 'ask') tell(true);
    if (kind === 'key' && PASSED.includes(key)) press(key);
    if (kind === 'begin') say('taken');
    if (kind === 'taken' && !settled) {
      // A tab that was duplicated has the id of the other one.
      leave();
      id = talkId(true);
      [say, leave] = join(id, hear);
      settle();
    }
  };
  let [say, leave] = join(id, hear);
  const settle = () => {
    if (signal.aborted) return;
    settled = true;
    tell(true);
  };
  say('begin');
  setTimeout(settle, APART);

  // Says what is shown, if that is something new or somebody asks.
  function tell(asked) {
    if (!settled) return;
    const text = JSON.stringify([facts, Boolean(black)]);
    if (asked || text !== told) say('state', { facts, black: Boolean(black) });
    told = text;
  }

  // A black screen: whoever looks at it listens to what is said.
  let black;
  const page = document.querySelector('.page');
  let toggle;
  const playOrPause = () => {
    toggle = keyDown(' ');
    document.body.dispatchEvent(toggle);
  };
  function blacken() {
    const rested = black?.rested;
    if (black) {
      black.cover.remove();
      page.inert = false;
      giveBack(black.before);
      black = undefined;
      if (!rested && facts.phase === 'rests') playOrPause();
    } else {
      const cover = make('button', { type: 'button', class: 'black', 'aria-label': 'The screen is black. Show the stage again' });
      black = { cover, before: document.activeElement, rested: facts.phase !== 'moves' };
      if (!black.rested) playOrPause();
      cover.onclick = blacken;
      document.body.append(cover);
      page.inert = true;
      cover.focus();
    }
    tell();
  }

  // A bright point over everything, where the mouse is.
  const point = make('div', { class: 'point', 'aria-hidden': 'true' });
  let place = [innerWidth / 2, innerHeight / 2];
  let resting;
  const points = () => point.isConnected;
  function move(x, y) {
    place = [Math.min(Math.max(x, 0), innerWidth), Math.min(Math.max(y, 0), innerHeight)];
    point.style.translate = `${place[0]}px ${place[1]}px`;
    point.classList.remove('rests');
    clearTimeout(resting);
    resting = setTimeout(() => point.classList.add('rests'), REST);
  }
  function aim() {
    root.classList.toggle('points', !points());
    if (points()) {
      point.remove();
      return;
    }
    root.append(point);
    move(...place);
  }

  function fill() {
    // Refused without a press, or where there is no such thing: then the page itself is large enough.
    if (document.fullscreenElement) document.exitFullscreen();
    else if (navigator.userActivation?.isActive ?? true) {
      root.requestFullscreen?.().then(() => signal.aborted && document.exitFullscreen()).catch(() => {});
    }
  }

  const openSpeaker = () => open(`speaker.html#${id}`, `half-open-speaker-${id}`, 'popup,width=1000,height=760');

  function list() {
    const before = document.activeElement;
    const close = closeButton();
    const row = ([keys, what]) => make('div', {}, make('dt', {}, make('kbd', {}, keys)), make('dd', {}, what));
    const offered = deeds(facts.deeds).map(({ key, label }) => [key.toUpperCase(), label]);
    const dialog = make('dialog', { class: 'help', 'aria-labelledby': 'talk-title' },
      make('h2', { id: 'talk-title' }, 'Keys while presenting'),
      close,
      make('dl', {}, ...KEYS.map(row)));
    if (offered.length > 0) {
      dialog.append(make('h2', {}, 'On this stage'), make('dl', {}, ...offered.map(row)));
    }
    dialog.append(offlineButton(part));
    close.onclick = () => dialog.close();
    dialog.onclose = () => {
      dialog.remove();
      giveBack(before);
    };
    document.body.append(dialog);
    dialog.showModal();
  }

  const acts = { b: blacken, '.': blacken, l: aim, f: fill, w: openSpeaker, '?': list };
  const ways = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };

  function pressed(event) {
    const command = event.ctrlKey || event.metaKey || event.altKey;
    if (event === toggle || command || event.target.closest?.(TYPING)) return;
    const key = event.key.toLowerCase();
    let act = acts[key];
    if (points() && key === 'escape') act = aim;
    if (points() && ways[key]) {
      const step = event.shiftKey ? FAR : STEP;
      act = () => move(...place.map((at, axis) => at + step * ways[key][axis]));
    }
    if (black) act = BACK.includes(key) ? blacken : undefined;
    if (!act) return;
    // The page would take it for something else.
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  addEventListener('keydown', pressed, { capture: true, signal });
  addEventListener('pointermove', ({ clientX, clientY }) => {
    if (points()) move(clientX, clientY);
    else place = [clientX, clientY];
  }, { signal });
  document.addEventListener('click', ({ target }) => {
    acts[target.closest('.thin [data-key]')?.dataset.key]?.();
  }, { signal });
  addEventListener('pagehide', () => say('gone'), { signal });

  // A screen that is looked at does not go to sleep. Where that is refused, somebody has to touch it.
  const wake = () => {
    if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').then((lock) => {
      // Granted late, it is given back.
      if (signal.aborted) lock.release();
      awake = lock;
    }, () => {});
  };
  let awake;
  document.addEventListener('visibilitychange', wake, { signal });
  wake();
  if (!document.fullscreenElement) fill();
  root.classList.add('talks');

  return {
    show(next) {
      facts = next;
      tell();
    },
    end() {
      if (black) blacken();
      if (points()) aim();
      clearTimeout(resting);
      ended.abort();
      root.classList.remove('talks');
      awake?.release();
      say('gone');
      leave();
      if (document.fullscreenElement) document.exitFullscreen();
    },
  };
}
