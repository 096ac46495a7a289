import { voices as en } from './en/voices';
import { voices as es } from './es/voices';
import { addSection } from './text.svelte';

addSection('voices', en, es);
