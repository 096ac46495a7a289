import type { whose as en } from '../en/whose';

export const whose: typeof en = {
  here: 'Cuenta: {name}',
  guest: 'Aquí como {name}, sin cuenta',
  heading: 'Aquí está abierta la cuenta de {name}',
  lead: '¿Eres tú? Si no, primero cierra la sesión. No se pierde nada escrito.',
  goOn: 'Seguir como {name}',
  notMe: 'No soy yo: cerrar sesión',
  otherName: 'Entrar con otro nombre',
  seatHeading: '{name} está en la reunión en este teléfono',
  seatLead: '¿Eres tú?',
  seatNotMe: 'No soy yo',
};
