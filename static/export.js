// The dialog that offers pictures and films of a run, and the run itself for other tools. Fetched when
// somebody exports. What is written comes from the module for files, in a worker.

import { closeButton, fetchStyle, giveBack, make } from './dialog.js';
import { amount, pictures } from './export-pictures.js';

/// Makes the dialog ready: fetches its style sheet.
export default () => fetchStyle('export.css');

let dialog;

/// Offers the run of a link, with the tracks that are shown, the speed of the page, and those there are.
function offer(module, [link, tracks, speed, speeds]) {
  dialog ??= build(module);
  dialog.show({ link, tracks, speed, speeds });
}

export { offer as export };

function save(file, name) {
  const href = URL.createObjectURL(file);
  make('a', { href, download: name }).click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/// Spans, rows and events: what other tools read.
function tools(formats) {
  const status = make('p', { role: 'status', class: 'soft' });
  const choices = formats.map(([format, title, about]) => {
    const button = make('button', { type: 'button', class: 'pill' }, title);
    const sentence = make('p', { id: `export-${format}` }, about);
    button.setAttribute('aria-describedby', sentence.id);
    button.addEventListener('click', () => write(format));
    return [button, sentence];
  });
  const element = make('div', { class: 'tools' },
    make('p', {}, 'This run as data, for other tools.'),
    make('div', { class: 'formats' }, ...choices.flat()),
    status);

  let worker;
  let link;

  const end = () => {
    worker?.terminate();
    worker = undefined;
  };

  function write(format) {
    end();
    status.textContent = 'Simulating…';
    const mine = new Worker(new URL('export-worker.js', import.meta.url), { type: 'module' });
    worker = mine;
    const say = (sentence) => {
      end();
      status.textContent = sentence;
    };
    mine.onmessage = ({ data: { size, name, file, reason } }) => {
      if (worker !== mine) return;
      status.textContent = `Writing: ${amount(size)}`;
      if (reason) say(`Nothing was exported. ${reason}`);
      if (!file) return;
      save(file, name);
      say(`Exported as ${name}, ${amount(size)}.`);
    };
    mine.onerror = () => say('Nothing was exported: is there a connection?');
    mine.postMessage({ link, format });
  }

  const show = (next) => {
    ({ link } = next);
    status.textContent = '';
  };
  return { element, show, end, first: () => choices[0][0] };
}

function build(module) {
  const parts = [
    ['pictures', 'Pictures and films', pictures(module, save)],
    ['tools', 'For other tools', tools(JSON.parse(module.formats()))],
  ];
  const close = closeButton();
  const tabs = parts.map(([name, title, part]) => {
    part.element.id = `export-${name}`;
    part.element.setAttribute('role', 'tabpanel');
    part.element.setAttribute('aria-labelledby', `export-tab-${name}`);
    return make('button', { type: 'button', role: 'tab', id: `export-tab-${name}`, 'aria-controls': part.element.id }, title);
  });
  const element = make('dialog', { class: 'help export', 'aria-labelledby': 'export-title' },
    make('h2', { id: 'export-title' }, 'Export'),
    close,
    make('div', { role: 'tablist', 'aria-labelledby': 'export-title' }, ...tabs),
    ...parts.map(([, , part]) => part.element));
  document.body.append(element);

  let chosen = 0;
  let back;
  let shown;

  const choose = (place) => {
    parts[chosen][2].end();
    chosen = place;
    tabs.forEach((tab, other) => {
      tab.setAttribute('aria-selected', other === place);
      tab.tabIndex = other === place ? 0 : -1;
      parts[other][2].element.hidden = other !== place;
    });
    parts[place][2].show(shown);
  };
  tabs.forEach((tab, place) => {
    tab.addEventListener('click', () => choose(place));
    tab.addEventListener('keydown', ({ key }) => {
      const by = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[key];
      if (!by) return;
      const next = (place + by) % tabs.length;
      choose(next);
      tabs[next].focus();
    });
  });

  close.addEventListener('click', () => element.close());
  element.addEventListener('close', () => {
    parts.forEach(([, , part]) => part.end());
    giveBack(back);
  });

  return {
    show(next) {
      shown = next;
      if (!element.open) {
        back = document.activeElement;
        element.showModal();
      }
      choose(chosen);
      parts[chosen][2].first().focus();
    },
  };
}
