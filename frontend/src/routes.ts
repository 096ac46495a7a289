// The one table of paths. Pages load when they are needed; what is needed in a room comes with
// the room. Every page is lazy, so the first one on a slow phone is small.

import { blockNavigation, createRouter } from 'sv-router';
import { arrived } from './lib/router/focus';
import { quietly } from './lib/router/overtaken';

const router = createRouter({
  '/': () => import('./areas/public/Welcome.svelte'),
  '/join': () => import('./areas/public/Join.svelte'),
  '/sign-in': () => import('./areas/public/SignIn.svelte'),
  '/meeting': () => import('./areas/guest/Meeting.svelte'),
  '/privacy': () => import('./areas/public/Privacy.svelte'),
  '/help': () => import('./areas/public/Help.svelte'),
  '/today': () => import('./areas/participant/Today.svelte'),
  '/pages': () => import('./areas/participant/Pages.svelte'),
  '/pages/:ws': () => import('./areas/participant/Page.svelte'),
  '/pages/:ws/:step': () => import('./areas/participant/Page.svelte'),
  '/mentor': () => import('./areas/participant/Mentor.svelte'),
  '/mentor/:assignment': () => import('./areas/participant/Pairing.svelte'),
  '/readers': () => import('./areas/participant/Readers.svelte'),
  '/people/:assignment': () => import('./areas/mentor/Compare.svelte'),
  '/shared/:owner/:ws': () => import('./areas/mentor/Read.svelte'),
  '/room/:workshop': () => import('./areas/participant/RoomPage.svelte'),
  '/me': () => import('./areas/participant/Me.svelte'),
  '/run/:workshop': () => import('./areas/counselor/Run.svelte'),
  '/stage': () => import('./areas/stage/Stage.svelte'),
  '/stage/pair': () => import('./areas/stage/Pair.svelte'),
  '/desk': () => import('./areas/admin/Desk.svelte'),
  '/desk/people': () => import('./areas/admin/People.svelte'),
  '/desk/slips': () => import('./areas/admin/Slips.svelte'),
  '/desk/cohorts': () => import('./areas/admin/Cohorts.svelte'),
  '/desk/mentors': () => import('./areas/admin/Mentors.svelte'),
  '/desk/settings': () => import('./areas/admin/Settings.svelte'),
  '/agendas': () => import('./areas/agenda/Library.svelte'),
  '/agendas/:agenda': () => import('./areas/agenda/AgendaPage.svelte'),
  '/plan': () => import('./areas/counselor/PlanWorkshop.svelte'),
  '/pairs': () => import('./areas/counselor/Pairs.svelte'),
  '/desk/schedule': () => import('./areas/admin/Schedule.svelte'),
  '*': () => import('./areas/public/NotFound.svelte'),
  hooks: { afterLoad: arrived },
});

export const { p, route } = router;
export const navigate = quietly(router.navigate, () => router.navigate('/'), blockNavigation) as typeof router.navigate;
