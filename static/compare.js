// The dialog in which two breakers are asked about recorded calls. Fetched when somebody opens such
// a file, or the example. What is computed, drawn and said comes from the module for files; texts
// are set as text and pictures as images, so nothing of a file becomes a part of the page.

import { closeButton, fetchStyle, giveBack, make } from './dialog.js';

// The names of the style sheet that pictures need.
const THEME = ['paper', 'ink', 'soft', 'line', 'request', 'ok', 'failure', 'probe', 'sans'];
// How many calls are handled between two looks at the clock; how many milliseconds pass until the
// rest of the page has its turn.
const SLICE = 500;
const TURN = 40;

const pause = () => new Promise((resolve) => setTimeout(resolve));

/// Works until nothing is left, in slices. Stops when it is told so between two of them.
async function inSlices(work, goesOn = () => true) {
  for (let since = performance.now(); work(SLICE); ) {
    if (performance.now() - since < TURN) continue;
    await pause();
    if (!goesOn()) return;
    since = performance.now();
  }
}

/// Makes the dialog ready: fetches its style sheet.
export default () => fetchStyle('compare.css');

let dialog;

/// Shows the calls of a file, or of the example. Fails with a sentence if there are none.
export async function compare(module, file) {
  const bytes = file
    ? new Uint8Array(await file.arrayBuffer())
    : new TextEncoder().encode(module.example());
  const comparison = new module.Comparison(bytes);
  try {
    await inSlices((rows) => comparison.read(rows));
  } catch (reason) {
    comparison.free();
    throw reason;
  }
  dialog ??= build(JSON.parse(module.presets()));
  dialog.show(comparison, file?.name);
}

/// What a side of the comparison consists of: which breaker, its picture, its numbers.
function buildSide(presets, place, label) {
  const select = make('select', { class: 'pill', 'aria-label': label });
  for (const [name, title] of presets) select.append(make('option', { value: name }, title));
  select.value = place === 0 ? 'resilience4j' : 'polly';
  const about = make('p', { class: 'soft' });
  const picture = make('img', { alt: '' });
  const numbers = make('p', { class: 'verdict' });
  const section = make('section', { 'aria-label': label },
    make('div', { class: 'asked' }, select, about), picture, numbers);
  return { select, about, picture, numbers, section };
}

function build(presets) {
  const sides = [buildSide(presets, 0, 'Breaker above'), buildSide(presets, 1, 'Breaker below')];
  const load = { name: make('b'), sentence: make('span'), picture: make('img', { alt: '' }) };
  const problem = make('p', { class: 'problem', role: 'status' });
  const scale = make('span');
  const table = make('div', { class: 'changes' });
  const command = make('code');
  const close = closeButton();
  const choose = make('button', { type: 'button', class: 'pill' }, 'Choose a file');
  const good = make('span');
  const key = (kind, text) => make('li', {}, make('i', { class: kind }), text);
  const element = make('dialog', { class: 'help compare', 'aria-labelledby': 'compare-title' },
    make('h2', { id: 'compare-title' }, 'What two breakers would have done'),
    close,
    make('p', {}, load.name, ' ', load.sentence),
    problem,
    load.picture,
    make('ul', { class: 'key' },
      key('good', good), key('bad', 'failed'), key('refused', 'hollow: rejected'),
      make('li', { class: 'soft' }, scale)),
    sides[0].section,
    sides[1].section,
    make('details', {}, make('summary', {}, 'Every change of state, as a table'), table),
    make('div', { class: 'own' }, choose, make('p', { class: 'soft' },
      'Your own calls: a CSV with the columns timestamp, duration and outcome, chosen or dropped. ',
      'It stays on this computer. On the command line: ', command)));
  document.body.append(element);

  let comparison;
  let name;
  // Counts what was asked for: an answer to what was asked before is not shown.
  let asked = 0;
  let back;

  const show = (image, svg, described) => {
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    image.alt = described;
  };

  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const theme = THEME.map((entry) => [entry, style.getPropertyValue(`--${entry}`).trim()]);
    const width = sides[0].section.clientWidth;
    const told = JSON.parse(comparison.told(width, JSON.stringify(Object.fromEntries(theme))));
    load.name.textContent = name;
    load.sentence.textContent = told.load.sentence;
    problem.textContent = told.problem ?? '';
    good.textContent = told.load.good;
    scale.textContent = told.load.scale;
    show(load.picture, told.load.picture, told.load.described);
    told.breakers.forEach((breaker, place) => {
      const side = sides[place];
      side.about.textContent = breaker.about;
      side.numbers.textContent = breaker.sentence;
      show(side.picture, breaker.picture, breaker.described);
    });
    table.replaceChildren(...told.breakers.map(tabulate));
    command.textContent = `half-open replay --breaker ${told.breakers[0].preset} ${name}`;
  };

  const tabulate = ({ changes, more }, place) => {
    const { options, selectedIndex } = sides[place].select;
    const row = (kind, cells) => make('tr', {}, ...cells.map((cell) => make(kind, {}, cell)));
    const head = row('th', ['after', 'change', 'because', 'line']);
    const rest = more > 0 ? [row('td', ['…', `and ${more} more`, '', ''])] : [];
    const rows = changes.map((change) => row('td', change));
    return make('table', {},
      make('caption', {}, options[selectedIndex].text),
      make('thead', {}, head), make('tbody', {}, ...rows, ...rest));
  };

  const ask = async () => {
    asked += 1;
    const mine = asked;
    const started = performance.now();
    sides.forEach(({ select }, place) => comparison.choose(place, select.value));
    await inSlices((calls) => {
      if (performance.now() - started > 100) problem.textContent = 'Computing…';
      return comparison.replay(calls);
    }, () => asked === mine);
    if (asked === mine) draw();
  };

  const redraw = () => {
    if (element.open && comparison) ask();
  };

  const forget = () => {
    asked += 1;
    comparison?.free();
    comparison = undefined;
  };

  for (const { select } of sides) select.addEventListener('change', redraw);
  close.addEventListener('click', () => element.close());
  // What is opened next is shown anew, or refused where it can be read.
  choose.addEventListener('click', () => document.getElementById('chooser').click());
  document.addEventListener('change', ({ target }) => {
    if (target.id === 'chooser') element.close();
  }, { capture: true });
  element.addEventListener('drop', () => element.close());
  element.addEventListener('close', () => {
    // It may have been opened again since.
    if (element.open) return;
    forget();
    giveBack(back);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('resize', redraw);

  return {
    show(next, file) {
      forget();
      comparison = next;
      name = file ?? 'example.csv';
      if (!element.open) {
        back = document.activeElement;
        element.showModal();
      }
      sides[0].select.focus();
      ask();
    },
  };
}
