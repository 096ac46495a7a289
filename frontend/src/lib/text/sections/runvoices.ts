import { runVoices as en } from '../en/runvoices';
import { runVoices as es } from '../es/runvoices';
import { section } from '../text.svelte';

export const runVoicesText = section(en, es);
