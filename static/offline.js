// The page without a network: kept when somebody asks for it or installs the page, and told of when there
// is a new version. Fetched by those alone.

import { fetchStyle, make } from './dialog.js';

const workers = navigator.serviceWorker;
let watched;

/// Makes keeping ready: fetches its style sheet.
export default () => fetchStyle('offline.css');

/// Keeps the page; fails with a sentence where that is not possible.
export async function keep() {
  if (!workers) throw 'This browser keeps nothing that comes over an insecure connection.';
  let registration;
  try {
    registration = await workers.register(new URL('sw.js', import.meta.url));
  } catch {
    throw 'This copy of the page cannot be kept.';
  }
  await new Promise((resolve, reject) => {
    const worker = registration.installing;
    if (!worker) resolve();
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' || worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject('Not everything could be fetched: is there a connection?');
    });
  });
  watch(registration);
}

/// Tells of a new version as soon as there is one.
export async function follow() {
  const registration = await workers?.getRegistration();
  if (!registration) return;
  watch(registration);
  // Without a network there is none.
  registration.update().catch(() => {});
}

function watch(registration) {
  if (watched === registration) return;
  watched = registration;
  const look = () => {
    if (registration.waiting && registration.active) tell(registration);
  };
  const hear = () => registration.installing?.addEventListener('statechange', look);
  registration.addEventListener('updatefound', hear);
  // The browser may have found it before this could listen.
  hear();
  look();
}

let told;
function tell(registration) {
  if (told) return;
  const sentence = make('p', {}, 'A new version is ready.');
  const reload = make('button', { type: 'button', class: 'pill strong' }, 'Reload');
  const later = make('button', { type: 'button', class: 'pill' }, 'Later');
  told = make('div', { class: 'update', role: 'status' });
  document.body.append(told);
  // It is there before it is said, so that it is read out.
  setTimeout(() => told?.append(sentence, reload, later));
  later.onclick = () => told.remove();
  reload.onclick = () => registration.waiting?.postMessage('take over');
  workers.addEventListener('message', ({ data }) => {
    if (data.others) sentence.textContent = 'A new version is ready. Close the other tabs of this page first.';
  });
  workers.addEventListener('controllerchange', () => location.reload());
}
