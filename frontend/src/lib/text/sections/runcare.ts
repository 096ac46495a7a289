import { runCare as en } from '../en/runcare';
import { runCare as es } from '../es/runcare';
import { section } from '../text.svelte';

export const runCareText = section(en, es);
