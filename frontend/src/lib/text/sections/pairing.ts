import { pairing as en } from '../en/pairing';
import { pairing as es } from '../es/pairing';
import { section } from '../text.svelte';

export const pairingText = section(en, es);
