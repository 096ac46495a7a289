// The form that a page was written with, in the language and wording of this device and facility,
// for a component. A page that is not there yet takes `newestOf` its kind.

import { useSignin } from '../signin/signin.svelte';
import { text } from '../text/text.svelte';
import { loadForm, type Form, type Tpl } from './forms';

export function useForm(tpl: () => Tpl): { readonly form: Form | null } {
  const signin = useSignin();
  let form = $state.raw<Form | null>(null);
  $effect(() => {
    const [of, language] = [tpl(), text.language];
    void loadForm(of, language, signin.facility?.track === 'secular' ? 'secular' : 'twelve_step').then((f) => {
      if (of === tpl() && language === text.language) form = f;
    });
  });
  return {
    get form() {
      return form;
    },
  };
}
