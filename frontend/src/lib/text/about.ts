import { about as en } from './en/about';
import { about as es } from './es/about';
import { addSection } from './text.svelte';

addSection('about', en, es);
