export { pub } from './en/public';
export { shared } from './en/shared';
