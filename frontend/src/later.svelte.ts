// What the app does beside showing pages. It is loaded after the first one, so that a form on a
// slow phone does not wait for it. What a page asks for later without a signal comes along.

import { keepFresh } from './lib/router/fresh';
import './lib/signin/enter';
import type { Holder } from './lib/signin/holder';
import type { Signin } from './lib/signin/signin.svelte';
import { sendDeletions } from './lib/sheet/waiting';
import { watchIdle, watchLeaving } from './lib/signin/watch';
import { clearHere } from './lib/signin/tidy';
import { beforeLeaving } from './lib/signin/exit';
import { setLimit } from './lib/ui/Field.svelte';
import { limit } from './lib/ui/limit';

export function begin(signin: Signin, holder: Holder): () => void {
  setLimit(limit);
  const flush = async () => holder.sheets?.flush();
  const send = () => signin.state === 'in' && void sendDeletions(signin, holder);
  addEventListener('online', send);
  const stops = [
    watchIdle(signin, flush),
    watchLeaving(signin, flush),
    keepFresh(() => signin.busy),
    // As far as the page still lives; the rest when the app is next opened.
    beforeLeaving(() => void clearHere()),
    () => removeEventListener('online', send),
    $effect.root(() => {
      // Words that a meeting left on this device: what is due goes, and what waits for an account
      // moves into it when its pages open.
      $effect(() => {
        void signin.open;
        if (localStorage['kept']) void import('./lib/guest/tend').then((m) => m.tend(signin, holder));
      });
      // Pages that were deleted without a signal go from the server as soon as there is one,
      // whether pages are open or not.
      $effect(() => {
        void signin.open;
        send();
      });
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
