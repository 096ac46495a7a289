import { hosting as en } from '../en/hosting';
import { hosting as es } from '../es/hosting';
import { section } from '../text.svelte';

export const hostingText = section(en, es);
