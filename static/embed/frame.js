// An embed: a run that plays in a frame of somebody else's page. What it shows stands behind the #
// of its address; what the page around it may ask for is in docs/embedding.md.

import start, { Embed } from '../half-open-embed.js';

const VERSION = 1;
// A text of a message that is longer is none of ours.
const LONGEST = 200;
const BROKE = 'The simulation broke off.';
// Milliseconds of a frame for computing, between two looks at the words, between two sentences that
// are read out, and between two messages while it plays.
const BUDGET = 8;
const LOOK_EVERY = 100;
const SAY_EVERY = 1500;
const TELL_EVERY = 250;
// Seconds that pass at most between two frames, and at least where less motion is wanted.
const LONGEST_TICK = 0.1;
const CALM_STEP = 0.25;

const by = (id) => document.getElementById(id);
const [stage, tracks, play, scrub, knobs] = ['stage', 'tracks', 'play', 'scrub', 'knobs'].map(by);
const [lanes, over] = tracks.children;
const bar = by('bar').firstElementChild;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');

// What only who changes something needs is a file of its own, named by the build.
const rest = document.querySelector('meta[name="half-open-rest"]')?.content;
let under;
let compiled;
const fetchRest = () => rest && (under ??= fetch(rest)
  .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
  .then((bytes) => WebAssembly.compile(bytes))
  .then((module) => (compiled ??= module))
  // Asked again, it is fetched again.
  .catch(() => (under = undefined)));
// Code that is under way cannot wait for a promise.
globalThis.halfOpenRest = (a) => {
  if (!compiled) {
    const request = new XMLHttpRequest();
    request.open('GET', rest, false);
    request.overrideMimeType('text/plain; charset=x-user-defined');
    request.send();
    compiled = new WebAssembly.Module(Uint8Array.from(request.response, (c) => c.charCodeAt(0)));
  }
  new WebAssembly.Instance(compiled, { a });
};

const ready = start();
let asked = {};
let embed;
let playing = false;
let told = false;
let shows = 0;
let seen = true;
let frame;
let timer;
let last;
let unspent = 0;
let painted = {};
// Who waits for an answer.
const waiting = [];
let times = { look: 0, say: 0, tell: 0 };

// What stands behind the # of the address.
const ask = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

// Messages go to the page that the frame was made by, and to nobody else. Its origin is in the address;
// a page without one (a file, a sandbox) is called “null”, and there is no narrower name for it.
const tell = (type, more) => {
  const { host } = asked;
  if (!host) return;
  parent.postMessage({ halfOpen: VERSION, type, ...more }, host === 'null' ? '*' : host);
};
const state = () => ({ ...JSON.parse(embed.state()), playing });

const visible = () => seen && !document.hidden;
// What a page waits for is computed out of sight too, where browsers give no frames.
const wake = () => {
  if (!embed) return;
  if (visible()) frame ??= requestAnimationFrame(step);
  else if (waiting.length || !told) timer ??= setTimeout(step, 0, performance.now());
};

function step(now) {
  frame = timer = undefined;
  try {
    const begun = performance.now();
    let more;
    do more = embed.work(); while (more && performance.now() - begun < BUDGET);
    if (playing && visible()) pass(now);
    if (!told && !embed.waits()) begin();
    if (told && asked.host) for (const event of JSON.parse(embed.news())) tell('event', { event });
    draw(now);
    if (!embed.waits()) reply();
    if (more || playing) wake();
  } catch (error) {
    broken(error);
  }
}

function pass(now) {
  unspent += Math.min((now - (last ?? now)) / 1000, LONGEST_TICK);
  last = now;
  if (calm.matches && unspent < CALM_STEP) return;
  const more = embed.tick(unspent * (asked.speed > 0 ? Math.min(asked.speed, 100) : 0.25));
  unspent = 0;
  if (!more) run(false);
}

// The moment that was asked for is there.
function begin() {
  told = true;
  tell('ready', { state: state() });
  if ('autoplay' in asked && !calm.matches) run(true);
}

function run(on) {
  // Who plays at the end plays again.
  if (on && embed.at() >= scrub.max) embed.seek(0);
  playing = on;
  last = undefined;
  play.classList.toggle('on', on);
  play.setAttribute('aria-label', on ? 'Pause' : 'Play');
  times.look = 0;
  tell('state', { state: state() });
  wake();
}

// A canvas as sharp as the screen; nothing while it has no size.
function sheet(canvas) {
  const { clientWidth: w, clientHeight: h } = canvas;
  const scale = devicePixelRatio;
  const [wide, high] = [Math.round(w * scale), Math.round(h * scale)];
  const context = canvas.getContext('2d');
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    context.scale(scale, scale);
  }
  return w && h ? [context, w, h] : undefined;
}

// Paints what has changed: `key` is all that the picture depends on.
function paint(name, canvas, key, how) {
  const place = sheet(canvas);
  const whole = `${key} ${place?.slice(1)} ${canvas.width} ${painted.theme}`;
  if (!place || painted[name] === whole) return;
  how(...place);
  painted[name] = whole;
}

function draw(now) {
  const at = embed.at();
  const edition = embed.edition();
  const moment = `${at} ${edition}`;
  paint('stage', stage, `${moment} ${playing}`, (...to) => embed.stage(...to, !playing, calm.matches));
  paint('bar', bar, edition, (...to) => embed.bar(...to));
  if (!tracks.hidden) {
    paint('tracks', lanes, `${embed.left()} ${edition}`, (...to) => embed.tracks(...to));
    paint('over', over, `${moment} ${embed.left()}`, (...to) => embed.over(...to));
  }
  if (painted.moment !== moment) {
    if (document.activeElement !== scrub || playing) scrub.value = at;
    painted.moment = moment;
    painted.words = false;
  }
  if (!painted.words && (!playing || now - times.look > LOOK_EVERY)) words(now);
  if (playing && now - times.tell > TELL_EVERY) {
    times.tell = now;
    tell('state', { state: state() });
  }
}

// What is said of the moment.
function words(now) {
  times.look = now;
  painted.words = true;
  const { clock } = state();
  by('clock').textContent = clock;
  scrub.setAttribute('aria-valuetext', clock);
  const [before, phrase, after, role] = JSON.parse(embed.sentence());
  const sentence = before + phrase + after;
  if (painted.sentence !== sentence) {
    painted.sentence = sentence;
    by('story').replaceChildren(before, make('em', { className: role, textContent: phrase }), after);
  }
  if (!playing) by('described').textContent = embed.described();
  const pairs = JSON.parse(embed.numbers());
  const rows = by('numbers').children;
  if (rows.length !== pairs.length) {
    by('numbers').replaceChildren(...pairs.map(() => {
      const row = make('div');
      row.append(make('dt'), make('dd'));
      return row;
    }));
  }
  pairs.forEach(([name, value], index) => {
    rows[index].children[0].textContent = name;
    rows[index].children[1].textContent = value;
  });
  // Once there is something new, and time to hear it.
  if (painted.said !== sentence && now - times.say > SAY_EVERY) {
    times.say = now;
    painted.said = sentence;
    if (told) by('said').textContent = sentence;
  }
}

const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);

// A control for each knob: what kind it is, the program knows.
function settings() {
  const all = JSON.parse(embed.controls());
  knobs.hidden = all.length === 0;
  knobs.replaceChildren(...all.map((knob, index) => {
    const label = make('label', { className: 'knob' });
    const name = make('span', { textContent: knob.label });
    name.append(make('small', { textContent: knob.of }));
    const control = make(knob.kind === 'choice' ? 'select' : 'input');
    const value = make('output');
    if (knob.kind === 'choice') {
      control.append(...knob.names.map((text, value) => make('option', { text, value })));
    } else if (knob.kind === 'switch') {
      control.type = 'checkbox';
    } else {
      Object.assign(control, { type: 'range', min: 0, max: knob.stops - 1 });
    }
    const turn = (done) => deed(() => {
      const place = knob.kind === 'switch' ? Number(control.checked) : Number(control.value);
      embed.turn(index, place, done);
      stand();
    }).catch(complain);
    control.addEventListener('input', () => turn(false));
    control.addEventListener('change', () => turn(true));
    label.append(name, control, ...(knob.kind === 'slider' ? [value] : []));
    return label;
  }));
  stand();
}

// How the knobs stand.
function stand() {
  JSON.parse(embed.controls()).forEach(({ kind, place, value }, index) => {
    const [, control, output] = knobs.children[index].children;
    if (kind === 'switch') control.checked = place === 1;
    else if (document.activeElement !== control || kind === 'choice') control.value = place;
    if (output) {
      output.textContent = value;
      control.setAttribute('aria-valuetext', value);
    }
  });
}

// Does what needs the whole program.
async function deed(act) {
  await fetchRest();
  if (rest && !compiled) throw 'What this needs could not be fetched: is there a connection?';
  if (!embed) return;
  act();
  wake();
}

function complain(problem) {
  const text = typeof problem === 'string' ? problem : '';
  by('problem').hidden = !text;
  by('problem').firstElementChild.textContent = text;
}

function broken(error) {
  embed = undefined;
  complain('The simulation broke off. Reload the page, or open it in Half-Open.');
  tell('error', { message: BROKE });
  reply();
  throw error;
}

function theme() {
  // The style sheet says what is dark; who asks for a theme gets it whatever the system has.
  const { theme: wanted = '' } = asked;
  const only = wanted.includes('dark') === wanted.includes('light') ? '' : wanted.replace('only', '').trim();
  for (const rule of [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])) {
    if (!rule.media || !(rule.half ?? rule.media.mediaText).includes('color-scheme: dark')) continue;
    rule.half ??= rule.media.mediaText;
    rule.media.mediaText = { dark: 'all', light: 'not all' }[only] ?? rule.half;
  }
  const root = document.documentElement;
  root.style.colorScheme = only;
  embed?.theme(getComputedStyle(root));
  painted.theme = `${only} ${dark.matches}`;
  wake();
}

async function show() {
  const before = asked;
  asked = ask();
  const { scenario = '', link = '', at = '', controls = '', tracks: named = '' } = asked;
  const same = ['scenario', 'link', 'at', 'controls', 'tracks'].every((key) => before[key] === asked[key]);
  if (embed && same) return theme();
  const mine = ++shows;
  const enough = document.documentElement.dataset.first.split(' ').includes(scenario) && !link && !named;
  try {
    await Promise.all([ready, enough || fetchRest()]);
    // Meanwhile something else was asked for.
    if (mine !== shows) return;
    embed?.free();
    embed = new Embed(scenario, link, at, controls, named);
  } catch (error) {
    complain('Half-Open could not start here. It needs a browser with WebAssembly.');
    tell('error', { message: 'Half-Open could not start.' });
    throw error;
  }
  told = false;
  playing = false;
  painted = {};
  play.classList.remove('on');
  const { end, scenario: name } = state();
  Object.assign(scrub, { max: end, step: end / 600, disabled: false });
  play.disabled = by('reset').disabled = false;
  tracks.hidden = !embed.has_tracks();
  // As much room as the page around it keeps for them.
  tracks.style.height = `${29 + 56 * named.split(',').filter((track) => track.trim()).length}px`;
  by('title').textContent = embed.title();
  document.title = asked.caption || `${embed.title()} — Half-Open`;
  stage.setAttribute('aria-label', `The system: ${name}`);
  settings();
  complain(embed.problems());
  if (embed.problems()) tell('error', { message: embed.problems() });
  theme();
}

// What the page around it may ask for. Whoever gets an answer gave the message an `id`.
const toText = (value) => {
  if (value === undefined) return '';
  if (typeof value === 'number') value = String(value);
  if (typeof value !== 'string') throw 'A text or a number is expected.';
  if (value.length > LONGEST) throw `A text of more than ${LONGEST} characters is not read.`;
  return value;
};
const toSize = (value) => {
  if (value !== undefined && typeof value !== 'number') throw '“size” must be a number.';
  return value;
};
// Once everything that was asked for before is there.
const arrival = () => new Promise((arrived) => {
  waiting.push(arrived);
  wake();
});
const after = (act) => (message) => deed(() => {
  act(message);
  stand();
});
// What is done by hand is done at the moment that is shown.
const byHand = (act) => async (message) => {
  if (embed.waits()) await arrival();
  await after(act)(message);
};
const ANSWERS = {
  play: () => run(true),
  pause: () => run(false),
  seek: ({ to }) => embed.go(typeof to === 'number' ? `${to}s` : toText(to)),
  set: after(({ path, value }) => embed.set(toText(path), toText(value))),
  trip: byHand(({ line, action }) => embed.breaker(toText(line), toText(action))),
  fault: byHand(({ kind, target, size, lasts }) =>
    embed.fault(toText(kind), toText(target), toSize(size), toText(lasts))),
  heal: byHand(({ target }) => embed.heal(toText(target))),
  reset: after(() => reset()),
  'state?': () => {},
};

const reply = () => {
  for (const arrived of waiting.splice(0)) arrived();
};

let line = Promise.resolve();
addEventListener('message', ({ data, source, origin }) => {
  if (!asked.host || source !== parent || origin !== asked.host) return;
  if (typeof data !== 'object' || data?.halfOpen !== VERSION || !(embed || told)) return;
  if (typeof data.type !== 'string' || !Object.hasOwn(ANSWERS, data.type)) return;
  const named = typeof data.id === 'number' || (typeof data.id === 'string' && data.id.length <= LONGEST);
  const id = named ? { id: data.id } : {};
  // One after another, also where one of them waits for the second part.
  line = line.then(() => answer(data, id));
});

async function answer(data, id) {
  const complains = (problem) =>
    tell('error', { message: typeof problem === 'string' ? problem : 'It could not be done.', ...id });
  const tells = () => {
    if (!embed) throw BROKE;
    tell('state', { state: state(), ...id });
  };
  try {
    if (!embed) throw BROKE;
    await ANSWERS[data.type](data);
    if (data.type === 'state?') tells();
    else arrival().then(tells).catch(complains);
  } catch (problem) {
    complains(problem);
  }
}

function reset() {
  run(false);
  embed.reset();
  stand();
  complain('');
}

play.addEventListener('click', () => run(!playing));
scrub.addEventListener('input', () => {
  embed.seek(Number(scrub.value));
  wake();
});
by('reset').addEventListener('click', () => deed(reset).catch(complain));
by('problem').querySelector('button').addEventListener('click', () => complain(''));
knobs.addEventListener('submit', (event) => event.preventDefault());
const opens = by('open');
const aim = () => embed && (opens.href = `../#s=${embed.link()}`);
for (const sign of ['pointerenter', 'focus']) opens.addEventListener(sign, () => deed(aim).catch(() => {}));
opens.addEventListener('click', aim);
const drag = ({ offsetX, buttons }) => {
  if (!buttons || !embed) return;
  embed.seek(embed.time_at(offsetX));
  wake();
};
for (const event of ['pointerdown', 'pointermove']) over.addEventListener(event, drag);
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') complain('');
  if (event.key !== ' ' || !embed || event.target.closest('button, select, a, [type=checkbox]')) return;
  event.preventDefault();
  run(!playing);
});
// Somebody comes who may change something.
for (const sign of ['pointermove', 'pointerdown', 'focusin', 'keydown']) {
  addEventListener(sign, () => embed && fetchRest(), { once: true, passive: true });
}
addEventListener('hashchange', show);
document.addEventListener('visibilitychange', () => {
  last = undefined;
  wake();
});
dark.addEventListener('change', theme);
new ResizeObserver(wake).observe(document.body);
// Out of sight nothing moves, whatever page it is in.
new IntersectionObserver((entries) => {
  // A slide that moves in may be told out of sight and in sight at once.
  seen = entries.at(-1).isIntersecting;
  last = undefined;
  wake();
}).observe(document.body);
show();
