import { roomVoices as en } from '../en/roomvoices';
import { roomVoices as es } from '../es/roomvoices';
import { section } from '../text.svelte';

export const roomVoicesText = section(en, es);
