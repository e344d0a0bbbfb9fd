// The dialog that says what a change bought: two settings under the same luck, seed after seed.
// Fetched when somebody compares. What is computed and said comes from the module for files, in a
// worker; texts are set as text.

import { closeButton, fetchStyle, giveBack, make } from './dialog.js';

const SEEDS = [20, 100, 500];

/// Makes the dialog ready: fetches its style sheet.
export default () => fetchStyle('versus.css');

let dialog;

/// Shows what is known of these settings, each a name and a link; the last one is compared with the
/// first one.
export function versus(settings) {
  dialog ??= build();
  dialog.show(settings);
}

const VERDICTS = {
  better: '▲ better',
  worse: '▼ worse',
  differs: 'differs',
  same: 'the same',
  unsure: 'too close to call',
};

function build() {
  const choice = (label) => make('select', { class: 'pill', 'aria-label': label });
  const [first, second] = [choice('A'), choice('B')];
  const seeds = make('select', { class: 'pill', 'aria-label': 'How many seeds' });
  for (const count of SEEDS) seeds.append(make('option', { value: count }, `${count} seeds`));
  seeds.value = 100;
  const swap = make('button', { type: 'button', class: 'pill', 'aria-label': 'Swap A and B' }, '⇄');
  const stop = make('button', { type: 'button', class: 'pill' }, 'Stop');
  const progress = make('progress', { 'aria-label': 'Seeds compared', max: 1, value: 0 });
  const status = make('p', { role: 'status', class: 'soft' });
  const body = make('tbody');
  const head = make('tr', {},
    ...['', 'A', 'B', 'B − A', ''].map((text) => make(text ? 'th' : 'td', text ? { scope: 'col' } : {}, text)));
  const table = make('table', {}, make('thead', {}, head), body);
  const close = closeButton();
  const element = make('dialog', { class: 'help versus', 'aria-labelledby': 'versus-title' },
    make('h2', { id: 'versus-title' }, 'What the change bought'),
    close,
    make('div', { class: 'asked' },
      make('b', {}, 'A'), first, swap, make('b', {}, 'B'), second, seeds),
    make('p', { class: 'soft' }, 'Both see the same arrivals, the same work and the same faults, ',
      'seed after seed; ± is the 95 % interval of the difference.'),
    make('div', { class: 'held' }, progress, status, stop),
    make('div', { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Differences' }, table));
  const recorded = make('button', { type: 'button', class: 'pill' }, 'Two breakers on recorded calls');
  element.append(make('div', { class: 'own' }, recorded));
  document.body.append(element);

  let worker;
  let back;

  const end = () => {
    worker?.terminate();
    worker = undefined;
    stop.hidden = true;
  };

  const fill = ({ held, of, lines }) => {
    progress.value = held / of;
    status.textContent = `${held} of ${of} seeds`;
    // Rows stay where they are: only their texts change.
    if (body.children.length === 0) {
      body.append(...lines.map(({ label }) => make('tr', {},
        make('th', { scope: 'row' }, label), make('td'), make('td'), make('td'), make('td'))));
    }
    lines.forEach(({ a, b, difference, verdict }, place) => {
      const row = body.children[place];
      row.className = verdict;
      [a, b, difference, VERDICTS[verdict]].forEach((text, cell) => {
        row.children[cell + 1].textContent = text;
      });
    });
  };

  const compare = () => {
    end();
    stop.hidden = false;
    status.textContent = '';
    progress.value = 0;
    const mine = new Worker(new URL('versus-worker.js', import.meta.url), { type: 'module' });
    worker = mine;
    const failed = (reason) => {
      end();
      status.textContent = reason;
    };
    mine.onmessage = ({ data }) => {
      if (worker !== mine) return;
      if (data.told) fill(JSON.parse(data.told));
      if (data.done) end();
      if (data.reason) failed(data.reason);
    };
    mine.onerror = () => failed('The part of the page that compares could not be fetched.');
    mine.postMessage({ a: first.value, b: second.value, seeds: Number(seeds.value) });
  };

  for (const select of [first, second, seeds]) select.addEventListener('change', compare);
  swap.addEventListener('click', () => {
    [first.value, second.value] = [second.value, first.value];
    compare();
  });
  stop.addEventListener('click', () => {
    end();
    status.textContent += ', stopped';
  });
  recorded.addEventListener('click', async () => {
    // The next dialog gives the focus back to where this one did.
    element.close();
    try {
      await globalThis.halfOpenFiles('compare');
    } catch (reason) {
      element.showModal();
      status.textContent = reason;
    }
  });
  close.addEventListener('click', () => element.close());
  element.addEventListener('close', () => {
    end();
    giveBack(back);
  });

  return {
    show(settings) {
      for (const select of [first, second]) {
        select.replaceChildren(...settings.map(([name, link]) => make('option', { value: link }, name)));
      }
      first.selectedIndex = 0;
      second.selectedIndex = settings.length - 1;
      body.replaceChildren();
      if (!element.open) {
        back = document.activeElement;
        element.showModal();
      }
      second.focus();
      compare();
    },
  };
}
