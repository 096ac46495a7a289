// Failures while a page is being written: a lock during a save, a lost reply, another tab that was
// faster, a deletion on another device. Real keys, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { changeVault, fetchVault } from '../signin/vaultsync';
import { again, person, type Person } from '../vault/people.testing';
import { fromBody, toBody } from './answers';
import { copiesOf } from './copies';
import { House } from './house.testing';
import { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';
import { docOf } from './tabdrafts';

const WS = '0192f0c4-0000-4000-8000-000000000001';
const OTHER = '0192f0c4-0000-4000-8000-000000000002';
let sam: Person, house: House, signin: Signin, sheets: Sheets;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
  sam = await person(1);
  house = new House(sam.acct);
  signin = await house.signin(sam);
  sheets = new Sheets(signin);
});
afterEach(() => {
  sheets.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const write = (sheet: Sheet, answers: Record<string, unknown>): void => {
  sheet.answers = { ...answers };
  sheet.changed();
};

/** The decrypted drafts on this device. */
const drafts = async () => Object.fromEntries((await sam.keeper.drafts()).map((d) => [docOf(d.ws), fromBody(d.body ?? '{}').answers]));

/** What the server has, decrypted. */
async function stored(typ: 'worksheet' | 'mine', ws = WS): Promise<unknown[]> {
  const reader = await again(sam);
  const rows = house.rows.filter((r) => r.typ === typ && r.ws === ws);
  return Promise.all(rows.map(async (r) => fromBody((await reader.openDoc(typ, ws, r.ver, r.file, true)).body).answers));
}

describe('a lock during an upload', () => {
  for (const fails of [true, false])
    it(`uploads no empty page when the upload ${fails ? 'fails' : 'succeeds'}, and the draft has the words`, async () => {
      const note = await sheets.mine(WS, true);
      write(note, { mine: 'He cried.' });
      await note.keep();
      const go = house.hold(/PUT .*versions/);
      if (fails) house.lie(/PUT .*versions/, () => null);
      const saving = note.save();
      await vi.waitFor(() => expect(note.unsent).toBe(false));
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      sheets.clear();
      go();
      await saving.catch(() => undefined);
      house.lies.length = 0;
      await vi.advanceTimersByTimeAsync(120_000);
      await note.keep();
      await note.save();
      expect([note.answers, note.unsent, note.saved === 'error']).toEqual([{}, false, false]);
      expect(await stored('mine')).toEqual(fails ? [] : [{ mine: 'He cried.' }]);
      expect(await drafts()).toEqual({ ['mine:' + WS]: { mine: 'He cried.' } });
      vi.useRealTimers();
      const later = await sheets.mine(WS);
      expect([later.answers, later.conflict]).toEqual([{ mine: 'He cried.' }, null]);
    });

  it('between storing the draft and sealing seals nothing', async () => {
    const note = await sheets.mine(WS, true);
    write(note, { mine: 'He cried.' });
    const keep = sam.keeper.keepDraft.bind(sam.keeper);
    vi.spyOn(sam.keeper, 'keepDraft').mockImplementation(async (...a) => {
      await keep(...a);
      sheets.clear();
    });
    await note.save();
    expect(house.rows).toEqual([]);
    expect(await drafts()).toEqual({ ['mine:' + WS]: { mine: 'He cried.' } });
  });

  it('waits for the upload before it releases the words, so that a failure still has them', async () => {
    const sheet = await sheets.open(WS, true);
    write(sheet, { nick: 'Coach' });
    const go = house.hold(/PUT .*versions/);
    const saving = sheet.save();
    await vi.waitFor(() => expect(sheet.unsent).toBe(false));
    let flushed = false;
    const flush = sheet.flush().then(() => (flushed = true));
    await new Promise((ok) => setTimeout(ok));
    expect(flushed).toBe(false);
    go();
    await Promise.all([saving, flush]);
    expect(await stored('worksheet')).toEqual([{ nick: 'Coach' }]);
  });

  it('shows nothing of a page that was still being loaded', async () => {
    const sheet = await sheets.open(WS, true);
    write(sheet, { nick: 'Coach' });
    await sheet.flush();
    sheets.clear();
    const go = house.hold(/GET .*versions/);
    const opening = sheets.open(WS);
    sheets.clear();
    go();
    expect((await opening).answers).toEqual({});
  });
});

describe('an upload whose reply was lost', () => {
  for (const typ of ['worksheet', 'mine'] as const)
    it(`is not a conflict with oneself: ${typ}`, async () => {
      const sheet = new Sheet(WS, signin, typ);
      await sheet.load(true);
      write(sheet, { nick: 'Coach', mine: 'He cried.' });
      house.lose(/PUT .*versions/);
      await sheet.flush();
      expect([sheet.saved, sheet.offline]).toEqual(['device', true]);
      await sheet.save();
      expect([sheet.conflict, sheet.saved, sheet.version, await drafts()]).toEqual([null, 'server', 1, {}]);
      write(sheet, { nick: 'Coach', mine: 'He laughed.' });
      await sheet.flush();
      expect((await stored(typ)).length).toBe(2);
    });

  it('is not a conflict after the tab was killed either, in any order of fields', async () => {
    const sheet = await sheets.open(WS, true);
    write(sheet, { nick: 'Coach', did: 'I lied.' });
    house.lose(/PUT .*versions/);
    await sheet.flush();
    for (const d of await sam.keeper.drafts()) await sam.keeper.dropDraft(d.ws);
    // A draft of an older build, which had one for all tabs.
    await sam.keeper.keepDraft(WS, 0, null, toBody('entry@1', { did: 'I lied.', nick: 'Coach' }));
    const later = new Sheet(WS, signin);
    await later.load();
    expect([later.conflict, later.saved, later.version, await drafts()]).toEqual([null, 'server', 1, {}]);
  });

  it('is a conflict when the words differ', async () => {
    const sheet = await sheets.open(WS, true);
    write(sheet, { nick: 'Coach', did: 'I lied.' });
    house.lose(/PUT .*versions/);
    await sheet.flush();
    write(sheet, { nick: 'Coach', did: 'I lied and stole.' });
    await sheet.save();
    expect([sheet.conflict?.answers, sheet.unsent]).toEqual([{ nick: 'Coach', did: 'I lied.' }, true]);
  });
});

describe('another tab that was faster', () => {
  it('does not make the server’s reply from just before look forged', async () => {
    await changeVault(signin, () => sam.keeper.noteSheet(OTHER, 'Sister', 1, 'cd'.repeat(32)));
    const before = house.vault;
    const tab = await again(sam);
    await tab.openVault(before.ctr, before.file);
    await changeVault({ ...signin, vault: tab } as unknown as Signin, () => tab.noteSheet(WS, 'Coach', 1, 'ab'.repeat(32)));
    let asked = 0;
    house.lie(/GET .vault$/, (truth) => (truth !== null && ++asked === 1 ? before : (truth ?? {})));
    await fetchVault(signin);
    expect(Object.keys(signin.sheets).sort()).toEqual([WS, OTHER]);
    // A server that keeps serving the old version is refused.
    house.lies.length = 0;
    house.lie(/GET .vault$/, () => before);
    await expect(fetchVault(signin)).rejects.toThrow('E_ROLLBACK');
  });

  it('clears the refusal once the page opens', async () => {
    const sheet = await sheets.open(WS, true);
    write(sheet, { nick: 'Coach' });
    await sheet.flush();
    write(sheet, { nick: 'Coach R' });
    await sheet.flush();
    sheets.clear();
    house.lie(/GET .*versions$/, (truth) => (truth ? { sealed: house.rows.slice(0, 1) } : {}));
    const late = await sheets.open(WS);
    expect([late.refused, late.answers]).toEqual([true, {}]);
    house.lies.length = 0;
    const now = await sheets.open(WS);
    expect([now.refused, now.title]).toEqual([false, 'Coach R']);
  });
});

describe('a page that another device deleted', () => {
  const deleted = () => (house.rows = house.rows.filter((r) => r.ws !== WS));

  beforeEach(async () => {
    await sheets.load();
    const [sheet, note] = [await sheets.open(WS, true), await sheets.mine(WS, true)];
    write(sheet, { nick: 'Coach' });
    write(note, { mine: 'He cried.' });
    await Promise.all([sheet.flush(), note.flush()]);
  });

  it('is reported at the next save, and its words and the note continue as a new page', async () => {
    const [sheet, note] = [await sheets.open(WS), await sheets.mine(WS)];
    deleted();
    write(sheet, { nick: 'Coach', did: 'I lied.' });
    write(note, { mine: 'He laughed.' });
    await Promise.all([sheet.flush(), note.flush()]);
    expect([sheet.elsewhere, note.elsewhere, sheet.conflict]).toEqual([true, true, null]);
    const copy = await copiesOf(sheets).asNew(sheet);
    expect(copy.ws).not.toBe(WS);
    expect(await stored('worksheet', copy.ws)).toEqual([{ nick: 'Coach', did: 'I lied.' }]);
    expect(await stored('mine', copy.ws)).toEqual([{ mine: 'He laughed.' }]);
    expect(await drafts()).toEqual({});
  });

  it('is reported when its draft is found, which is kept until the new page is stored', async () => {
    write(await sheets.open(WS), { nick: 'Coach', did: 'I lied.' });
    await (await sheets.open(WS)).keep();
    sheets.clear();
    deleted();
    const sheet = await sheets.open(WS);
    expect([sheet.elsewhere, sheet.answers['did']]).toEqual([true, 'I lied.']);
    const keep = sam.keeper.keepDraft.bind(sam.keeper);
    vi.spyOn(sam.keeper, 'keepDraft').mockImplementation((ws, ...a) => (docOf(ws) === WS ? keep(ws, ...a) : Promise.reject(new Error('full'))));
    house.lie(/PUT .*worksheets/, () => null);
    await copiesOf(sheets).asNew(sheet);
    expect(await drafts()).toEqual({ [WS]: { nick: 'Coach', did: 'I lied.' } });
  });

  it('is not reported as deleted when offline or when the server cannot be believed', async () => {
    write(await sheets.open(WS), { nick: 'Coach', did: 'I lied.' });
    await (await sheets.open(WS)).keep();
    for (const line of [/GET .*versions$/, /GET .sealed/]) {
      sheets.clear();
      house.lies.length = 0;
      house.lie(line, () => null);
      expect((await sheets.open(WS)).elsewhere).toBe(false);
    }
  });
});

describe('a page that cannot be read', () => {
  it('is not an empty form: nothing is written in its place, and it opens when it arrives', async () => {
    const page = await sheets.open(WS, true);
    page.begin('plan@1');
    write(page, { nick: 'Coach', did: 'I lied.' });
    await page.flush();
    sheets.clear();
    house.lie(/versions$/, () => ({ sealed: [] }));
    const there = await sheets.open(WS);
    write(there, { nick: 'Other' });
    await there.flush();
    expect([there.missing, await drafts(), house.rows]).toMatchObject([true, {}, [{ ver: 1 }]]);
    house.lies.length = 0;
    const back = await sheets.open(WS);
    expect([back.missing, back.kind, back.answers['nick']]).toEqual([false, 'plan', 'Coach']);
  });

  it('is not an empty form when it does not exist, nor when requested offline', async () => {
    expect((await sheets.open(OTHER)).missing).toBe(true);
    house.lie(/versions$/, () => {
      throw new TypeError('no signal');
    });
    expect(await sheets.open(WS)).toMatchObject({ missing: true, offline: true });
    expect((await sheets.open('0192f0c4-0000-4000-8000-000000000003', true)).missing).toBe(false);
  });
});

it('a list requested before a deletion was undone does not remove the page', async () => {
  const page = await sheets.open(WS, true);
  write(page, { nick: 'Coach' });
  await page.flush();
  house.lie(/DELETE /, () => null);
  await sheets.load();
  await sheets.remove(page);
  let go = () => {};
  const held = new Promise<void>((ok) => (go = ok));
  const drafts = sam.keeper.drafts.bind(sam.keeper);
  vi.spyOn(sam.keeper, 'drafts').mockImplementationOnce(async () => {
    await held;
    return drafts();
  });
  const early = sheets.load();
  await vi.waitFor(() => expect(sam.keeper.drafts).toHaveBeenCalled());
  await sheets.bringBack(WS);
  go();
  await early;
  expect(sheets.rows.map((r) => r.ws)).toEqual([WS]);
});
