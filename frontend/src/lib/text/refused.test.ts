// Every refusal that a room can give has words in both languages: the server's own are English.

import { describe, expect, it } from 'vitest';
import { refused as allEn } from './en/refused';
import { refusedStaff as staffEn } from './en/refusedstaff';
import { refused as allEs } from './es/refused';
import { refusedStaff as staffEs } from './es/refusedstaff';

const rules = import.meta.glob<string>(['../../../../server/room/*.go', '!../../../../server/room/*_test.go'], { eager: true, query: '?raw', import: 'default' });
const en = { ...allEn, ...staffEn };
const es = { ...allEs, ...staffEs };
const codes = Object.values(rules).flatMap((source) => [...source.matchAll(/fault\.New\(fault\.\w+, "([\w.]+)"/g)].map((m) => m[1] ?? ''));

describe('refusals of the room', () => {
  it('are found', () => expect(codes.length).toBeGreaterThan(25));
  it.each(codes)('%s has words in both languages', (code) => {
    expect(en[code]).toBeTruthy();
    expect(es[code]).toBeTruthy();
  });
  it('are the same in both languages', () => {
    expect(Object.keys(allEs)).toEqual(Object.keys(allEn));
    expect(Object.keys(staffEs)).toEqual(Object.keys(staffEn));
  });
});
