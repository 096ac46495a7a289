// The service worker caches the app itself, so that pages open offline. It never caches API
// replies. A new version waits until the app says that nobody is in a room, nothing is unsaved and
// the pages are locked.

// After the build, tools/finish.mjs inserts the list of files and its hash here.
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
