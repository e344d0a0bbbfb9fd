// Starts the app. A file of its own, because the page's security policy allows no inline script.
// The build names its files after their content and lists them as preloads: the names are read
// from there, and each file is fetched once.

const address = (selector) => document.head.querySelector(selector).href;

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
