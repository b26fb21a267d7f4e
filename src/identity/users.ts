import { changedAt, readRecord } from './proc-file.ts';

/** User names and home directories of the host, from its passwd file. Read again when it has changed. */
export class Users {
  readonly #file: string;
  #byUid = new Map<number, { name: string; home: string }>();
  #changed = -1;
  #checkAt = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** The user's name, the number as text where it has none. */
  name(uid: number, now: number): string {
    this.#refresh(now);
    return this.#byUid.get(uid)?.name ?? String(uid);
  }

  /** The user's home directory, '' where it is not known. */
  home(uid: number, now: number): string {
    this.#refresh(now);
    return this.#byUid.get(uid)?.home ?? '';
  }

  #refresh(now: number): void {
    if (now < this.#checkAt) return;
    this.#checkAt = now + 10_000;
    const changed = changedAt(this.#file);
    if (changed === this.#changed) return;
    this.#changed = changed;
    this.#byUid = new Map();
    for (const line of (readRecord(this.#file, 4 << 20) ?? '').split('\n')) {
      const [name, , uid, , , home] = line.split(':');
      if (uid !== undefined && /^\d+$/.test(uid) && name !== '' && !this.#byUid.has(Number(uid))) {
        this.#byUid.set(Number(uid), { name, home: home ?? '' });
      }
    }
  }
}
