import { agenda as en } from './en/agenda';
import { agenda as es } from './es/agenda';
import { addSection } from './text.svelte';

addSection('agenda', en, es);
