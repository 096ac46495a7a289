import { worksheets as en } from '../en/worksheets';
import { worksheets as es } from '../es/worksheets';
import { section } from '../text.svelte';

export const worksheetsText = section(en, es);
