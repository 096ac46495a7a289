import { section } from '../text.svelte';

// The titles of the desk's pages, under the keys of deskpages.ts. The words of a new page stand here too:
// both languages in one file.

export const en = {
  title: { today: 'Today', people: 'People', slips: 'Slips', cohorts: 'Cohorts', schedule: 'Schedule', agendas: 'Agendas', mentors: 'Mentors', settings: 'Settings' },
};

export const es: typeof en = {
  title: { today: 'Hoy', people: 'Personas', slips: 'Papeles', cohorts: 'Grupos', schedule: 'Calendario', agendas: 'Agendas', mentors: 'Mentores', settings: 'Ajustes' },
};

export const deskText = section(en, es);
