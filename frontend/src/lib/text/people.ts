import { people as en } from './en/people';
import { people as es } from './es/people';
import { addSection } from './text.svelte';

addSection('people', en, es);
