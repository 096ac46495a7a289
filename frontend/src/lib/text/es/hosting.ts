import type { hosting as en } from '../en/hosting';

export const hosting: typeof en = {
  kind: {
    legend: '¿Para quién?',
    group: 'Un grupo',
    open: 'Una reunión abierta',
    openHint: 'Quien tenga el código de la sala puede entrar, sin cuenta. Escribe solo en su propio teléfono.',
    nameHint: 'Lo ve quien tiene una cuenta aquí. Que no diga mucho.',
    seats: 'Hasta 5000.',
    column: 'Reunión abierta',
  },
  code: {
    heading: 'Código de la sala',
    open: 'Los invitados abren {address} y lo escriben, o escanean la pantalla grande. No hace falta una cuenta.',
    group: 'Las personas del grupo entran con su cuenta y lo escriben.',
  },
  stage: { step2: 'Escribe un nombre para hoy. No hace falta una cuenta.', type: 'O abre {host} y escribe' },
  guest: 'Invitado',
  left: 'Alguien que se fue',
  person: '¿Qué puedes hacer por {name}?',
  pass: {
    heading: 'Pase para la sala',
    lead: 'Para una persona cuya cara conoces y que hoy no tiene su contraseña o su tarjeta. Abre esta sala y nada más.',
    go: 'Dar un pase',
    code: 'Abre {address} y escribe',
    until: 'Sirve una vez, hasta las {time}.',
    seen: 'Se muestra solo esta vez.',
  },
  slip: {
    heading: 'Un papel',
    lead: 'Para un invitado que quiere quedarse. Con él hace una cuenta, y su hoja puede ir con él.',
    cohort: 'Grupo',
    go: 'Hacer un papel',
    code: 'Lo escanea, o abre {address} y escribe',
    until: 'Sirve una vez, hasta el {day}.',
    none: 'No llevas ningún grupo activo. La administración puede hacer un papel.',
  },
  remove: {
    honest: 'Su navegador ya no le abre, tampoco con otro nombre. Con otro navegador o teléfono sí puede entrar: para la app es un invitado nuevo.',
    lock: 'Cerrar también la sala, para ver quién llega',
    locked: 'La sala está cerrada. Ves en la puerta a quien llega.',
  },
  notNow: 'Esto no funcionó ahora. Prueba otra vez.',
};
