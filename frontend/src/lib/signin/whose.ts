// Whose account is open here: a label that is computed from what it states.

import type { Signin } from './signin.svelte';

/** The name of the account whose pages are open, from the sign-in and the keys in the worker; '' when
 * pages are locked, or when the two are not of the same account. */
export const whoseOpen = ({ open, keysOf, me }: Signin): string => (open && keysOf === me?.acct ? me.room_name : '');
