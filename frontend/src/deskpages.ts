// The only table of the desk's pages, in the order of its navigation: one row is a page's path, its
// icon, and the file with the page. Its key is that of its title in lib/text/sections/desk.ts. Both
// the router and the navigation read it; it is loaded with the first page of the desk, so that a
// phone in a room never loads it.

import type { LazyRouteComponent } from 'sv-router';
import type { IconName } from './lib/ui/icons';

interface Place {
  path: string;
  icon: IconName;
  /** Not given for a page that is not for the desk alone: its path is in routes.ts. */
  load?: LazyRouteComponent;
}

const table = {
  today: { path: '/desk', icon: 'home', load: () => import('./areas/desk/Desk.svelte') },
  schedule: { path: '/desk/schedule', icon: 'calendar', load: () => import('./areas/desk/Schedule.svelte') },
  agendas: { path: '/agendas', icon: 'words' },
  cohorts: { path: '/desk/cohorts', icon: 'people', load: () => import('./areas/desk/Cohorts.svelte') },
  people: { path: '/desk/people', icon: 'person', load: () => import('./areas/desk/People.svelte') },
  mentors: { path: '/desk/mentors', icon: 'leaf', load: () => import('./areas/desk/Mentors.svelte') },
  slips: { path: '/desk/slips', icon: 'note', load: () => import('./areas/desk/Slips.svelte') },
  settings: { path: '/desk/settings', icon: 'gear', load: () => import('./areas/desk/Settings.svelte') },
} satisfies Record<string, Place>;

export type DeskPage = keyof typeof table;
export const deskPages = Object.entries(table) as [DeskPage, Place][];

/** Loads the page at a path, which the router takes in any case and with a slash at its end. */
export function deskPage(path: string): ReturnType<LazyRouteComponent> {
  const asked = path.toLowerCase().replace(/\/$/, '');
  const found = deskPages.find(([, place]) => place.path === asked);
  return found?.[1].load?.() ?? import('./areas/public/NotFound.svelte');
}
