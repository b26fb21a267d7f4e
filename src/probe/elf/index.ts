/** Programs and libraries on disk: their functions, what they need, and who built them. */
export { type ElfFile, type ElfSymbol, openElf } from './elf-file.ts';
