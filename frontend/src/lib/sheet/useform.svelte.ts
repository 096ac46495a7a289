// The form that a page was written with, in the language and wording of this device and facility,
// for a component. A page that is not there yet takes `newestOf` its kind.

import { useSignin } from '../signin/signin.svelte';
import { text } from '../text/text.svelte';
import { loadForm, type Form, type Tpl } from './forms';

export function useForm(tpl: () => Tpl): { readonly form: Form | null } {
  const signin = useSignin();
  let form = $state.raw<Form | null>(null);
  $effect(() => {
    let old = false;
    void loadForm(tpl(), text.language, signin.facility?.track === 'secular' ? 'secular' : 'twelve_step').then((f) => {
      if (!old) form = f;
    });
    return () => (old = true);
  });
  return {
    // Never the one of another page, which may be there from a moment ago.
    get form() {
      return form?.tpl === tpl() ? form : null;
    },
  };
}
