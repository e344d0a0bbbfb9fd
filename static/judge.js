// The dialog in which a challenge is judged: under one seed after another, so that luck does not win.
// Fetched when somebody asks for that; texts are set as text.

import { closeButton, giveBack, make } from './dialog.js';

/// Nothing has to be fetched for it.
export default async () => {};

const SCALE = 10;

/// Judges what a link stands for by goals, one a line. So many settings were changed for it.
export function judge(link, goals, seeds, changed) {
  // Who pressed twice while it was fetched has it once.
  if (document.querySelector('dialog.judged')) return;
  const before = document.activeElement;
  const close = closeButton();
  const status = make('p', { role: 'status', class: 'verdict' });
  const squares = make('p', { class: 'seeds', 'aria-hidden': 'true' });
  const list = make('ul', { class: 'goals' });
  const copy = make('button', { type: 'button', class: 'pill' }, 'Copy a link to this solution');
  const copied = make('span', { role: 'status', class: 'soft' });
  const dialog = make('dialog', { class: 'help judged', 'aria-labelledby': 'judged-title' },
    make('h2', { id: 'judged-title' }, `Judged under ${seeds} seeds`),
    close,
    make('p', { class: 'soft' }, 'The same system under other luck, again and again: it passes if all goals ',
      'are met under nine seeds in ten.'),
    squares, status, list, make('div', { class: 'asked' }, copy, copied));
  const rows = goals.split('\n').map((goal) => {
    const count = make('span', { class: 'mono' });
    const text = goal.replaceAll('>=', '≥').replaceAll('<=', '≤').replaceAll('"', '');
    list.append(make('li', {}, `${text} `, count));
    return count;
  });
  let last = 0;
  const show = ({ held, of, met, goals: each, passed }) => {
    // One seed after the other: whoever looks sees which way it goes.
    squares.textContent = '';
    squares.append(make('b', {}, '■'.repeat(Math.round((met / of) * 5 * SCALE))),
      make('i', {}, '■'.repeat(Math.round(((held - met) / of) * 5 * SCALE))),
      '□'.repeat(Math.max(0, Math.round(((of - held) / of) * 5 * SCALE))));
    rows.forEach((row, place) => { row.textContent = `${each[place]} of ${held}`; });
    dialog.classList.toggle('passed', passed === true);
    const settings = `${changed} ${changed === 1 ? 'setting' : 'settings'}`;
    if (held < of) {
      if (held - last > 9) {
        status.textContent = `${held} of ${of} seeds…`;
        last = held;
      }
    } else {
      status.textContent = passed
        ? `Passed: all goals are met under ${met} of ${of} seeds, with ${settings} changed.`
        : `Not yet: all goals are met under ${met} of ${of} seeds only.`;
    }
  };
  const worker = new Worker(new URL('judge-worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data: { told, reason } }) => {
    if (reason) status.textContent = reason;
    else show(JSON.parse(told));
  };
  worker.onerror = () => {
    status.textContent = 'The judge could not be fetched: is there a connection?';
  };
  worker.postMessage({ link, goals, seeds });
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      copied.textContent = 'It is on the clipboard.';
    } catch {
      copied.textContent = 'The address bar holds it.';
    }
  };
  close.onclick = () => dialog.close();
  dialog.onclose = () => {
    worker.terminate();
    dialog.remove();
    giveBack(before);
  };
  document.body.append(dialog);
  dialog.showModal();
}
