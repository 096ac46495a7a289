import type { sheets as en } from '../en/sheets';

export const sheets: typeof en = {
  entry: {
    version: 1,
    fields: {
      nick: { label: 'Un nombre corto que solo tú conoces', hint: '' },
      tie: {
        label: '¿Quién es para ti?',
        hint: '',
        options: {
          partner: 'Pareja o ex',
          parent: 'Madre o padre',
          child: 'Hijo o hija',
          family: 'Otra familia',
          friend: 'Amigo o amiga',
          work: 'Jefe o compañero',
          group: 'Negocio o grupo',
          me: 'Yo',
          other: 'Otra persona',
        },
      },
      did: { label: 'Lo que hice', hint: 'Que sea corto. Sin delitos.' },
      kinds: {
        label: '¿Qué tipo de daño?',
        hint: 'Elige los que sean.',
        options: {
          trust: 'Confianza',
          feelings: 'Sentimientos',
          money: 'Dinero o cosas',
          body: 'Cuerpo',
          time: 'Tiempo y cuidado',
          work: 'Trabajo o escuela',
          name: 'Buen nombre',
          other: 'Otro',
        },
      },
      hurt: { label: 'Cómo pudo dolerle', hint: '' },
      part: { label: 'Solo mi parte, no la suya', hint: '' },
      reach: {
        label: '¿Se le puede hablar?',
        hint: '',
        options: { yes: 'Sí', unknown: 'No sé dónde está', died: 'Murió', unsafe: 'No es seguro buscar', me: 'Soy yo' },
      },
      willing: { label: '¿Cuánto quiero hacerlo?', hint: '', options: { no: 'Ahora no', maybe: 'Tal vez', mostly: 'Casi sí', yes: 'Sí' } },
      time: { label: '¿Cuándo?', hint: '', options: { now: 'Ahora', later: 'Después', maybe: 'Tal vez nunca', unsure: 'No sé' } },
      done: { label: '¿He hecho algo al respecto?', hint: '', options: { no: 'No', some: 'Algo', yes: 'Sí' } },
    },
    contact: 'Aquí no lo necesitas. El teléfono, la dirección y el correo de la persona pueden quedar fuera.',
  },
};
