import { section } from '../text.svelte';

// Where a person is signed in.
export const en = {
  heading: 'Where you are signed in',
  kinds: { phone: 'A phone', tablet: 'A tablet', computer: 'A computer', other: 'A device' },
  shared: '{kind} that others use too',
  here: 'This device',
  today: 'today',
  used: 'Last used: {day}',
  fresh: 'new since you last looked',
  end: 'Sign it out',
  others: 'Stay signed in only here',
  endTitle: 'Sign out: {kind}?',
  endText: 'Whoever holds it has to sign in again, with your password.',
  notYours: 'Is one of them not yours? Sign it out, and tell a counselor.',
  news: 'You were signed in on another device. If that was not you, sign it out under Me.',
  look: 'See where',
};

export const es: typeof en = {
  heading: 'Dónde tienes la sesión abierta',
  kinds: { phone: 'Un teléfono', tablet: 'Una tableta', computer: 'Una computadora', other: 'Un dispositivo' },
  shared: '{kind} que otras personas también usan',
  here: 'Este dispositivo',
  today: 'hoy',
  used: 'Último uso: {day}',
  fresh: 'nuevo desde la última vez que miraste',
  end: 'Cerrarla',
  others: 'Quedarme solo en este',
  endTitle: '¿Cerrar la sesión en {kind}?',
  endText: 'Quien lo tenga tiene que entrar otra vez, con tu contraseña.',
  notYours: '¿Alguno no es tuyo? Cierra su sesión y avisa a un consejero.',
  news: 'Se abrió tu sesión en otro dispositivo. Si no fuiste tú, ciérrala en Yo.',
  look: 'Ver dónde',
};

export const devicesText = section(en, es);
