// Every fault that the server can answer with is said in the language of the device. A new code needs
// words here, or a line below that says who says it or why nobody sees it.

import { describe, expect, it } from 'vitest';
import { faults as en } from './en/faults';
import { refused as roomEn } from './en/refused';
import { faults as es } from './es/faults';
import { refused as roomEs } from './es/refused';
import { en as runEn, es as runEs } from './sections/runrefused';

const all: Record<'en' | 'es', Record<string, string>> = { en: { ...en, ...roomEn, ...runEn }, es: { ...es, ...roomEs, ...runEs } };
const sources = import.meta.glob<string>(['../../../../server/**/*.go', '../../../../cmd/**/*.go', '!**/*_test.go'], { eager: true, query: '?raw', import: 'default' });
const app = import.meta.glob<string>(['/src/**/*.{ts,svelte}', '!/src/**/*.test.ts'], { eager: true, query: '?raw', import: 'default' });
// fault.New in every package, New in package fault, and faults written as a literal.
const MADE = [/fault\.New\(\s*fault\.\w+,\s*"([\w.]+)"/g, /[^.\w]New\(\w+, "([a-z_]+(?:\.[a-z_]+)?)", "/g, /Fault\{[^}]*Code: "([\w.]+)"/g];
const codes = [...new Set(Object.values(sources).flatMap((source) => MADE.flatMap((made) => [...source.matchAll(made)].map((m) => m[1] ?? ''))))].sort();

/** Faults that a page says in words of its own: the file that compares the code, or its status. */
const OWN: Record<string, string> = {
  'attendance.moved_on': 'areas/run/after/Attendance.svelte',
  'door.work': 'areas/meeting/GuestDoor.svelte',
  'half.gone': 'lib/signin/enter.ts',
  'handle.taken': 'lib/signin/join.svelte.ts',
  'room.crowd': 'areas/meeting/GuestDoor.svelte',
  'room_pass.unknown': 'areas/meeting/GuestDoor.svelte',
  'room.taken_over': 'lib/room/poll.ts',
  'slip.unknown': 'lib/signin/join.svelte.ts',
  'stepup.refused': 'lib/signin/StepUp.svelte',
  'worksheet.moved_on': 'lib/sheet/saving.ts',
  'worksheet.reader_refused': 'lib/sheet/sharing.svelte.ts',
};

/** Faults that a page says by their status. */
const BY_STATUS: Record<string, string> = {
  'handle.not_reserved': 'sign-up asks for the name again',
  'room_code.unknown': 'the door says that the code is not valid',
  'signin.refused': 'the sign-in says that name or password is not right',
  'vault.moved_on': 'the vault is fetched again and the change made anew',
};

/** Faults that no person who uses this app gets: "Something broke on our side" is true of them. */
const BROKEN: Record<string, string> = {
  'audit.broken': 'the command line only',
  'audit.unproven': 'the command line only',
  'body.content_type': 'the app sends JSON',
  'body.encoded': 'the app sends nothing compressed',
  'body.invalid': 'the app sends what it was made for',
  'body.too_large': 'pages have limits of their own',
  'command.unknown': 'an app older than one version',
  'frame.invalid': 'the app sends frames that can be read',
  'request.cut': 'a line that broke is offline',
  'request.invalid': 'the app sends requests that can be read',
  'request.origin': 'another site',
  'route.method': 'the app asks for what there is',
  'route.unknown': 'the app asks for what there is',
  'server.broken': 'its words are those',
  'socket.upgrade': 'a browser at the address of a socket',
  'worksheet.shape': 'a page that was not sealed in the right form',
};

describe('the faults of the server', () => {
  it('are found', () => {
    expect(codes.length).toBeGreaterThan(90);
    for (const known of ['too_many', 'input.invalid', 'grant.no_page', 'audit.broken', 'room.locked']) expect(codes).toContain(known);
  });
  it.each(codes)('%s is said in both languages', (code) => {
    const said = { en: all.en[code], es: all.es[code] };
    if (code in OWN || code in BY_STATUS || code in BROKEN) expect(said).toEqual({});
    else expect(said).toEqual({ en: expect.stringMatching(/\.$/), es: expect.stringMatching(/\.$/) });
  });
  it('have no words for what is not answered any more', () => {
    for (const code of [...Object.keys(en), ...Object.keys(OWN), ...Object.keys(BY_STATUS), ...Object.keys(BROKEN)]) expect(codes).toContain(code);
  });
  it('have the same words to say in both languages', () => expect(Object.keys(es)).toEqual(Object.keys(en)));
  it.each(Object.entries(OWN))('%s is said by its page', (code, file) => expect(app['/src/' + file]).toContain(`'${code}'`));
});

// The server's words are English, so no page shows them. What a room says has a table of its own, with
// the server's words for codes that a newer server may have.
it('no page shows the words of the server', () => {
  const shows = Object.entries(app).filter(([path, source]) => !/net\/api\.ts$|room\/poll\.ts$/.test(path) && /(?<!refusal)\.message\b/.test(source));
  expect(shows.map(([path]) => path)).toEqual([]);
});
