// Background tasks of the app. They are loaded after the first page, so that a form on a slow phone
// does not wait for them, together with what a page may need later while offline.

import { sweep } from './lib/guest/wipe';
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
    // Best effort while the page is closing; the rest happens when the app is next opened.
    beforeLeaving(() => void clearHere()),
    beforeLeaving(() => void sweep()),
    () => removeEventListener('online', send),
    $effect.root(() => {
      // Words that a meeting left on this device: expired ones are deleted, and those that wait for
      // an account move into it when its pages are unlocked.
      $effect(() => {
        void signin.open;
        if (localStorage['kept']) void import('./lib/guest/tend').then((m) => m.tend(signin, holder));
      });
      // Pages deleted offline are deleted on the server as soon as there is a connection, whether
      // pages are unlocked or not; those that a mentor answered once they are unlocked.
      $effect(() => {
        void signin.open;
        send();
      });
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
