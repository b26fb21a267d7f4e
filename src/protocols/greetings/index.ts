/** Protocols that say who they are at once, read as far as they can be. */
export { ftp } from './ftp.ts';
export { ldap } from './ldap.ts';
export { smtp } from './smtp.ts';
export { ssh } from './ssh.ts';
