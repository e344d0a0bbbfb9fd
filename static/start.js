// Starts the app. A file of its own, because the page's security policy allows no inline script.
// The build names its files after their content and lists them as preloads: the names are read
// from there, and each file is fetched once.

const address = (selector) => document.head.querySelector(selector).href;

// A part of the page that is fetched, and made ready, when it is needed first.
const parts = {};
const part = (name) => {
  const ready = async () => {
    const module = await import(name);
    await module.default();
    return module;
  };
  return (parts[name] ??= ready().catch(() => {
    // Asked again, it is fetched again.
    delete parts[name];
    throw 'The part of the page that does this could not be fetched: is there a connection?';
  }));
};

// Files are read and written by a module of its own. `what` is `open` or `save`; the answer is the
// link of a file, or the file of a link. With `compare`, one more shows what breakers would have
// done with the calls of a file, with `export` one offers pictures, films and a run for other tools, and
// with `versus` another one what a change bought. `present` tells what a room sees, and `share` gives a
// moment away. A `lesson` is a text that
// is fetched by its name, `lessons` shows which there are, and
// `judge` whether a system meets its goals under many seeds.
let styled;
globalThis.halfOpenFiles = async (what, input) => {
  if (what === 'lesson' || what === 'lessons') {
    styled ??= import('./dialog.js').then(({ fetchStyle }) => fetchStyle('tour.css')).catch(() => {
      // Asked again, it is fetched again.
      styled = undefined;
      throw 'The part of the page that does this could not be fetched: is there a connection?';
    });
    if (what === 'lessons') {
      const [lessons] = await Promise.all([part('./lessons.js'), styled]);
      return lessons.list(input, part);
    }
    let [answer] = await Promise.all([fetch(`./lessons/${input}.txt`), styled]);
    // What is not translated is told in English.
    if (!answer.ok && input.includes('/')) answer = await fetch(`./lessons/${input.split('/')[1]}.txt`);
    if (!answer.ok) throw answer.status;
    return answer.text();
  }
  if (what === 'present') return (await part('./present.js')).present(input, part);
  if (what === 'judge') return (await part('./judge.js')).judge(...input);
  if (what === 'versus') return (await part('./versus.js')).versus(input);
  if (what === 'share') return (await part('./share.js')).share(input);
  const module = await part('./half-open-files.js');
  const shows = what === 'compare' || what === 'export';
  if (shows) return (await part(`./${what}.js`))[what](module, input);
  return module[what](await input);
};

// Who installs the page wants to have it without a network; who has kept it hears of a new version.
const offline = (how) => part('./offline.js').then((module) => module[how]()).catch(() => {});
addEventListener('appinstalled', () => offline('keep'));
const installed = matchMedia('(display-mode: standalone)').matches;
const told = installed || navigator.serviceWorker?.controller;
// Not before the app has taken over: what is in the page by then goes.
const tell = () => {
  if (document.getElementById('start')) setTimeout(tell, 300);
  else offline(installed ? 'keep' : 'follow');
};

// Code that the first picture does without is a file of its own, named by the build. It is fetched
// at the first sign of a visitor, or at once for one who comes with a link.
const rest = document.head.querySelector('meta[name="half-open-rest"]')?.content;
// What only looks around can be missed until the code for it is there.
const GENTLE = ['pointermove', 'wheel'];
const SIGNS = [...GENTLE, 'pointerdown', 'keydown', 'focusin', 'dragenter', 'hashchange'];
let bytes;
let compiled;
let under;

const arrive = async () => {
  const answer = await fetch(rest);
  if (!answer.ok) throw answer.status;
  bytes = await answer.arrayBuffer();
  compiled ??= await WebAssembly.compile(bytes);
};
const fetchRest = () => {
  // After a failure it is asked for again, but not with every move of a pointer.
  const again = () => setTimeout(() => (under = undefined), 2000);
  if (!bytes && !compiled) under ??= arrive().catch(again);
  return under;
};

// Whoever does something before it has arrived waits for it: the code that is under way cannot.
const fetchNow = () => {
  const request = new XMLHttpRequest();
  request.open('GET', rest, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  try {
    request.send();
    if (request.status !== 200) throw request.status;
    return Uint8Array.from(request.response, (byte) => byte.charCodeAt(0));
  } catch {
    const error = new Error('It could not be fetched: is there a connection?');
    throw Object.assign(error, { title: 'Half-Open needs a part of itself' });
  }
};
globalThis.halfOpenRest = (a) => {
  compiled ??= new WebAssembly.Module(bytes ?? fetchNow());
  new WebAssembly.Instance(compiled, { a });
};

const listen = (how) => SIGNS.forEach((sign) => how(sign, seen, { capture: true }));
const seen = (event) => {
  if (compiled) {
    listen(removeEventListener);
  } else if (GENTLE.includes(event.type)) {
    event.stopImmediatePropagation();
    fetchRest();
  } else {
    // If what is done needs it, it is there by then.
    setTimeout(fetchRest);
  }
};
const linked = rest && location.hash ? fetchRest() : undefined;
if (rest && !linked) listen(addEventListener);

// On paper the page is light, and stands where it is from. Canvases stay as they are painted for the screen.
const printed = document.createElement('p');
printed.className = 'printed';
const paper = (on) => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.classList.toggle('dark-screen', on && dark);
  printed.textContent = location.href;
  if (on) document.body.append(printed);
  else printed.remove();
};
addEventListener('beforeprint', () => paper(true));
addEventListener('afterprint', () => paper(false));

try {
  const { default: start } = await import(address('link[rel="modulepreload"]'));
  await linked;
  await start({ module_or_path: address('link[rel="preload"][as="fetch"]') });
  if (told) tell();
} catch (error) {
  const status = document.getElementById('start-status');
  if (status) {
    status.textContent =
      'Half-Open could not start. It needs a browser with WebAssembly; reloading may help too.';
  }
  throw error;
}
