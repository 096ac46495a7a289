// Every refusal that a room can give has words in both languages: the server's own are English.

import { describe, expect, it } from 'vitest';
import { refused as english } from './en/refused';
import { refused as spanish } from './es/refused';
import { en as runEnglish, es as runSpanish } from './sections/runrefused';

const rules = import.meta.glob<string>(['../../../../server/room/*.go', '!../../../../server/room/*_test.go'], { eager: true, query: '?raw', import: 'default' });
const codes = Object.values(rules).flatMap((source) => [...source.matchAll(/fault\.New\(fault\.\w+, "([\w.]+)"/g)].map((m) => m[1] ?? ''));

const en: Record<string, string> = { ...english, ...runEnglish };
const es: Record<string, string> = { ...spanish, ...runSpanish };

describe('refusals of the room', () => {
  it('are found', () => expect(codes.length).toBeGreaterThan(25));
  it.each(codes)('%s has words in both languages', (code) => {
    expect(en[code]).toBeTruthy();
    expect(es[code]).toBeTruthy();
  });
  it('are the same in both languages', () => expect(Object.keys(es)).toEqual(Object.keys(en)));
  it('are said once', () => expect(Object.keys(en)).toHaveLength(Object.keys(english).length + Object.keys(runEnglish).length));
});
