import { voicing as en } from './en/voicing';
import { voicing as es } from './es/voicing';
import { addSection } from './text.svelte';

addSection('voicing', en, es);
