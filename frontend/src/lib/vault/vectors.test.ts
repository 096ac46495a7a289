// Test vectors shared by Go and TypeScript: every fixed value of section 16 of the sealing format,
// and all valid and invalid files.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { masterKey } from './argon';
import { fromHex, toHex, utf8 } from './bytes';
import * as K from './keys';
import { open, padme, seal, type Typ } from './sealed';
import { openWrap, sealWrap, WrapKind } from './wrap';

const here = new URL('./vectors/', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, here), 'utf8'));
const v = read('vectors.json') as Record<string, string> & { Tags: string[] };
const acct = fromHex(v['Acct'] ?? '');

const people: Record<string, Promise<K.Keys>> = {};
const person = (letter: string) =>
  (people[letter] ??= K.deriveKeys(new Uint8Array(32).fill('abcd'.indexOf(letter[0] ?? '') + 1), new Uint8Array(16).fill(parseInt(letter, 16)), 1));

describe('fixed values', () => {
  const card = fromHex(v['R'] ?? '');

  test('the card and the keys derived from it', () => {
    expect(K.cardWords(card).join(' ')).toBe(v['Card']);
    expect(K.cardOf('  ' + (v['Card'] ?? '').toUpperCase())).toEqual(card);
    expect(K.cardOfCode(K.cardCode(card))).toEqual(card);
    expect(toHex(K.deviceSecret(card, acct))).toBe(v['S']);
    expect(toHex(K.cardAuth(card, acct))).toBe(v['Acard']);
    expect(toHex(K.cardWrapKey(card, acct))).toBe(v['Kcard']);
  });

  test('refuses what is not a card', () => {
    for (const bad of ['', 'abandon', 'abandon '.repeat(12), (v['Card'] ?? '') + ' zoo']) expect(() => K.cardOf(bad)).toThrow('E_CODE');
    for (const bad of ['wsx1:v:AAAA', 'wsx1:c:short', 'https://example.org']) expect(() => K.cardOfCode(bad)).toThrow('E_CODE');
  });

  test('password, wrap and resume keys', async () => {
    const mk = await masterKey('a1', v['Password'] ?? '', fromHex(v['Salt'] ?? ''));
    expect(toHex(mk)).toBe(v['MK']);
    expect(toHex(K.passwordAuth(mk, acct))).toBe(v['Apw']);
    const kpw = K.passwordWrapKey(K.mac(fromHex(v['S'] ?? ''), mk), acct);
    expect(toHex(kpw)).toBe(v['Kpw']);
    const nonce = new Uint8Array(12);
    nonce[11] = 1;
    expect(toHex(await sealWrap(kpw, WrapKind.password, acct, 1, fromHex(v['Root'] ?? ''), nonce))).toBe(v['Wrap']);
    expect(toHex(K.resumeWrapKey(K.mac(new Uint8Array(32).fill(0x0d), new Uint8Array(32).fill(0x0e)), acct))).toBe(v['Kres']);
  }, 60_000);

  test('the root', async () => {
    const k = await person('a1');
    expect(k.identity).toBe(v['Seed']);
    expect(toHex(k.macSk)).toBe(v['MacSk']);
    expect(toHex(K.peerOf(k.bundle).macPub)).toBe(v['MacPub']);
    expect(toHex(k.macSelf)).toBe(v['MacSelf']);
    expect(toHex(k.f)).toBe(v['F']);
    expect(K.fingerprintWords(k.f).join(' ')).toBe(v['Words']);
    expect(toHex((await person('b2')).f)).toBe(v['MentorF']);
  });

  test('padding', () => {
    for (const [n, want] of [
      [1, 4096],
      [4096, 4096],
      [4097, 4352],
      [5000, 5120],
      [9999, 10240],
      [20480, 20480],
      [100000, 100352],
      [300000, 303104],
    ] as const) {
      expect(Math.max(4096, padme(n))).toBe(want);
    }
  });
});

test('an unknown KDF name is refused, and a hasher with wrong results is detected', async () => {
  await expect(masterKey('a0', 'x', new Uint8Array(16))).rejects.toThrow('E_KDF');
  await expect(masterKey('a1', 'x', new Uint8Array(16), false, async () => new Uint8Array(32))).rejects.toThrow('E_KDF_SELFTEST');
});

test('wraps are checked in the order of the format', async () => {
  const [key, root, who] = [new Uint8Array(64).fill(7), new Uint8Array(32).fill(9), new Uint8Array(16).fill(1)];
  const blob = await sealWrap(key, WrapKind.card, who, 3, root);
  expect((await openWrap(key, blob, WrapKind.card, who, 3)).root).toEqual(root);
  const changed = (at: number) => blob.map((b, i) => (i === at ? b ^ 1 : b));
  const bad: [Promise<unknown>, string][] = [
    [openWrap(key, blob.slice(0, 117), WrapKind.card, who, 1), 'E_WRAP_FORMAT'],
    [openWrap(key, changed(4), WrapKind.card, who, 1), 'E_WRAP_FORMAT'],
    [openWrap(key, blob, WrapKind.password, who, 1), 'E_WRAP_KIND'],
    [openWrap(key, blob, WrapKind.card, new Uint8Array(16), 1), 'E_WRAP_ACCOUNT'],
    [openWrap(key, blob, WrapKind.card, who, 4), 'E_WRAP_EPOCH'],
    [openWrap(new Uint8Array(64), blob, WrapKind.card, who, 1), 'E_WRAP_KEY'],
    [openWrap(key, changed(80), WrapKind.card, who, 1), 'E_WRAP_CORRUPT'],
  ];
  for (const [p, code] of bad) await expect(p).rejects.toThrow(code);
});

interface FileVector {
  Name: string;
  Reader: string;
  Typ: Typ;
  Ws: string;
  Author: string;
  File: string;
  Error: string;
  Body: string;
  Ver: number;
  MinVer: number;
  Prev: string;
  VaultCtr: number;
  Pinned: string[] | null;
}

describe('files that Go made', () => {
  test.each((read('files.json') as FileVector[]).map((f) => [f.Name, f] as const))('%s', async (_, f) => {
    const opening = open(await person(f.Reader), new Uint8Array(Buffer.from(f.File, 'base64')), {
      typ: f.Typ,
      ws: f.Ws,
      author: (await person(f.Author)).acct,
      ...(f.Ver ? { ver: f.Ver } : {}),
      ...(f.MinVer ? { minVer: f.MinVer } : {}),
      ...(f.Prev ? { prev: fromHex(f.Prev) } : {}),
      ...(f.VaultCtr ? { vaultCtr: f.VaultCtr } : {}),
      pinned: await Promise.all((f.Pinned ?? []).map(async (p) => K.peerOf((await person(p)).bundle))),
    });
    if (f.Error) await expect(opening).rejects.toThrow(f.Error);
    else expect((await opening).body).toBe(f.Body);
  });
});

// With WRITE_VECTORS=1 this side writes files that the Go tests open.
test('files made here open here, and can be written for Go', async () => {
  const owner = await person('a1');
  const mentor = K.peerOf((await person('b2')).bundle);
  const body = '{"title":"Coach","tpl":"entry@1","fields":[{"q":"did","a":"ñ 漢 🌱"}]}';
  const ws = '0192f0c4-0000-7000-8000-000000000001';
  const one = await seal(owner, { typ: 'worksheet', ws, ver: 1, prev: null, vc: 1, body, readers: [mentor] });
  const two = await seal(owner, { typ: 'worksheet', ws, ver: 2, prev: one.hc, vc: 1, body });
  const base = { Typ: 'worksheet', Ws: ws, Author: 'a1', Error: '', Body: body, MinVer: 0, VaultCtr: 0 };
  const files = [
    { ...base, Name: 'browser: shared, read by the owner', Reader: 'a1', Ver: 1, Prev: '', Pinned: ['b2'], File: Buffer.from(one.file).toString('base64') },
    { ...base, Name: 'browser: shared, read by the mentor', Reader: 'b2', Ver: 1, Prev: '', Pinned: ['a1'], File: Buffer.from(one.file).toString('base64') },
    { ...base, Name: 'browser: second version', Reader: 'a1', Ver: 2, Prev: toHex(one.hc), Pinned: [], File: Buffer.from(two.file).toString('base64') },
  ];
  if (process.env['WRITE_VECTORS']) writeFileSync(new URL('browser-made.json', here), JSON.stringify(files, null, 1) + '\n');
  const got = await open(await person('b2'), one.file, { typ: 'worksheet', ws, ver: 1, author: owner.acct, pinned: [K.peerOf(owner.bundle)] });
  expect(got.body).toBe(body);
  await expect(open(await person('c3'), one.file, { typ: 'worksheet', ws, ver: 1, author: owner.acct })).rejects.toThrow('E_OPEN');
});

test('refuses to seal text that would not survive encoding', async () => {
  const k = await person('a1');
  const s = { typ: 'worksheet' as const, ws: '0192f0c4-0000-7000-8000-000000000001', ver: 1, prev: null, vc: 1 };
  for (const body of ['{"a":"\ud800"}', '{"a":\n1}', '{"a":\r1}']) await expect(seal(k, { ...s, body })).rejects.toThrow('E_UTF8');
  const nine = Array.from({ length: 8 }, () => K.peerOf(k.bundle));
  await expect(seal(k, { ...s, body: '{}', readers: nine })).rejects.toThrow('E_TOO_MANY');
  expect(utf8('x')).toHaveLength(1);
});
