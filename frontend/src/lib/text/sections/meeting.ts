import { meeting as en } from '../en/meeting';
import { meeting as es } from '../es/meeting';
import { section } from '../text.svelte';

export const meetingText = section(en, es);
