import { connection as en } from '../en/connection';
import { connection as es } from '../es/connection';
import { section } from '../text.svelte';

export const connectionText = section(en, es);
