// `amends demo` serves this code and the app's service worker as one file, this code first. The
// app's service worker does not know the paths of the demo and would answer them with the app, so
// its fetch listener is skipped for them.
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const ours = url.pathname === '/open' || url.pathname.startsWith('/demo/') || (url.pathname === '/' && url.hostname === 'localhost');
  if (ours) event.stopImmediatePropagation();
});
