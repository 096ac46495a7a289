import type { connection as en } from '../en/connection';

export const connection: typeof en = {
  on: 'Con señal',
  saved: 'Con señal, guardado {time}',
  off: 'Sin señal por ahora. Espera un momento.',
  write: 'Sin señal por ahora. Sigue, tus palabras se quedan en este teléfono.',
  kept: { one: 'Sin señal por ahora. {n} cambio se queda en este teléfono.', many: 'Sin señal por ahora. {n} cambios se quedan en este teléfono.' },
  writeKept: {
    one: 'Sin señal por ahora. Sigue, {n} cambio se queda en este teléfono.',
    many: 'Sin señal por ahora. Sigue, {n} cambios se quedan en este teléfono.',
  },
  back: 'De vuelta',
};
