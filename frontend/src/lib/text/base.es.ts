export { pub } from './es/public';
export { shared } from './es/shared';
