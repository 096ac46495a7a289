// A server that lies to a participant's pages: its replies are changed on the way. Sealing promises
// that such lies are detected.

import type { Page, Route } from '@playwright/test';
import { ask } from './fixtures';

interface Sealed {
  id: string;
  ws: string;
  typ: string;
  author: string;
  owner: string;
  readers: string[];
}
interface SealedList {
  sealed: Sealed[];
}

const acctOf = (member: string): string => Buffer.from(member.replaceAll('-', ''), 'hex').toString('base64url');
const stanzas = (file: Buffer): number => (file.toString('latin1').match(/\n-> mlkem768x25519 /g) ?? []).length;

/** Fetches the true reply. Node cannot resolve names under localhost, and the server requires them. */
async function truth(route: Route): Promise<SealedList> {
  const url = new URL(route.request().url());
  const headers = { ...(await route.request().allHeaders()), host: url.host };
  url.hostname = '127.0.0.1';
  return (await (await route.fetch({ url: url.href, headers })).json()) as SealedList;
}

/** Names a member, and a stranger with a closed grant, as readers of every page, and asks for
 * resealing. Returns for how many people each page is sealed from now on. */
export async function everybodyReads(page: Page, member: string): Promise<number[]> {
  const sent: number[] = [];
  const reader = acctOf(member);
  const stranger = 'A'.repeat(22);
  await page.route(/\/api\/v1\/worksheets(\/[^/]+\/versions)?$/, async (route) => {
    const { sealed } = await truth(route);
    await route.fulfill({ json: { sealed: sealed.map((s) => ({ ...s, readers: [s.owner, reader, stranger] })) } });
  });
  await page.route(/\/api\/v1\/grants$/, async (route) => {
    const { sealed } = await ask<SealedList>(page, 'GET', '/worksheets');
    await route.fulfill({ json: { grants: sealed.map((s) => ({ ws: s.ws, reader, room_name: '', until: '2099-01-01' })) } });
  });
  await page.route(/\/api\/v1\/worksheets\/[^/]+\/versions\/\d+$/, async (route) => {
    const body = route.request().postDataJSON() as { file: string };
    sent.push(stanzas(Buffer.from(body.file, 'base64url')));
    await route.fulfill({ status: 201, json: { id: '' } });
  });
  return sent;
}

/** Replays the feedback of an earlier list instead of the newest. */
export async function oldAnswers(page: Page, earlier: { typ: string }[]): Promise<void> {
  await page.route(/\/api\/v1\/worksheets$/, async (route) => {
    const { sealed } = await truth(route);
    await route.fulfill({ json: { sealed: [...sealed.filter((s) => s.typ !== 'feedback'), ...earlier.filter((s) => s.typ === 'feedback')] } });
  });
}

/** For how many people each page on the server is sealed. */
export async function sealedFor(page: Page): Promise<number[]> {
  const { sealed } = await ask<SealedList>(page, 'GET', '/worksheets');
  const files = sealed.filter((s) => s.typ === 'worksheet').map((s) => s.id);
  const texts = await page.evaluate((ids) => Promise.all(ids.map(async (id) => Array.from(new Uint8Array(await (await fetch('/api/v1/sealed/' + id)).arrayBuffer())))), files);
  return texts.map((bytes) => stanzas(Buffer.from(bytes)));
}
