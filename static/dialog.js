// What the dialogs share that are fetched when they are needed.

/// An element with its attributes and what is in it.
export function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

/// Fetches a style sheet from beside this file.
export function fetchStyle(name) {
  const sheet = make('link', { rel: 'stylesheet', href: new URL(name, import.meta.url) });
  return new Promise((resolve, reject) => {
    sheet.onload = resolve;
    sheet.onerror = () => {
      sheet.remove();
      reject();
    };
    document.head.append(sheet);
  });
}

/// The button that closes a dialog.
export const closeButton = () =>
  make('button', { type: 'button', class: 'pill round', 'aria-label': 'Close' }, '✕');

/// A button that keeps the page for when there is no network, and says how that went; `part` fetches what
/// does it.
export function offlineButton(part) {
  const button = make('button', { type: 'button', class: 'pill' }, 'Keep for offline');
  const status = make('span', { role: 'status', class: 'soft' });
  const say = (sentence) => (status.textContent = sentence);
  const kept = () => {
    button.setAttribute('aria-disabled', 'true');
    say('The page is kept: it works without a network.');
  };
  if (navigator.serviceWorker?.controller) kept();
  button.onclick = async () => {
    if (button.ariaDisabled) return;
    say('Fetching all of it…');
    try {
      await (await part('./offline.js')).keep();
      kept();
    } catch (sentence) {
      say(sentence);
    }
  };
  return make('p', { class: 'keep' }, button, ' ', status);
}

/// Gives the focus back to where it was before a dialog, or to the menu that this was in if it has
/// closed meanwhile.
export function giveBack(before) {
  const shown = before?.isConnected && before.checkVisibility();
  (shown ? before : document.querySelector('[popovertarget="more"]'))?.focus();
}
