// For a component: the form that a page was written with, in the language and wording of this
// device and facility. A page that does not exist yet gets `newestOf` its kind.

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
    // Never the form of the page shown a moment ago.
    get form() {
      return form?.tpl === tpl() ? form : null;
    },
  };
}
