import { participant as en } from '../en/participant';
import { participant as es } from '../es/participant';
import { section } from '../text.svelte';

export const participantText = section(en, es);
