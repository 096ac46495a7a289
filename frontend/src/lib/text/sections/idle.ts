import { idle as en } from '../en/idle';
import { idle as es } from '../es/idle';
import { section } from '../text.svelte';

export const idleText = section(en, es);
