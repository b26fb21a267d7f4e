import { readFileSync } from 'node:fs';

/** The kernel's name of a process, '' where it has ended. */
export function taskName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return '';
  }
}
