import { agenda as en } from '../en/agenda';
import { agenda as es } from '../es/agenda';
import { section } from '../text.svelte';

export const agendaText = section(en, es);
