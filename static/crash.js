// Shows what is left to do when the app has a bug. A file of its own, because after a trap in
// WebAssembly nothing else runs any more, and the page's security policy allows no inline script.

let shown = false;

function show(details, title = 'Half-Open has stopped because of a bug') {
  if (shown) return;
  shown = true;
  const element = (name, text, properties = {}) =>
    Object.assign(document.createElement(name), { textContent: text, ...properties });
  const panel = element('section', '', { className: 'crash' });
  panel.setAttribute('role', 'alertdialog');
  panel.setAttribute('aria-labelledby', 'crash-title');
  const again = element('button', 'Start again', { type: 'button', className: 'pill strong' });
  again.addEventListener('click', () => location.reload());
  const fresh = element('button', 'Start without the link', { type: 'button', className: 'pill' });
  fresh.addEventListener('click', () => {
    history.pushState(null, '', location.pathname + location.search);
    location.reload();
  });
  const copy = element('button', 'Copy the details', { type: 'button', className: 'pill' });
  copy.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(`${location.href}\n\n${details}`);
    copy.textContent = 'Copied';
  });
  const buttons = element('p', '');
  buttons.append(again, fresh, copy);
  panel.append(
    element('h2', title, { id: 'crash-title' }),
    element('p', 'What you made is still in the address bar: starting again brings it back.'),
    buttons,
    element('pre', details),
  );
  document.body.append(panel);
  again.focus();
}

function report(error, fallback) {
  const panic = globalThis.halfOpenPanic;
  const stack = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : '';
  show([panic, stack || fallback].filter(Boolean).join('\n\n'), error?.title);
}

addEventListener('error', (event) => report(event.error, event.message));
addEventListener('unhandledrejection', (event) => report(event.reason, String(event.reason)));
