// The only table of routes. Every page is lazy, so that the first one loads quickly on a slow
// phone; what is needed in a room is loaded with the room. The pages of the desk are in a table of
// their own, which only the desk loads.

import { blockNavigation, createRouter } from 'sv-router';
import { arrived } from './lib/router/focus';
import { quietly } from './lib/router/overtaken';

/** The path of the newest navigation: the router does not tell it to what loads a page. */
let asked = '';

const router = createRouter({
  '/': () => import('./areas/public/Welcome.svelte'),
  '/join': () => import('./areas/public/Join.svelte'),
  '/sign-in': () => import('./areas/public/SignIn.svelte'),
  '/meeting': () => import('./areas/home/Meeting.svelte'),
  '/privacy': () => import('./areas/public/Privacy.svelte'),
  '/help': () => import('./areas/public/Help.svelte'),
  '/today': () => import('./areas/home/Today.svelte'),
  '/pages': () => import('./areas/page/Pages.svelte'),
  '/pages/:ws': () => import('./areas/page/Page.svelte'),
  '/pages/:ws/:step': () => import('./areas/page/Page.svelte'),
  '/mentor': () => import('./areas/pairing/Mentor.svelte'),
  '/mentor/:assignment': () => import('./areas/pairing/Pairing.svelte'),
  '/readers': () => import('./areas/pairing/Readers.svelte'),
  '/people/:assignment': () => import('./areas/pairing/Compare.svelte'),
  '/shared/:owner/:ws': () => import('./areas/pairing/Read.svelte'),
  '/room/:workshop': () => import('./areas/room/RoomPage.svelte'),
  '/me': () => import('./areas/home/Me.svelte'),
  '/run/:workshop': () => import('./areas/run/Run.svelte'),
  '/stage': () => import('./areas/stage/Stage.svelte'),
  '/stage/connect': () => import('./areas/stage/Connect.svelte'),
  '/desk': () => import('./deskpages').then((desk) => desk.deskPage(asked)),
  '/desk/:page': () => import('./deskpages').then((desk) => desk.deskPage(asked)),
  '/agendas': () => import('./areas/agenda/Library.svelte'),
  '/agendas/:agenda': () => import('./areas/agenda/AgendaPage.svelte'),
  '/plan': () => import('./areas/desk/PlanWorkshop.svelte'),
  '/pairs': () => import('./areas/desk/Pairs.svelte'),
  '*': () => import('./areas/public/NotFound.svelte'),
  hooks: {
    beforeLoad: ({ pathname }) => {
      asked = pathname;
    },
    afterLoad: arrived,
  },
});

export const { p, route } = router;
export const navigate = quietly(router.navigate, () => router.navigate('/'), blockNavigation) as typeof router.navigate;
