import { near as en } from '../en/near';
import { near as es } from '../es/near';
import { section } from '../text.svelte';

export const nearText = section(en, es);
