import { expect, test } from 'vitest';
import { faultOf } from './fault';

test.each([
  ['NotAllowedError', 'denied'],
  ['SecurityError', 'denied'],
  ['NotFoundError', 'none'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
  ['NotSupportedError', 'unsupported'],
])('%s is %s', (name, fault) => {
  expect(faultOf(new DOMException('', name))).toBe(fault);
});

test('any error that does not come from the camera is "unsupported"', () => {
  expect(faultOf(new TypeError())).toBe('unsupported');
  expect(faultOf('no')).toBe('unsupported');
});
