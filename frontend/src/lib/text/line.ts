import { line as en } from './en/line';
import { line as es } from './es/line';
import { addSection } from './text.svelte';

addSection('line', en, es);
