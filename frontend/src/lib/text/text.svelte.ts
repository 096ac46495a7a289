// Every word on screen, in the language this device chose. The dictionaries have one shape;
// TypeScript holds them to it.

export type Language = 'en' | 'es';

/** The sections that every page needs; `typeof import` is a type only, so that nothing is loaded for it. */
export interface Words {
  shared: typeof import('./en/shared').shared;
  pub: typeof import('./en/public').pub;
}

// What every page needs comes in the language of this device, and the other one when it is
// asked for. A section that only some pages need comes with them, in both: who says something of it
// imports it from lib/text/sections, so it is there before they are drawn.
const all: Partial<Record<Language, Words>> = {};
const bases = { en: () => import('./base.en'), es: () => import('./base.es') };

class Text {
  #language = $state<Language>('en');

  get language(): Language {
    return this.#language;
  }

  get t(): Words {
    return all[this.#language] as Words;
  }

  /** Takes the language of the document at start; nothing is drawn before its words are here. */
  async begin(): Promise<void> {
    await this.#take(document.documentElement.lang === 'es' ? 'es' : 'en');
  }

  async #take(language: Language): Promise<void> {
    all[language] ??= await bases[language]();
    this.#language = language;
  }

  choose(language: Language): void {
    void this.#take(language).then(() => {
      document.documentElement.lang = language;
      try {
        localStorage.setItem('language', language);
      } catch {
        // a device that keeps nothing still speaks the language until it is closed
      }
    });
  }

  get locale(): string {
    return this.#language === 'es' ? 'es-US' : 'en-US';
  }

  time(ms: number): string {
    return new Intl.DateTimeFormat(this.locale, { hour: 'numeric', minute: '2-digit' }).format(ms);
  }

  /** "Tuesday, May 12" */
  day(ms: number): string {
    return new Intl.DateTimeFormat(this.locale, { weekday: 'long', month: 'long', day: 'numeric' }).format(ms);
  }

  shortDay(ms: number): string {
    return new Intl.DateTimeFormat(this.locale, { month: 'short', day: 'numeric' }).format(ms);
  }

  /** A plain date such as 2026-05-12, which has no time zone. */
  date(plain: string): string {
    const [y, m, d] = plain.split('-').map(Number);
    return new Intl.DateTimeFormat(this.locale, { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' }).format(Date.UTC(y ?? 0, (m ?? 1) - 1, d ?? 1));
  }
}

/** The one module-level instance: words belong to the device, not to a person. */
export const text = new Text();

/** A section that comes with the pages that need it: called, it gives the words in the language of now. */
export const section =
  <S>(en: S, es: NoInfer<S>): (() => S) =>
  () =>
    text.language === 'es' ? es : en;

/** Puts values into {places} of a sentence. A name that ends with a period, such as "Sam R.",
 * ends the sentence with it. */
export const fill = (sentence: string, values: Record<string, string | number>): string =>
  sentence.replace(/\{(\w+)\}(\.?)/g, (_, name: string, period: string) => {
    const value = String(values[name] ?? '');
    return value.endsWith('.') ? value : value + period;
  });

/** Picks the words for one or many. */
export const count = (n: number, words: { one: string; many: string }): string => fill(n === 1 ? words.one : words.many, { n });
