// Exports for the person alone, made on this device: one page as plain HTML, or all pages as JSON.
// An exported file is not sealed any more, and the screen says so.

import { shows, type Answers } from './answers';
import type { Form } from './forms';
import { sayAnswer } from './say';
import type { Row } from './rows';

const escape = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** A page as one HTML document without script, style or this app's name. */
export function pageHtml(form: Form, a: Answers, title: string, language: string): string {
  const steps = form.steps.map((s) => {
    const rows = s.fields.flatMap((f) => {
      const said = shows(f, a) ? sayAnswer(f, a) : '';
      return said === '' ? [] : [`<dt>${escape(f.label)}</dt><dd>${escape(said).replaceAll('\n', '<br>')}</dd>`];
    });
    return rows.length === 0 ? '' : `<h2>${escape(s.title)}</h2><dl>${rows.join('')}</dl>`;
  });
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>${escape(form.title)}</title><h1>${escape(title)}</h1>${steps.join('')}</html>`;
}

/** Every page with every answer, as it is sealed. */
export const allJson = (rows: Row[]): string => JSON.stringify({ pages: rows.map((r) => ({ kind: r.kind, form: r.tpl, title: r.title, answers: r.answers })) }, null, 2);

/** Downloads a file; its name reveals nothing. */
function save(text: string, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  [link.href, link.download] = [url, name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const savePage = (form: Form, a: Answers, title: string, language: string): void => save(pageHtml(form, a, title, language), 'text/html', 'page.html');
export const saveAll = (rows: Row[]): void => save(allJson(rows), 'application/json', 'pages.json');
