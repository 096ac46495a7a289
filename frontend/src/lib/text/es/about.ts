import type { about as en } from '../en/about';

export const about: typeof en = {
  privacy: {
    heading: 'Cómo se cuida lo privado',
    points: [
      'Tus hojas se sellan en tu aparato antes de salir. El servidor guarda una caja cerrada que no puede abrir.',
      'Dos llaves abren la caja: tu contraseña y las 12 palabras de tu tarjeta. No tenemos ninguna.',
      'Si pierdes las dos, tus hojas se pierden. Nadie las puede traer de vuelta. Cuida la tarjeta.',
      'El equipo ve tu nombre en la sala, tu grupo y cuándo viniste. Nunca ve tus palabras.',
      'En la sala otros ven solo quién habla y quién espera. La pantalla grande no muestra nombres.',
      'Podemos ver que escribes, cuándo y más o menos cuánto. No podemos ver qué.',
      'Quien tiene tu teléfono abierto puede leer tus hojas. Usa Salir ya y cierra tu teléfono.',
      'Quien te manda esta página podría mandarte una mala. La red no puede evitarlo del todo.',
      'Hay cosas que el equipo avisa por ley, como un niño en peligro. No escribas delitos en tus hojas.',
      'Nadie de afuera ha revisado aún este sistema.',
    ],
  },
  meeting: {
    guests: 'Invitados',
    code: 'Tengo un código para una reunión',
    under: 'No hace falta una cuenta',
    back: 'Volver a la reunión',
    kept: 'Hojas en este teléfono',
    keptUnder: 'De una reunión',
  },
  notFound: { heading: 'Aquí no hay nada', lead: 'La dirección puede ser vieja.', home: 'Ir al inicio' },
};
