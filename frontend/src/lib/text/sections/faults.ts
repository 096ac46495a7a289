import { faults as en } from '../en/faults';
import { faults as es } from '../es/faults';
import { section } from '../text.svelte';

export const faultText = section(en, es);
