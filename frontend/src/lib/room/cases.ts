// The invented stories for practice groups, by version and number as the server names them ("1.7").
// A story never changes: new wording is a new file with a new version, and a room built with the
// old version still finds it.

export interface Story {
  title: string;
  case: string;
  speaker: string;
  listener: string;
}

interface Deck {
  version: number;
  language: string;
  cards: Story[];
}

const decks = import.meta.glob<Deck>('./cases/*.json', { import: 'default' });

/** Returns a story by name and language; null when this page does not know it. */
export async function storyOf(name: string, language: 'en' | 'es'): Promise<Story | null> {
  const [version, number] = name.split('.');
  const deck = await decks[`./cases/cases.${version}.${language}.json`]?.();
  return deck?.cards[Number(number) - 1] ?? null;
}
