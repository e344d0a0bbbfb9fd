// The dialog that gives a moment away: as a link, as a part of another page, as pictures and as files.
// Fetched when somebody shares.

import { closeButton, fetchStyle, giveBack, make } from './dialog.js';

const BASE = new URL('.', import.meta.url);

/// Fetches the element that embeds as other pages do: it finds the rest by where its script is from.
const fetchElement = () => new Promise((resolve, reject) => {
  const script = make('script', { src: new URL('embed.js', BASE) });
  script.onload = resolve;
  script.onerror = () => {
    script.remove();
    reject();
  };
  document.head.append(script);
});

/// Makes the dialog ready: its style sheet, and the element that embeds.
export default () => Promise.all([fetchStyle('share.css'), fetchElement()]);

/// Heights that suit a page; the first leaves it to the embed.
const HEIGHTS = ['auto', '360', '480', '600'];

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/// Copies a text, and says on the button that it did; where a browser allows nothing, it is marked to be copied by hand.
async function copy(field, button, status) {
  const { textContent: name } = button;
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = 'Copied';
    status.textContent = `${field.getAttribute('aria-label')}: copied.`;
    button.addEventListener('blur', () => (button.textContent = name), { once: true });
  } catch {
    field.focus();
    field.select();
    status.textContent = 'The browser does not let a page copy: it is marked, press Ctrl+C.';
  }
}

/// Boxes to tick, each with what it stands for.
function ticks(legend, choices, changed) {
  const boxes = choices.map(([value, label]) => {
    const box = make('input', { type: 'checkbox', value });
    box.addEventListener('change', changed);
    return [box, make('label', {}, box, label)];
  });
  const element = make('fieldset', {}, make('legend', {}, legend), ...boxes.map(([, label]) => label));
  element.hidden = !choices.length;
  return { element, chosen: () => boxes.filter(([box]) => box.checked).map(([box]) => box.value).join(', ') };
}

function choice(label, options, changed) {
  const select = make('select', { class: 'pill' }, ...options.map((value) => make('option', {}, value)));
  select.addEventListener('change', changed);
  return [select, make('label', {}, make('span', {}, label), select)];
}

/// Shows a moment: its `address`, the `link` in that, the `scenario` if it is one that comes with the page and
/// its moment `at`, a `title`, the `knobs` that suit it and all `tracks`. The answer is what has a dialog of its
/// own, `export` or `save`, or nothing.
export function share([address, link, scenario, at, title, knobs, tracks]) {
  // Who pressed twice while it was fetched has it once.
  if (document.querySelector('dialog.share')) return Promise.resolve('');
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  let next = '';
  const before = document.activeElement;
  const status = make('p', { role: 'status', class: 'soft' });
  const close = closeButton();

  const here = make('input', { type: 'text', readonly: '', class: 'mono', value: address, 'aria-label': 'Link to this moment' });
  const copyLink = make('button', { type: 'button', class: 'pill strong' }, 'Copy link');
  copyLink.onclick = () => copy(here, copyLink, status);

  const run = make('half-open', {});
  const snippet = make('textarea', { readonly: '', rows: '7', class: 'mono', 'aria-label': 'Code for your page', spellcheck: 'false' });
  const copyCode = make('button', { type: 'button', class: 'pill' }, 'Copy code');
  copyCode.onclick = () => copy(snippet, copyCode, status);
  const caption = make('input', { type: 'text', maxlength: '200' });
  const shown = ticks('Tracks', tracks.map((name) => [name, name]), write);
  const turned = ticks('Settings to turn', knobs, write);
  const [height, ofHeight] = choice('Height', HEIGHTS, write);
  const [theme, ofTheme] = choice('Theme', ['auto', 'light', 'dark'], write);
  const size = make('p', { class: 'soft' });
  caption.oninput = write;

  /// The attributes of the element, in the order in which they are read.
  function attributes() {
    const pixels = Number(height.value) ? height.value : '';
    const all = {
      ...(scenario ? { scenario, at } : { link }),
      controls: turned.chosen(), tracks: shown.chosen(), caption: caption.value.trim(),
      theme: theme.value === 'auto' ? '' : theme.value, height: pixels,
    };
    return Object.entries(all).filter(([, value]) => value);
  }

  function write() {
    const set = attributes();
    for (const name of run.getAttributeNames()) if (!set.some(([kept]) => kept === name)) run.removeAttribute(name);
    for (const [name, value] of set) if (run.getAttribute(name) !== value) run.setAttribute(name, value);
    const still = scenario ? `${BASE}stills/${scenario}.svg` : 'still.svg';
    const written = set.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
    snippet.value = `<script src="${BASE}embed.js"></script>
<half-open${written}>
  <a href="${escaped(address)}"><img src="${still}" alt="${escaped(title)}"></a>
</half-open>`;
    requestAnimationFrame(() => {
      const { offsetWidth, offsetHeight } = run;
      if (offsetHeight) size.textContent = `Here ${offsetWidth} × ${offsetHeight} pixels; as wide as there is room in your page.`;
    });
  }

  const other = (name, what) => {
    const button = make('button', { type: 'button', class: 'pill' }, name);
    button.onclick = () => {
      next = what;
      dialog.close();
    };
    return button;
  };
  const without = scenario
    ? 'Readers without script, and paper, get the picture, which leads to this moment.'
    : 'Readers without script, and paper, get still.svg from beside your page: save it with Pictures and films.';
  const dialog = make('dialog', { class: 'help share', 'aria-labelledby': 'share-title' },
    make('h2', { id: 'share-title' }, 'Share'),
    close,
    make('section', { 'aria-labelledby': 'share-link' },
      make('h3', { id: 'share-link' }, 'Link to this moment'),
      make('div', { class: 'line' }, here, copyLink),
      make('p', { class: 'soft' }, 'It holds everything: the system, what was done to it, its luck and the moment. The same run on every machine.')),
    make('section', { 'aria-labelledby': 'share-embed' },
      make('h3', { id: 'share-embed' }, 'In your page'),
      make('div', { class: 'embed' },
        make('div', { class: 'preview' }, run, size),
        make('div', { class: 'choices' },
          make('label', {}, make('span', {}, 'Caption'), caption), ofHeight, ofTheme, shown.element, turned.element)),
      snippet,
      make('div', { class: 'line' }, copyCode, make('p', { class: 'soft' }, without))),
    make('section', { 'aria-labelledby': 'share-more' },
      make('h3', { id: 'share-more' }, 'As a file'),
      make('div', { class: 'line' }, other('Pictures and films', 'export'), other('The experiment', 'save'))),
    status);
  close.onclick = () => dialog.close();
  dialog.onclick = ({ target }) => {
    if (target === dialog) dialog.close();
  };
  dialog.onclose = () => {
    dialog.remove();
    giveBack(before);
    resolve(next);
  };
  document.body.append(dialog);
  dialog.showModal();
  copyLink.focus();
  write();
  return promise;
}
