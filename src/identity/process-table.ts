import { LRUCache } from 'lru-cache';
import type { Process } from '../model/entity.ts';
import { type ProcessSurroundings, type ReadProcess, readProcess, statOf } from './read-process.ts';

interface Entry {
  /** undefined: there was no such process when it was looked for. */
  known: ReadProcess | undefined;
  /** Milliseconds: until then the entry is taken as it is. */
  trustedUntil: number;
  exited: boolean;
  /** Readings that found the container's record missing. */
  incomplete: number;
}

const most = 32_768;
/** The pace at which it is checked that a pid still stands for the same process, if no notification comes. */
const trust = 10_000;
/** How soon a pid that is not there, or whose process has ended, is looked at again. */
const distrust = 1000;
/** Processes read at once when they start, a second; above that they are read when they are first asked for. */
const eagerReads = 200;

/**
 * Processes by pid. A hit reads nothing. Whether a pid has passed on to another process is noticed by notifications, and
 * without them by its start time, which is compared once in 10 s. Those that ended stay known, as long as there is room
 * and their pid is not used again.
 */
export class ProcessTable {
  readonly #around: ProcessSurroundings;
  readonly #entries = new LRUCache<number, Entry>({ max: most });
  /** Processes that were read, and pids that were asked for when their process was gone already. */
  reads = 0;
  gone = 0;
  #eagerSecond = 0;
  #eagerLeft = eagerReads;

  constructor(around: ProcessSurroundings) {
    this.#around = around;
  }

  /** The process of a pid, now or lately. */
  get(pid: number, now: number): Process | undefined {
    const entry = this.#entries.get(pid);
    if (entry !== undefined && now < entry.trustedUntil) return entry.known?.process;
    return pid > 0 ? this.#look(pid, entry, now) : undefined;
  }

  /** A process has executed a program: what was known of its pid is out of date. */
  onExec(pid: number, now: number): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#eagerSecond) {
      this.#eagerSecond = second;
      this.#eagerLeft = eagerReads;
    }
    const entry = this.#entries.peek(pid);
    if (this.#eagerLeft > 0) {
      this.#eagerLeft--;
      const read = readProcess(pid, this.#around);
      if (read !== undefined) this.#keep(pid, read, now);
      // It has ended already: whatever is known of the pid is of another process, or of before this program.
      else this.#entries.delete(pid);
    } else if (entry !== undefined) this.#entries.delete(pid);
  }

  /** A process has ended. Late records of it are still named. */
  onExit(pid: number, now: number): void {
    const entry = this.#entries.peek(pid);
    if (entry === undefined) return;
    if (entry.known === undefined) this.#entries.delete(pid);
    else {
      entry.exited = true;
      entry.trustedUntil = now + distrust;
    }
  }

  #look(pid: number, entry: Entry | undefined, now: number): Process | undefined {
    const known = entry?.known;
    if (entry === undefined || known === undefined) return this.#read(pid, now);
    const stat = statOf(this.#around.procRoot, pid);
    const same = stat !== undefined && stat.startTicks === known.startTicks;
    if (stat === undefined || (same && entry.exited)) {
      entry.exited = true;
      entry.trustedUntil = now + distrust;
      return known.process;
    }
    if (!same || stat.comm !== known.comm || this.#wantsMore(entry)) return this.#read(pid, now, entry);
    entry.trustedUntil = now + trust;
    return known.process;
  }

  /** A container's record is written after its first process has started: ask again a few times. */
  #wantsMore(entry: Entry): boolean {
    const container = entry.known?.process.container;
    if (container === undefined || container.name !== '' || entry.incomplete >= 3) return false;
    entry.incomplete++;
    return true;
  }

  #read(pid: number, now: number, before?: Entry): Process | undefined {
    const read = readProcess(pid, this.#around);
    // It ended between two readings: what was read first holds.
    if (read === undefined && before !== undefined) {
      before.exited = true;
      before.trustedUntil = now + distrust;
      return before.known?.process;
    }
    if (read !== undefined) return this.#keep(pid, read, now, before);
    this.gone++;
    this.#entries.set(pid, { known: undefined, trustedUntil: now + distrust, exited: false, incomplete: 0 });
    return undefined;
  }

  #keep(pid: number, read: ReadProcess, now: number, before?: Entry): Process {
    this.reads++;
    const same = before?.known?.startTicks === read.startTicks;
    this.#entries.set(pid, {
      known: read,
      trustedUntil: now + trust,
      exited: false,
      incomplete: same ? (before?.incomplete ?? 0) : 0,
    });
    return read.process;
  }
}
