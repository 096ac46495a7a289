// The service worker keeps the app itself on the device, so that pages open without a signal.
// It never keeps anything of the API. A new version waits until the app says that nobody is
// in a room, nothing is unsaved and the pages are locked.

// `finish.mjs` puts the list of files and a hash of it here after the build.
declare const __PRECACHE__: { version: string; files: string[] };

const sw = self as unknown as ServiceWorkerGlobalScope;
const NAME = 'app-' + __PRECACHE__.version;

sw.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(__PRECACHE__.files)));
});

sw.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n !== NAME).map((n) => caches.delete(n))))
      .then(() => sw.clients.claim()),
  );
});

sw.addEventListener('message', (event) => {
  if (event.data === 'apply') void sw.skipWaiting();
});

sw.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== sw.location.origin || url.pathname.startsWith('/api/')) return;
  event.respondWith(answer(event.request, url));
});

async function answer(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(NAME);
  const path = request.mode === 'navigate' ? '/index.html' : url.pathname;
  return (await cache.match(path)) ?? fetch(request);
}

export {};
