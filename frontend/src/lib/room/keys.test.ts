// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { KEYS, shortcut, takesKeys, type Pressed } from './keys';

const press = (key: string, over: Partial<Pressed> = {}): Pressed => ({ key, ctrlKey: false, altKey: false, metaKey: false, repeat: false, isComposing: false, ...over });
const free = { typing: false, modal: false };

test('every listed key is taken in upper and lower case, and no other', () => {
  for (const key of KEYS) {
    expect(shortcut(press(key), free)).toBe(key);
    expect(shortcut(press(key.toUpperCase()), free)).toBe(key);
  }
  for (const key of ['x', 'Enter', ' ', 'Shift', 'Escape', '']) expect(shortcut(press(key), free), key).toBeNull();
});

test('never while typing and never behind a dialog', () => {
  for (const key of KEYS) {
    expect(shortcut(press(key), { ...free, typing: true })).toBeNull();
    expect(shortcut(press(key), { ...free, modal: true })).toBeNull();
  }
});

test('never with a modifier, on key repeat, or during IME composition', () => {
  for (const over of ['ctrlKey', 'altKey', 'metaKey', 'repeat', 'isComposing'] as const) expect(shortcut(press('n', { [over]: true }), free), over).toBeNull();
});

test('fields keep their own keys, buttons do not', () => {
  document.body.innerHTML =
    '<input id="a"><textarea id="b"></textarea><select id="c"><option id="d"></option></select><div contenteditable="true"><p id="e"></p></div><input type="radio" id="f"><button id="g"></button><input type="checkbox" id="h"><p id="i"></p>';
  const takes = (id: string) => takesKeys(document.getElementById(id));
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map(takes)).toEqual([true, true, true, true, true, true]);
  expect(['g', 'h', 'i'].map(takes)).toEqual([false, false, false]);
  expect(takesKeys(null)).toBe(false);
});
