import { roomCare as en } from '../en/roomcare';
import { roomCare as es } from '../es/roomcare';
import { section } from '../text.svelte';

export const roomCareText = section(en, es);
