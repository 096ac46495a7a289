import { agenda } from './en/agenda';
import { idle } from './en/idle';
import { care } from './en/care';
import { caring } from './en/caring';
import { about } from './en/about';
import { guest } from './en/guest';
import { hosting } from './en/hosting';
import { participant } from './en/participant';
import { pub } from './en/public';
import { shared } from './en/shared';
import { line } from './en/line';
import { near } from './en/near';
import { people } from './en/people';
import { sheets } from './en/sheets';
import { staff } from './en/staff';
import { voices } from './en/voices';
import { voicing } from './en/voicing';

export const en = { about, shared, pub, participant, staff, agenda, people, sheets, care, caring, idle, line, near, voices, voicing, guest, hosting };
