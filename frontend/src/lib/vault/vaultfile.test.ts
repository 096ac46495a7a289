import * as v from 'valibot';
import { expect, test } from 'vitest';
import { pin, setConsent, unpin } from './contacts';
import { deriveKeys, peerOf } from './keys';
import { b64u } from './bytes';
import { nobody, readPerson, type Person } from './findings';
import { emptyVault, mergeVaults, VaultBody } from './vaultfile';

const WS = '0192f0c4-0000-4000-8000-000000000001';

/** A vault as written by a newer version of this code. */
const newer = (acct: string, ctr: number): string =>
  JSON.stringify({
    ctr,
    contacts: { [acct]: { name: 'Maria', F: 'f', bundle: 'b', epoch: 1, how: 'qr', on: '2026-05-12', state: 'active', n: 1, later: 'contact' } },
    consents: { [WS]: { [acct]: { on: true, n: 1, later: 'consent' } } },
    sheets: { [WS]: { title: 'Joe', ver: 2, hash: 'h', later: 'sheet' } },
    roots: [],
    minSuite: 'wsx1',
    later: { [WS]: 'top' },
  });

test('fields of a newer version survive reading, changing and merging by this one', async () => {
  const maria = await deriveKeys(new Uint8Array(32).fill(2), new Uint8Array(16).fill(2), 1);
  const acct = b64u(maria.acct);
  const mine = v.parse(VaultBody, JSON.parse(newer(acct, 5)));
  unpin(mine, acct);
  setConsent(mine, WS, acct, true);
  pin(mine, peerOf(maria.bundle), b64u(maria.bundle), 'Maria', 'qr', '2026-06-01');
  const other = v.parse(VaultBody, JSON.parse(newer(acct, 6)));
  for (const merged of [mine, mergeVaults(mine, other), mergeVaults(other, mine)]) {
    const seen = merged as Record<string, unknown>;
    expect(seen['later']).toEqual({ [WS]: 'top' });
    expect(merged.contacts[acct]).toMatchObject({ later: 'contact', on: '2026-06-01', state: 'active' });
    expect(merged.consents[WS]?.[acct]).toMatchObject({ later: 'consent', on: true });
    expect(merged.sheets[WS]).toMatchObject({ later: 'sheet' });
  }
});

test('a field that only this copy has survives when the server has a copy without it', () => {
  const mine = v.parse(VaultBody, JSON.parse(newer('a', 5)));
  const old = { ...v.parse(VaultBody, JSON.parse(newer('a', 6))) } as Record<string, unknown>;
  delete old['later'];
  expect(mergeVaults(mine, old as VaultBody)).toMatchObject({ ctr: 6, later: { [WS]: 'top' } });
});

test('merging keeps the newest mark of feedback and removes none', () => {
  const marked = (ver: number, ctr: number) => ({ ...emptyVault(), ctr, feedback: { [WS]: { maria: { ver, hash: 'h' + String(ver) } } } });
  for (const merged of [
    mergeVaults(marked(2, 5), marked(3, 6)),
    mergeVaults(marked(3, 5), marked(2, 6)),
    mergeVaults(marked(3, 5), emptyVault()),
    mergeVaults(emptyVault(), marked(3, 5)),
  ])
    expect(merged.feedback?.[WS]?.['maria']).toEqual({ ver: 3, hash: 'h3' });
});

const NAMED: Person = { ...nobody(), names: ['joe'], stops: { a: { group: 'victim', level: 'STOP', on: '2026-05-12' } } };

test('what stands against contact is the union of both copies, whatever their counters', () => {
  const [mine, other] = [emptyVault(), { ...emptyVault(), ctr: 9 }];
  mine.safety = { [WS]: NAMED };
  for (const merged of [mergeVaults(mine, other), mergeVaults(other, mine)]) expect(merged.safety?.[WS]).toEqual(NAMED);
  other.safety = { [WS]: { ...nobody(), names: ['joe'], stops: { b: { group: 'legal', level: 'WAIT', on: '2026-05-13' } } } };
  for (const merged of [mergeVaults(mine, other), mergeVaults(other, mine)]) expect(Object.keys(readPerson(merged.safety?.[WS]).stops).sort()).toEqual(['a', 'b']);
});

test('findings that cannot be read remove nothing', () => {
  const read = v.parse(VaultBody, { ...emptyVault(), safety: { [WS]: { stops: { a: { group: 'victim', level: 7 } } } } });
  expect(readPerson(read.safety?.[WS]).stops['a']).toEqual({ group: 'victim', level: 'STOP', on: '' });
});

test('a mentor’s Not yet and a "not the same person" survive every merge, also by older code', () => {
  const said = { x: { mark: 'not_yet', on: '2026-05-12', by: 'ray', ws: 'a', ver: 1 } } as const;
  const [mine, other] = [
    { ...emptyVault(), safety: { [WS]: { ...nobody(), names: ['joe'], said, later: 1 } } },
    { ...emptyVault(), ctr: 9, safety: { [WS]: { ...nobody(), other: ['old'] } } },
  ];
  for (const merged of [mergeVaults(mine, other), mergeVaults(other, mine)]) {
    // Writing and reading again gives the same.
    const read = v.parse(VaultBody, JSON.parse(JSON.stringify(merged)));
    expect(readPerson(read.safety?.[WS])).toMatchObject({ said, other: ['old'], later: 1 });
  }
});
