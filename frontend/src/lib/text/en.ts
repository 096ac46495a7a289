import { participant } from './en/participant';
import { pub } from './en/public';
import { shared } from './en/shared';
import { sheets } from './en/sheets';
import { staff } from './en/staff';

export const en = { shared, pub, participant, staff, sheets };
