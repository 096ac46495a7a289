import { about as en } from '../en/about';
import { about as es } from '../es/about';
import { section } from '../text.svelte';

export const aboutText = section(en, es);
