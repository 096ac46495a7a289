// What an address of the app may do. Only the files below read what an address carries, and those
// whose page makes or opens an account, or takes a seat, ask first while one is open here. The demo's
// page that signs in by its address is not in the app (imports.test.ts).

import { expect, it } from 'vitest';

const sources = import.meta.glob<string>(['./**/*.{ts,svelte}', '!./**/*.test.ts', '!./demo/**'], { eager: true, query: '?raw', import: 'default' });

/** Reads the query or the fragment of an address. */
const READS = /\blocation\.(hash|search|href)\b|\bnew URL\(location\b|\broute\.(search|hash)\b|\bdocument\.(URL|referrer)\b|\bwindow\.name\b/;

/** Each file that reads an address, and what for. `asks`: the file whose page asks first. */
const READERS: Record<string, { what: string; asks?: string }> = {
  './areas/public/Join.svelte': { what: 'the code of a slip', asks: './areas/public/Join.svelte' },
  './areas/public/SignIn.svelte': { what: 'the room to go to after a sign-in', asks: './areas/public/SignIn.svelte' },
  './areas/home/Meeting.svelte': { what: 'the code of a room; whether to list kept pages', asks: './areas/meeting/GuestDoor.svelte' },
  './areas/agenda/AgendaPage.svelte': { what: 'the language of an agenda' },
};

const code = (source = ''): string => source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');

it('only known files read what an address carries', () => {
  const found = Object.entries(sources).flatMap(([path, source]) => (READS.test(code(source)) ? [path] : []));
  expect(found.sort()).toEqual(Object.keys(READERS).sort());
});

it.each(Object.entries(READERS).flatMap(([, { what, asks }]) => (asks ? [[what, asks]] : [])))('%s is used up by nobody else’s account: the page asks', (_, asks) => {
  const source = code(sources[asks ?? '']);
  // The form shows while nobody is signed in; in its place, and nowhere else, stands the question.
  expect(source).toMatch(/\{#if signin\.state === 'out' \|\| /);
  expect(source).toMatch(/\{:else\}[^]*import\('\.\.\/\.\.\/lib\/frame\/AskWhose\.svelte'\)/);
});

// What signs in, takes a seat or makes an account, by what calls it.
it.each([
  ['logIn', ['./lib/signin/enter.ts']],
  ['signUp', ['./lib/signin/joinkeys.svelte.ts']],
  ['enterByPass', ['./lib/guest/guest.svelte.ts']],
  ['enterAsGuest', ['./lib/guest/guest.svelte.ts']],
  ['connectStage', ['./areas/stage/Connect.svelte']],
])('%s is called in one place', (name, where) => {
  const found = Object.entries(sources).flatMap(([path, source]) => (new RegExp(`\\bop\\.${name}\\b`).test(code(source)) ? [path] : []));
  expect(found).toEqual(where);
});
