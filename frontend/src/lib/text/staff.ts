import { staff as en } from './en/staff';
import { staff as es } from './es/staff';
import { addSection } from './text.svelte';

addSection('staff', en, es);
