import { whose as en } from '../en/whose';
import { whose as es } from '../es/whose';
import { section } from '../text.svelte';

export const whoseText = section(en, es);
