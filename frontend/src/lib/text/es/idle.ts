import type { idle as shape } from '../en/idle';

export const idle: typeof shape = {
  title: '¿Sigues aquí?',
  text: 'En 2 minutos se cierra la sesión. Todo lo que escribiste queda guardado.',
  stay: 'Seguir aquí',
};
