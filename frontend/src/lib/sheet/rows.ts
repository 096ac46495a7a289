// One row of the list of pages, from the server's newest version or from this device's draft. Rule:
// a row whose file does not open is shown as broken, under the title that the vault has for it; what
// the server says of it is never taken for its words.

import { call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { byVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { OpenedDoc } from '../vault/keeper';
import type { Sealed } from '../wire/wire';
import { fromBody, textOf, titleOf, type Answers } from './answers';
import type { FeedbackByPage } from './feedback';
import { newestOf, type Kind, type Tpl } from './forms';
import type { Feedback, State } from './plan';

export interface Row {
  ws: string;
  kind: Kind;
  /** The form that it was written with. */
  tpl: Tpl;
  title: string;
  /** For an entry: when. For a plan: the route. */
  time: string;
  /** The entry that a plan or a look back is about. */
  about: string;
  day: string;
  state: State | null;
  /** A mentor answered, and the answer was not looked at on this device yet. */
  news: boolean;
  /** Accounts that the newest version is sealed for, without the owner, according to the file;
   * according to the server when the file does not open. */
  readers: string[];
  /** There are words on this device that the server does not have. */
  unsent: boolean;
  broken: boolean;
  answers: Answers;
}

/** What identifies the person of a page: enough to file what a mentor answered on it. */
export type PageWords = Pick<Row, 'ws' | 'kind' | 'answers'>;

/** Whether the words of a row could be read. */
export const isRead = (r: Row): boolean => Object.keys(r.answers).length > 0;

/** What a row is made with: the open vault, and the answers of mentors. */
interface Around {
  readonly signin: Signin;
  readonly feedback: FeedbackByPage;
}

/** The row of a page that the server has; `draft` are its newer words on this device, if any. */
export async function storedRow(list: Around, s: Sealed, draft: string | null): Promise<Row> {
  const facts = { day: s.day, readers: s.readers.slice(1), unsent: draft !== null, broken: false };
  try {
    const opened = await openNewest(list.signin, s);
    return rowOf(list, s.ws, draft ?? opened.body, { ...facts, readers: opened.readers });
  } catch (e) {
    if (draft !== null) return rowOf(list, s.ws, draft, facts);
    const title = list.signin.sheets[s.ws]?.title ?? '';
    return { ws: s.ws, kind: 'entry', tpl: newestOf('entry'), title, time: '', about: '', state: null, news: false, answers: {}, ...facts, broken: e instanceof SealError };
  }
}

/** The row of a page that is on this device only. */
export const draftRow = (list: Around, ws: string, body: string): Row => rowOf(list, ws, body, { day: '', readers: [], unsent: true, broken: false });

function rowOf({ feedback }: Around, ws: string, json: string, facts: Pick<Row, 'day' | 'readers' | 'unsent' | 'broken'>): Row {
  const { kind, tpl, answers } = fromBody(json);
  const news = (feedback[ws] ?? []).some((f) => f.ver > seenFeedback(ws, f.author));
  return {
    ws,
    kind,
    tpl,
    title: titleOf(answers),
    time: textOf(answers, kind === 'plan' ? 'route' : 'time'),
    about: textOf(answers, 'about'),
    state: null,
    news,
    answers,
    ...facts,
  };
}

/** Opens the newest version of a page; the list is fetched again when the vault was newer. */
export function openNewest(signin: Signin, s: Sealed): Promise<OpenedDoc> {
  return byVault(signin, async (again) => {
    const all = again ? (await call(op.listVersions, { params: { ws: s.ws } })).sealed : [s];
    const row = all.filter((r) => r.typ === 'worksheet').at(-1) ?? s;
    return signin.vault.openDoc('worksheet', row.ws, row.ver, await call(op.openSealed, { params: { id: row.id } }));
  });
}

/** The key under which the device stores which feedback was looked at: only a number per page and
 * person. */
const seenKey = (ws: string, author: string) => `seen:${ws}:${author}`;
const seenFeedback = (ws: string, author: string): number => Number(localStorage.getItem(seenKey(ws, author)) ?? 0);
export const markFeedbackSeen = (ws: string, f: Feedback): void => localStorage.setItem(seenKey(ws, f.author), String(f.ver));
