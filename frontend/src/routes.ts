// The one table of paths. Pages load when they are needed; what is needed in a room comes with
// the room. Every page is lazy, so the first one on a slow phone is small.

import { createRouter } from 'sv-router';
import { chunk } from './lib/router/chunk';
import { arrived } from './lib/router/focus';

export const { p, navigate, route } = createRouter({
  '/': chunk(() => import('./areas/public/Welcome.svelte')),
  '/open': chunk(() => import('./areas/public/Open.svelte')),
  '/join': chunk(() => import('./areas/public/Join.svelte')),
  '/sign-in': chunk(() => import('./areas/public/SignIn.svelte')),
  '/privacy': chunk(() => import('./areas/public/Privacy.svelte')),
  '/help': chunk(() => import('./areas/public/Help.svelte')),
  '/today': chunk(() => import('./areas/participant/Today.svelte')),
  '/pages': chunk(() => import('./areas/participant/Pages.svelte')),
  '/pages/:ws': chunk(() => import('./areas/participant/Page.svelte')),
  '/room/:workshop': chunk(() => import('./areas/participant/RoomPage.svelte')),
  '/me': chunk(() => import('./areas/participant/Me.svelte')),
  '/run/:workshop': chunk(() => import('./areas/counselor/Run.svelte')),
  '/stage': chunk(() => import('./areas/stage/Stage.svelte')),
  '/stage/pair': chunk(() => import('./areas/stage/Pair.svelte')),
  '/desk': chunk(() => import('./areas/admin/Desk.svelte')),
  '/desk/people': chunk(() => import('./areas/admin/People.svelte')),
  '/desk/slips': chunk(() => import('./areas/admin/Slips.svelte')),
  '/desk/cohorts': chunk(() => import('./areas/admin/Cohorts.svelte')),
  '/desk/schedule': chunk(() => import('./areas/admin/Schedule.svelte')),
  '*': chunk(() => import('./areas/public/NotFound.svelte')),
  hooks: { afterLoad: arrived },
});
