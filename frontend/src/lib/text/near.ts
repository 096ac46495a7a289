import { near as en } from './en/near';
import { near as es } from './es/near';
import { addSection } from './text.svelte';

addSection('near', en, es);
