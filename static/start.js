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
// done with the calls of a file, and with `versus` another one what a change bought.
globalThis.halfOpenFiles = async (what, input) => {
  if (what === 'versus') return (await part('./versus.js')).versus(input);
  const module = await part('./half-open-files.js');
  if (what === 'compare') return (await part('./compare.js')).compare(module, input);
  return module[what](await input);
};

try {
  const { default: start } = await import(address('link[rel="modulepreload"]'));
  await start({ module_or_path: address('link[rel="preload"][as="fetch"]') });
} catch (error) {
  const status = document.getElementById('start-status');
  if (status) {
    status.textContent =
      'Half-Open could not start. It needs a browser with WebAssembly; reloading may help too.';
  }
  throw error;
}
