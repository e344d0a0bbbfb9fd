// The dialog that offers a run for other tools. Fetched when somebody exports. What is written comes
// from the module for files, in a worker.

import { closeButton, fetchStyle, giveBack, make } from './dialog.js';

/// Makes the dialog ready: fetches its style sheet.
export default () => fetchStyle('export.css');

let dialog;

/// Offers the run of a link.
function offer(module, link) {
  dialog ??= build(JSON.parse(module.formats()));
  dialog.show(link);
}

export { offer as export };

const megabytes = (size) => `${(size / 1e6).toFixed(size < 1e5 ? 3 : 1)} MB`;

function save(file, name) {
  const href = URL.createObjectURL(file);
  make('a', { href, download: name }).click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

function build(formats) {
  const status = make('p', { role: 'status', class: 'soft' });
  const close = closeButton();
  const choices = formats.map(([format, title, about]) => {
    const button = make('button', { type: 'button', class: 'pill' }, title);
    const sentence = make('p', { id: `export-${format}` }, about);
    button.setAttribute('aria-describedby', sentence.id);
    button.addEventListener('click', () => write(format));
    return [button, sentence];
  });
  const element = make('dialog', { class: 'help export', 'aria-labelledby': 'export-title' },
    make('h2', { id: 'export-title' }, 'This run, for other tools'),
    close,
    make('div', { class: 'formats' }, ...choices.flat()),
    status);
  document.body.append(element);

  let worker;
  let link;
  let back;

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
      status.textContent = `Writing: ${megabytes(size)}`;
      if (reason) say(`Nothing was exported. ${reason}`);
      if (!file) return;
      save(file, name);
      say(`Exported as ${name}, ${megabytes(size)}.`);
    };
    mine.onerror = () => say('Nothing was exported: is there a connection?');
    mine.postMessage({ link, format });
  }

  close.addEventListener('click', () => element.close());
  element.addEventListener('close', () => {
    end();
    giveBack(back);
  });

  return {
    show(next) {
      link = next;
      status.textContent = '';
      if (!element.open) {
        back = document.activeElement;
        element.showModal();
      }
      choices[0][0].focus();
    },
  };
}
