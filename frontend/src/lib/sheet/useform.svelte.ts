// The form of a kind in the language and wording of this device and facility, for a component.

import { useSignin } from '../signin/signin.svelte';
import { text } from '../text/text.svelte';
import { loadForm, type Form, type Kind } from './forms';

export function useForm(kind: () => Kind): { readonly form: Form | null } {
  const signin = useSignin();
  let form = $state.raw<Form | null>(null);
  $effect(() => {
    const [k, language] = [kind(), text.language];
    void loadForm(k, language, signin.facility?.track === 'secular' ? 'secular' : 'twelve_step').then((f) => {
      if (k === kind() && language === text.language) form = f;
    });
  });
  return {
    get form() {
      return form;
    },
  };
}
