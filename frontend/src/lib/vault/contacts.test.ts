import { beforeAll, expect, test } from 'vitest';
import { b64u } from './bytes';
import { contactCode, contactsOf, leftOf, matchCode, matchWords, noteLeft, noteSent, peersOf, pin, pinned, readersOf, sentOf, setConsent, unpin } from './contacts';
import { deriveKeys, fingerprintWords, peerOf, type Keys } from './keys';
import { open, reseal, seal } from './sealed';
import { emptyVault, mergeVaults } from './vaultfile';

const WS = '0192f0c4-0000-7000-8000-000000000001';
let sam: Keys, maria: Keys, ray: Keys;

beforeAll(async () => {
  const make = (n: number) => deriveKeys(new Uint8Array(32).fill(n), new Uint8Array(16).fill(n), 1);
  [sam, maria, ray] = await Promise.all([make(1), make(2), make(3)]);
});

const acct = (k: Keys) => b64u(k.acct);
const words = (k: Keys) => fingerprintWords(k.f);

test('a scanned code pins the person whose code it is and nobody else', () => {
  const code = contactCode(peerOf(maria.bundle));
  expect(matchCode(code, acct(maria), maria.bundle).f).toEqual(maria.f);
  expect(() => matchCode(code, acct(maria), ray.bundle)).toThrow('E_PIN');
  expect(() => matchCode(code, acct(ray), ray.bundle)).toThrow('E_PIN');
  expect(() => matchCode(code.replace(':1:', ':2:'), acct(maria), maria.bundle)).toThrow('E_PIN');
  for (const bad of ['', 'wsx1:c:AAAA', code + 'x', 'https://example.org/' + code, code.replace('wsx1', 'wsx2')])
    expect(() => matchCode(bad, acct(maria), maria.bundle)).toThrow('E_CODE');
});

test('three correct words read aloud pin a person, and one wrong word does not', () => {
  const heard = [1, 4, 6].map((i) => words(maria)[i] ?? '');
  expect(matchWords(heard, [1, 4, 6], acct(maria), maria.bundle).f).toEqual(maria.f);
  expect(matchWords([` ${heard[0]?.toUpperCase()} `, heard[1] ?? '', heard[2] ?? ''], [1, 4, 6], acct(maria), maria.bundle)).toBeTruthy();
  expect(() => matchWords(heard, [1, 4, 6], acct(ray), ray.bundle)).toThrow('E_PIN');
  expect(() => matchWords(['zoo', ...heard.slice(1)], [1, 4, 6], acct(maria), maria.bundle)).toThrow('E_PIN');
  expect(() => matchWords([heard[0] ?? ''], [1], acct(maria), maria.bundle)).toThrow('E_CODE');
  expect(() => matchWords([heard[0] ?? '', heard[0] ?? '', heard[0] ?? ''], [1, 1, 1], acct(maria), maria.bundle)).toThrow('E_CODE');
});

test('nothing is sealed for, or opened from, a person who was not compared', async () => {
  const v = emptyVault();
  expect(() => peersOf(v, [acct(maria)])).toThrow('E_UNKNOWN_AUTHOR');
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'qr', '2026-05-12');
  const { file } = await seal(sam, { typ: 'worksheet', ws: WS, ver: 1, prev: null, vc: 1, body: '{"title":"x"}', readers: peersOf(v, [acct(maria)]) });
  const want = { typ: 'worksheet', ws: WS, ver: 1, author: sam.acct } as const;
  await expect(open(maria, file, want)).rejects.toThrow('E_UNKNOWN_AUTHOR');
  await expect(open(maria, file, { ...want, pinned: [{ ...peerOf(sam.bundle), epoch: 2 }] })).rejects.toThrow('E_EPOCH');
  expect((await open(maria, file, { ...want, pinned: [peerOf(sam.bundle)] })).body).toBe('{"title":"x"}');
  await expect(open(ray, file, { ...want, pinned: [peerOf(sam.bundle)] })).rejects.toThrow('E_OPEN');
  unpin(v, acct(maria));
  expect(pinned(v)).toEqual([]);
});

test('resealing removes a reader and keeps version and content hash', async () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'qr', '2026-05-12');
  const first = await seal(sam, { typ: 'worksheet', ws: WS, ver: 7, prev: null, vc: 1, body: '{"title":"x"}', readers: peersOf(v, [acct(maria)]) });
  const opened = await open(sam, first.file, { typ: 'worksheet', ws: WS, ver: 7, author: sam.acct });
  const again = await reseal(sam, opened, []);
  expect(again.hc).toEqual(first.hc);
  expect((await open(sam, again.file, { typ: 'worksheet', ws: WS, ver: 7, author: sam.acct })).header).toEqual(opened.header);
  await expect(open(maria, again.file, { typ: 'worksheet', ws: WS, ver: 7, author: sam.acct, pinned: [peerOf(sam.bundle)] })).rejects.toThrow('E_OPEN');
});

test('merging two devices: the newer change wins, and on a tie the page is off', () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'words', '2026-05-12');
  setConsent(v, WS, acct(maria), true);
  const other = structuredClone(v);
  setConsent(v, WS, acct(maria), false);
  expect(readersOf(mergeVaults(other, v), WS)).toEqual([]);
  expect(readersOf(mergeVaults(v, other), WS)).toEqual([]);
  setConsent(v, WS, acct(maria), true);
  expect(readersOf(mergeVaults(other, v), WS)).toEqual([acct(maria)]);
  unpin(other, acct(maria));
  expect(contactsOf(mergeVaults(v, other))).toEqual({});
  expect(readersOf(mergeVaults(v, other), WS)).toEqual([]);
});

test('merging two devices keeps the newest version a reader has, and drops it once it is sealed without them', () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'words', '2026-05-12');
  expect(noteSent(v, WS, [acct(maria)], 1)).toBe(false);
  setConsent(v, WS, acct(maria), true);
  expect(noteSent(v, WS, [acct(maria)], 2)).toBe(true);
  expect(noteSent(v, WS, [acct(maria)], 2)).toBe(false);
  const other = structuredClone(v);
  noteSent(v, WS, [acct(maria)], 5);
  for (const both of [mergeVaults(v, other), mergeVaults(other, v)]) expect(sentOf(both, WS)).toEqual({ [acct(maria)]: 5 });
  setConsent(v, WS, acct(maria), false);
  expect([leftOf(v, WS), noteLeft(v, WS, [4]), leftOf(v, WS)]).toEqual([[2, 5], false, [2, 5]]);
  expect([noteLeft(v, WS, [4, 5]), leftOf(v, WS)]).toEqual([true, [2]]);
  expect([noteLeft(v, WS, [2]), leftOf(v, WS)]).toEqual([true, []]);
  setConsent(v, WS, acct(maria), true);
  for (const both of [mergeVaults(v, other), mergeVaults(other, v)]) expect(sentOf(both, WS)).toEqual({ [acct(maria)]: 0 });
});

test('a copy that never knew of a sent version does not erase it, also when it turned the page off', () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'words', '2026-05-12');
  setConsent(v, WS, acct(maria), true);
  const other = structuredClone(v);
  noteSent(v, WS, [acct(maria)], 5);
  setConsent(other, WS, acct(maria), false);
  for (const both of [mergeVaults(v, other), mergeVaults(other, v)]) expect([readersOf(both, WS), leftOf(both, WS)]).toEqual([[], [5]]);
});

test('what another device sent while this one turned the page off is not forgotten, nor what was sent before the newest', () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'words', '2026-05-12');
  setConsent(v, WS, acct(maria), true);
  noteSent(v, WS, [acct(maria)], 3);
  const other = structuredClone(v);
  noteSent(v, WS, [acct(maria)], 4);
  setConsent(other, WS, acct(maria), false);
  for (const both of [mergeVaults(v, other), mergeVaults(other, v)]) expect([readersOf(both, WS), leftOf(both, WS)]).toEqual([[], [3, 4]]);
  // Turned off by another device after these versions were resealed: nothing proves that it was without them.
  const both = mergeVaults(v, other);
  expect([noteLeft(both, WS, [3, 4], [acct(maria)]), leftOf(both, WS)]).toEqual([false, [3, 4]]);
  // Sent again after it was resealed, and resealed again; an earlier copy takes nothing back.
  noteLeft(both, WS, [3, 4]);
  const before = structuredClone(both);
  setConsent(both, WS, acct(maria), true);
  expect([noteSent(both, WS, [acct(maria)], 4), sentOf(both, WS)]).toEqual([true, { [acct(maria)]: 4 }]);
  setConsent(both, WS, acct(maria), false);
  for (const all of [mergeVaults(both, before), mergeVaults(before, both)]) expect(leftOf(all, WS)).toEqual([4]);
  // A copy by older code knows only the newest version.
  const old = structuredClone(both);
  for (const e of Object.values(old.consents[WS] ?? {})) delete e.had;
  expect([leftOf(old, WS), noteLeft(old, WS, [4]), leftOf(old, WS)]).toEqual([[4], true, []]);
});

test('a tab that fetched the vault between turning off and resealing hears that it is resealed', () => {
  const v = emptyVault();
  pin(v, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'words', '2026-05-12');
  setConsent(v, WS, acct(maria), true);
  noteSent(v, WS, [acct(maria)], 5);
  setConsent(v, WS, acct(maria), false);
  const tab = structuredClone(v);
  noteLeft(v, WS, [5]);
  for (const both of [mergeVaults(v, tab), mergeVaults(tab, v)]) expect(leftOf(both, WS)).toEqual([]);
});
