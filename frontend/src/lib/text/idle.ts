import { idle as en } from './en/idle';
import { idle as es } from './es/idle';
import { addSection } from './text.svelte';

addSection('idle', en, es);
