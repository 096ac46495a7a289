// The texts of the demo's pages. They are not in the app's dictionaries, so a real server does not
// send them to anybody.

import { text } from '../lib/text/text.svelte';

export const en = {
  heading: 'Look around',
  lead: 'This is a demo with made-up people at {facility}. Each person opens in a window of their own.',
  open: 'Open as {name}',
  stage: 'Open the big screen',
  hint: 'Start with Dana: open the room. Then open Sam, Ana and Dee, and the big screen.',
  groups: { admin: 'Desk', counselor: 'Counselors', mentor: 'Mentors', participant: 'Participants' },
  opening: 'Opening the pages of {name}',
  taken: {
    heading: '{now} is signed in here',
    lead: 'To open {name}, {now} has to sign out first.',
    stay: 'Stay with {now}',
    change: 'Sign out {now} and open {name}',
  },
  elsewhere: 'This link does not fit this window. Nobody was signed in.',
  refused: 'This link does not work any more. Nobody was signed in.',
  start: 'Go to the start page',
};

export const es: typeof en = {
  heading: 'Mira cómo es',
  lead: 'Esta es una prueba con personas inventadas de {facility}. Cada persona se abre en su propia ventana.',
  open: 'Abrir como {name}',
  stage: 'Abrir la pantalla grande',
  hint: 'Empieza con Dana: abre la sala. Luego abre a Sam, Ana y Dee, y la pantalla grande.',
  groups: { admin: 'Oficina', counselor: 'Consejeros', mentor: 'Mentores', participant: 'Participantes' },
  opening: 'Se abren las hojas de {name}',
  taken: {
    heading: 'Aquí ya entró {now}',
    lead: 'Para abrir a {name}, {now} tiene que salir primero.',
    stay: 'Seguir con {now}',
    change: 'Sacar a {now} y abrir a {name}',
  },
  elsewhere: 'Este enlace no es para esta ventana. No entró nadie.',
  refused: 'Este enlace ya no sirve. No entró nadie.',
  start: 'Ir a la página de inicio',
};

/** The texts in the language of this device. */
export const words = (): typeof en => (text.language === 'es' ? es : en);
