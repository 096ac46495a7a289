import { sheets as en } from './en/sheets';
import { sheets as es } from './es/sheets';
import { addSection } from './text.svelte';

addSection('sheets', en, es);
