// The demo puts this before the app's service worker, which knows nothing of these addresses and
// would answer them with the app.
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const ours = url.pathname === '/open' || url.pathname.startsWith('/demo/') || (url.pathname === '/' && url.hostname === 'localhost');
  if (ours) event.stopImmediatePropagation();
});
