import { hosting as en } from './en/hosting';
import { hosting as es } from './es/hosting';
import { addSection } from './text.svelte';

addSection('hosting', en, es);
