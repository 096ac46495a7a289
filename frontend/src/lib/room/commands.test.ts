import { expect, it } from 'vitest';
import type { Ask } from './room.svelte';

// The compiler checks this: a line below that is not an error any more fails `npm run check`.
it('an unknown command, or one with a missing argument, does not compile', () => {
  const asked: string[] = [];
  const ask: Ask = (command) => asked.push(command.do);
  ask({ do: 'next', expect: { segment: 1 } });
  ask({ do: 'skip', with: { segment: 2 }, expect: { segment: 1 } });
  // @ts-expect-error no such command
  ask({ do: 'nxt' });
  // @ts-expect-error moves the agenda without the part it was decided on
  ask({ do: 'next' });
  // @ts-expect-error lacks the person
  ask({ do: 'admit' });
  // @ts-expect-error an argument of another command
  ask({ do: 'raise', with: { segment: 2 } });
  // @ts-expect-error a reason of another command
  ask({ do: 'queue_move', with: { turn: '', to: 1, reason: 'ground_rules' } });
  expect(asked).toHaveLength(7);
});
