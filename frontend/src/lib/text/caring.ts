import { caring as en } from './en/caring';
import { caring as es } from './es/caring';
import { addSection } from './text.svelte';

addSection('caring', en, es);
