// Every refusal that a room can give has words in both languages: the server's own are English.

import { describe, expect, it } from 'vitest';
import { refused as en } from './en/refused';
import { refused as es } from './es/refused';

const rules = import.meta.glob<string>(['../../../../server/room/*.go', '!../../../../server/room/*_test.go'], { eager: true, query: '?raw', import: 'default' });
const codes = Object.values(rules).flatMap((source) => [...source.matchAll(/fault\.New\(fault\.\w+, "([\w.]+)"/g)].map((m) => m[1] ?? ''));

describe('refusals of the room', () => {
  it('are found', () => expect(codes.length).toBeGreaterThan(25));
  it.each(codes)('%s has words in both languages', (code) => {
    expect(en[code]).toBeTruthy();
    expect(es[code]).toBeTruthy();
  });
  it('are the same in both languages', () => expect(Object.keys(es)).toEqual(Object.keys(en)));
});
