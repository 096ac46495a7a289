import { section } from '../text.svelte';

export const en = {
  find: {
    heading: 'Find a person',
    lead: 'The list below shows some of the people. Here you find each one.',
    label: 'Name, or a part of it',
    hint: 'Empty: everybody.',
    go: 'Find',
    found: { one: '{n} person', many: '{n} people' },
    none: 'Nobody has this name.',
    page: 'Page {page} of {pages}',
    before: 'Page before',
    next: 'Page after',
    door: 'Waits at the door',
  },
  more: { one: '{n} more', many: '{n} more' },
};

export const es: typeof en = {
  find: {
    heading: 'Buscar a una persona',
    lead: 'La lista de abajo muestra a algunas personas. Aquí encuentras a cada una.',
    label: 'Nombre, o una parte',
    hint: 'Vacío: todas las personas.',
    go: 'Buscar',
    found: { one: '{n} persona', many: '{n} personas' },
    none: 'Nadie tiene este nombre.',
    page: 'Página {page} de {pages}',
    before: 'Página anterior',
    next: 'Página siguiente',
    door: 'Espera en la puerta',
  },
  more: { one: '{n} más', many: '{n} más' },
};

export const runPeopleText = section(en, es);
