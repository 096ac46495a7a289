// The made-up stories of practice groups, by version and number as the server names them
// ("1.7"). A story is never changed: a new wording is a new file with a new version, and a
// room that was built on the old one still finds it.

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

/** Gives the story of a name in a language; null for one that this page does not know. */
export async function storyOf(name: string, language: 'en' | 'es'): Promise<Story | null> {
  const [version, number] = name.split('.');
  const deck = await decks[`./cases/cases.${version}.${language}.json`]?.();
  return deck?.cards[Number(number) - 1] ?? null;
}
