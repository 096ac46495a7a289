import { guest as en } from './en/guest';
import { guest as es } from './es/guest';
import { addSection } from './text.svelte';

addSection('guest', en, es);
