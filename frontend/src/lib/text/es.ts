import { agenda } from './es/agenda';
import { idle } from './es/idle';
import { care } from './es/care';
import { caring } from './es/caring';
import { about } from './es/about';
import { guest } from './es/guest';
import { hosting } from './es/hosting';
import { participant } from './es/participant';
import { pub } from './es/public';
import { shared } from './es/shared';
import { line } from './es/line';
import { near } from './es/near';
import { people } from './es/people';
import { sheets } from './es/sheets';
import { staff } from './es/staff';
import { voices } from './es/voices';
import { voicing } from './es/voicing';

export const es = { about, shared, pub, participant, staff, agenda, people, sheets, care, caring, idle, line, near, voices, voicing, guest, hosting };
