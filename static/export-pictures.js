// The part of the export dialog that makes pictures and films. What is chosen becomes an order; whether that
// can be done, and what it comes to, is said by the module for files. A worker draws.

import { make } from './dialog.js';
import { encoderFor } from './export-encoders.js';

const FORMATS = [
  ['svg', 'SVG', 'A moment as shapes: sharp at any size.'],
  ['png', 'PNG', 'A moment as pixels.'],
  ['strip-svg', 'Filmstrip, SVG', 'Four moments beside each other.'],
  ['strip-png', 'Filmstrip, PNG', 'Four moments beside each other.'],
  ['gif', 'GIF', 'A film that plays everywhere.'],
  ['webm', 'WebM', 'A film for slides and pages: small and sharp.'],
  ['mp4', 'MP4', 'A film for programs that know no WebM.'],
  ['motion', 'Animated SVG', 'A short film as shapes: up to 1 MB.'],
  ['print', 'Paper or PDF', 'A moment on a sheet, A4 landscape.'],
];
const FILMS = ['gif', 'webm', 'mp4', 'motion'];
const STRIPS = ['strip-svg', 'strip-png'];
const RASTER = ['png', 'strip-png', 'gif', 'webm', 'mp4'];
const SHAPES = ['svg', 'strip-svg', 'motion'];
const SIZES = [[640, 480], [960, 540], [1280, 720], [1920, 1080]];
const RATES = [10, 20, 25, 50];
const ROLES = ['paper', 'card', 'ink', 'soft', 'line', 'hollow', 'request', 'ok', 'failure', 'waiting', 'probe', 'replay', 'selected', 'highlight', 'ghost'];
// Somebody who types is not interrupted by every letter: so many milliseconds without one.
const PAUSE = 150;

export const amount = (size) => (size < 1e6 ? `${Math.ceil(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`);

/// The colours of both themes and the fonts, as the style sheet has them.
function colours() {
  const sheets = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const roots = (rules) => [...rules].filter(({ selectorText }) => /^:root\b/.test(selectorText ?? ''));
  const media = sheets.filter(({ conditionText }) => /prefers-color-scheme:\s*dark/.test(conditionText ?? ''));
  const read = (rules) => {
    const found = (name) => rules.map(({ style }) => style.getPropertyValue(`--${name}`).trim()).filter(Boolean).at(-1);
    return Object.fromEntries(ROLES.map((role) => [role, found(role) ?? '']));
  };
  const light = roots(sheets);
  const dark = [...light, ...media.flatMap(({ cssRules }) => roots(cssRules))];
  const style = getComputedStyle(document.documentElement);
  const font = (name) => style.getPropertyValue(`--${name}`).trim();
  return JSON.stringify({ light: read(light), dark: read(dark), sans: font('sans'), mono: font('mono') });
}

/// The part of the dialog: `element`, `show` for what is on the page, and `end` when nobody wants it any more.
export function pictures(module, save) {
  const fields = {};
  const marks = {};
  const choice = (options) => {
    const select = make('select', { class: 'pill' });
    select.append(...options.map(([value, text]) => make('option', { value }, text)));
    return select;
  };
  const typed = () => make('input', { type: 'text', class: 'pill', autocomplete: 'off', inputmode: 'decimal' });
  const row = (name, label, control, unit) => {
    const amiss = make('span', { class: 'amiss', id: `picture-${name}-amiss` });
    control.id = `picture-${name}`;
    control.setAttribute('aria-describedby', amiss.id);
    fields[name] = control;
    marks[name] = amiss;
    const box = unit ? make('span', { class: 'measured' }, control, make('span', { class: 'soft' }, unit)) : control;
    return make('div', { class: 'field', 'data-of': name }, make('label', { for: control.id }, label), box, amiss);
  };
  const tick = (name, label) => {
    fields[name] = make('input', { type: 'checkbox' });
    return make('label', { class: 'tick' }, fields[name], make('span', {}, label));
  };

  const caption = make('input', { type: 'text', class: 'pill', autocomplete: 'off', maxlength: 300 });
  const form = make('form', { class: 'choices', novalidate: '' },
    row('format', 'Format', choice(FORMATS.map(([value, name]) => [value, name]))),
    row('what', 'What', choice([['both', 'Stage and timeline'], ['stage', 'Stage'], ['timeline', 'Timeline']])),
    row('at', 'Moment', typed(), 's'),
    row('range', 'Range', choice([['marked', 'What is marked'], ['shown', 'What the timeline shows'], ['whole', 'The whole run'], ['own', 'My own']])),
    make('div', { class: 'two ends' }, row('from', 'From', typed(), 's'), row('to', 'To', typed(), 's')),
    make('div', { class: 'two timing' },
      row('speed', 'Speed', choice([])),
      row('rate', 'Pictures a second', choice(RATES.map((rate) => [rate, rate])))),
    row('size', 'Size', choice([...SIZES.map(([w, h]) => [`${w} ${h}`, `${w} × ${h}`]), ['own', 'My own']])),
    make('div', { class: 'two own' }, row('width', 'Width', typed(), 'px'), row('height', 'Height', typed(), 'px')),
    make('div', { class: 'two' },
      row('theme', 'Colours', choice([['light', 'Light'], ['dark', 'Dark'], ['both', 'As the reader has it']])),
      row('scale', 'Pixels', choice([1, 2, 3, 4].map((scale) => [scale, `${scale}×`])))),
    row('caption', 'Caption', caption),
    make('div', { class: 'ticks' },
      tick('told', 'What is going on, in a sentence'),
      tick('signed', 'Name and time'),
      tick('again', 'Play again and again')));
  const about = make('p', { class: 'soft' });
  const facts = make('p', { class: 'facts' });
  const picture = make('img', { alt: '' });
  const progress = make('progress', { 'aria-label': 'Pictures made', max: 1, value: 0 });
  const status = make('p', { role: 'status' });
  const go = make('button', { type: 'button', class: 'pill strong' });
  const cancel = make('button', { type: 'button', class: 'pill' }, 'Cancel');
  const element = make('div', { class: 'pictures' },
    form,
    make('div', { class: 'outcome' },
      make('div', { class: 'preview' }, picture),
      about, facts,
      make('div', { class: 'held' }, go, cancel, progress),
      status));

  // What is chosen stays while the page is open.
  const first = { format: 'gif', what: 'both', rate: 25, size: '960 540', width: 960, height: 540, theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', scale: 1, told: true, signed: true, again: true };
  const put = (name, value) => {
    if (fields[name].type === 'checkbox') fields[name].checked = value;
    else fields[name].value = value;
  };
  for (const [name, value] of Object.entries(first)) put(name, value);

  let input;
  let times;
  let plan = { amiss: [] };
  let settled;
  let fits = true;
  let looking;
  let maker;
  let pause;

  const format = () => fields.format.value;
  const order = () => JSON.stringify({
    link: input.link,
    address: location.href.split('#')[0],
    tracks: input.tracks,
    what: fields.what.value,
    format: format(),
    from: fields.from.value,
    to: fields.to.value,
    at: fields.at.value,
    speed: Number(fields.speed.value),
    rate: Number(fields.rate.value),
    // A sheet of paper is as large as it is.
    width: format() === 'print' ? '1080' : fields.width.value,
    height: format() === 'print' ? '680' : fields.height.value,
    scale: Number(fields.scale.value),
    theme: format() === 'print' ? 'light' : fields.theme.value === 'both' && !SHAPES.includes(format()) ? 'light' : fields.theme.value,
    again: fields.again.checked,
    told: fields.told.checked,
    signed: fields.signed.checked,
    caption: fields.caption.value,
  });

  const hide = (name, hidden) => {
    form.querySelector(`[data-of='${name}'], .${name}`).hidden = hidden;
  };

  /// Shows what belongs to the format, and what its choices come to.
  const settle = () => {
    const [film, strip] = [FILMS.includes(format()), STRIPS.includes(format())];
    hide('at', film || strip);
    // A stage shows no more than its moment.
    const timeless = !film && !strip && fields.what.value === 'stage';
    hide('range', timeless);
    hide('ends', timeless);
    hide('timing', !film);
    hide('size', format() === 'print');
    hide('own', fields.size.value !== 'own' || format() === 'print');
    hide('scale', !RASTER.includes(format()));
    hide('theme', format() === 'print');
    fields.again.parentElement.hidden = !['gif', 'motion'].includes(format());
    fields.theme.querySelector('[value=both]').disabled = !SHAPES.includes(format());
    if (fields.theme.value === 'both' && !SHAPES.includes(format())) fields.theme.value = 'light';
    about.textContent = FORMATS.find(([name]) => name === format())[2];
    go.textContent = format() === 'print' ? 'Print' : 'Make';
    const now = order();
    if (now === settled) return;
    settled = now;
    plan = JSON.parse(module.plan(now));
    for (const [name, mark] of Object.entries(marks)) {
      const sentence = plan.amiss.find(({ field }) => field === name)?.sentence ?? '';
      mark.textContent = sentence;
      if (sentence) fields[name].setAttribute('aria-invalid', 'true');
      else fields[name].removeAttribute('aria-invalid');
    }
    const good = plan.amiss.length === 0;
    facts.textContent = good ? told() : '';
    // Whether it is small is known once some of it has been drawn.
    fits = format() !== 'motion';
    ready();
    if (good) look();
  };

  /// What will be made, in a few words.
  const told = (more = []) => {
    const seconds = (plan.frames * plan.each) / 1000;
    const length = FILMS.includes(format()) ? [`${plan.frames} pictures`, `${Number(seconds.toFixed(2))} s`] : [];
    const pixels = RASTER.includes(format()) ? ' pixels' : '';
    const size = format() === 'print' ? 'A4, landscape' : `${plan.width} × ${plan.height}${pixels}`;
    return [...length, size, ...more].join(' · ');
  };

  const ready = () => {
    const can = plan.amiss.length === 0 && fits && !maker;
    if (can) go.removeAttribute('aria-disabled');
    else go.setAttribute('aria-disabled', 'true');
    cancel.hidden = progress.hidden = !maker;
  };

  const worker = () => new Worker(new URL('export-film-worker.js', import.meta.url), { type: 'module' });
  const message = (make) => ({ order: order(), colours: colours(), plan, format: format(), make });

  /// Draws the first picture. Of what is asked for meanwhile only the last is drawn.
  let drawing = false;
  let later = false;
  const look = () => {
    later = drawing;
    if (drawing) return;
    drawing = true;
    if (!looking) {
      looking = worker();
      looking.onerror = () => {
        forget();
        status.textContent = 'Nothing can be drawn: is there a connection?';
      };
      looking.onmessage = ({ data }) => {
        drawing = false;
        if (later && plan.amiss.length === 0) look();
        else seen(data);
      };
    }
    looking.postMessage(message(false));
  };
  const forget = () => {
    looking?.terminate();
    looking = undefined;
    drawing = later = false;
  };
  const seen = ({ svg, estimate, reason }) => {
    if (reason) {
      status.textContent = reason;
      return;
    }
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    picture.alt = `Preview: ${plan.title}`;
    if (estimate === undefined) return;
    fits = estimate <= 1e6;
    facts.textContent = fits
      ? told([`about ${amount(estimate)}`])
      : `It would be about ${amount(estimate)}, and an animated SVG has at most 1 MB: choose a shorter range, a higher speed or fewer pictures a second, or a GIF.`;
    ready();
  };

  const stop = () => {
    maker?.terminate();
    maker = undefined;
    ready();
  };

  const begin = () => {
    if (go.getAttribute('aria-disabled')) {
      form.querySelector('[aria-invalid]')?.focus();
      return;
    }
    const { name, link } = plan;
    const paper = format() === 'print';
    const mine = worker();
    maker = mine;
    progress.removeAttribute('value');
    status.textContent = 'Simulating…';
    ready();
    cancel.focus();
    const ended = (sentence) => {
      if (document.activeElement === cancel) go.focus();
      stop();
      status.textContent = sentence;
    };
    mine.onerror = () => ended('Nothing was made: is there a connection?');
    mine.onmessage = async ({ data: { number, frames, size, file, reason } }) => {
      if (maker !== mine) return;
      if (reason) return ended(`Nothing was made. ${reason}`);
      if (file && paper) {
        ended('');
        return print(file, link);
      }
      if (file) {
        save(file, name);
        return ended(`Made ${name}, ${amount(file.size)}.`);
      }
      progress.value = number / frames;
      status.textContent = `Picture ${number} of ${frames}, ${amount(size)} so far`;
    };
    mine.postMessage(message(true));
  };

  /// Puts a picture on a sheet of its own, and has the browser print that.
  const print = async (file, link) => {
    const sheet = make('div', { class: 'sheet' });
    const drawn = make('img', { alt: plan.title, src: URL.createObjectURL(file) });
    sheet.append(drawn, make('p', {}, link));
    await drawn.decode();
    document.body.append(sheet);
    window.print();
    sheet.remove();
    URL.revokeObjectURL(drawn.src);
    status.textContent = 'That was for the printer; most browsers print into a PDF as well.';
  };

  const range = () => {
    const stretch = times[fields.range.value];
    if (stretch) [fields.from.value, fields.to.value] = stretch;
  };
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', ({ target }) => {
    if (target === fields.range) range();
    if (target === fields.size && fields.size.value !== 'own') {
      [fields.width.value, fields.height.value] = fields.size.value.split(' ');
    }
    settle();
  });
  form.addEventListener('input', ({ target }) => {
    if (target === fields.from || target === fields.to) fields.range.value = 'own';
    clearTimeout(pause);
    pause = setTimeout(settle, PAUSE);
  });
  go.addEventListener('click', begin);
  cancel.addEventListener('click', () => {
    stop();
    status.textContent = 'Cancelled: nothing was made.';
    go.focus();
  });

  /// What this browser cannot encode is not offered.
  const offer = async () => {
    for (const name of ['webm', 'mp4']) {
      const can = await encoderFor(name, { width: 960, height: 540, each: 40 });
      const option = fields.format.querySelector(`[value=${name}]`);
      option.disabled = !can;
      option.textContent = FORMATS.find(([format]) => format === name)[1] + (can ? '' : ' (this browser cannot encode it)');
    }
  };

  return {
    element,
    first: () => fields.format,
    show(next) {
      const before = input;
      input = next;
      times = JSON.parse(module.times(next.link));
      fields.range.querySelector('[value=marked]').disabled = !times.marked;
      if (!before) {
        fields.range.value = 'shown';
        fields.speed.append(...next.speeds.map(([value, name]) => make('option', { value }, name)));
        fields.speed.value = next.speed;
      }
      if (times.marked && fields.range.value !== 'own') fields.range.value = 'marked';
      if (!times.marked && fields.range.value === 'marked') fields.range.value = 'shown';
      range();
      fields.at.value = times.at;
      status.textContent = '';
      forget();
      settled = undefined;
      settle();
      offer();
    },
    end() {
      clearTimeout(pause);
      stop();
      forget();
    },
  };
}
