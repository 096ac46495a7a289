import { participant as en } from './en/participant';
import { participant as es } from './es/participant';
import { addSection } from './text.svelte';

addSection('participant', en, es);
