import type { CommandEntry } from './command.ts';

/** Every command, in the order in which the help shows them. Adding one is adding a line. */
export const commands: readonly CommandEntry[] = [];
