import { staff as en } from '../en/staff';
import { staff as es } from '../es/staff';
import { section } from '../text.svelte';

export const staffText = section(en, es);
