import { care as en } from './en/care';
import { care as es } from './es/care';
import { addSection } from './text.svelte';

addSection('care', en, es);
