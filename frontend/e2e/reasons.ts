// The last lines of a failed run: why each journey failed, in one line each. A log that was cut
// keeps its end, and the list reporter ends with names only.

import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

const LONGEST = 500;
/** Colours of a terminal. */
const COLOURS = new RegExp(String.raw`\u001b\[\d+(;\d+)*m`, 'g');

const inOneLine = (text: string): string => text.replace(COLOURS, '').replace(/\s+/g, ' ').slice(0, LONGEST);

export default class Reasons implements Reporter {
  readonly #lines: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === 'skipped') return;
    for (const error of result.errors) this.#lines.push(`${test.title}: ${inOneLine(error.message ?? result.status)}`);
  }

  onEnd(): void {
    if (this.#lines.length > 0) console.log(`\nWhy:\n  ${this.#lines.join('\n  ')}`);
  }

  printsToStdio(): boolean {
    return true;
  }
}
