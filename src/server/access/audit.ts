import { createHash, randomUUID } from 'node:crypto';
import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import type { Audit as AuditList } from '../../model/api.ts';
import { asText, asTime } from '../../store/answer.ts';
import type { Store } from '../../store/store.ts';

/** Who did what. Each row holds the hash of the one before it, so that it shows where one was taken out. */
export class Audit {
  readonly #store: Store;
  #previous: string | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Entries that could not be stored. */
  lost = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Notes something that somebody did. Resolves once it is stored or counted as lost. */
  note(actor: string, kind: string, summary: string, details: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.#writing = this.#writing.then(() => this.#append(actor, kind, summary, JSON.stringify(details)));
    return this.#writing;
  }

  /** The latest, with all that was noted before this was asked. */
  async list(limit: number): Promise<AuditList> {
    await this.#writing;
    const answer = await this.#store.query(
      "SELECT time, actor, kind, summary, details FROM actions WHERE step = 'access' ORDER BY time DESC LIMIT {limit:UInt32}",
      { parameters: { limit } },
    );
    return {
      items: [...answer.objects()].map((row) => ({
        time: isoTime(asTime(row.time) as EpochNanos),
        actor: asText(row.actor),
        kind: asText(row.kind),
        summary: asText(row.summary),
        details: asText(row.details),
      })),
    };
  }

  async #append(actor: string, kind: string, summary: string, details: string): Promise<void> {
    try {
      this.#previous ??= await this.#last();
      const time = BigInt(Date.now()) * 1_000_000n;
      const id = randomUUID();
      const row = { time, id, step: 'access', actor, kind, summary, details, previous: this.#previous };
      await this.#store.append('actions', [row]);
      this.#previous = hashOf({ time: String(time), id, actor, kind, summary, details, previous: row.previous });
    } catch {
      this.lost++;
    }
  }

  async #last(): Promise<string> {
    const answer = await this.#store.query(
      'SELECT time, id, actor, kind, summary, details, previous FROM actions ORDER BY time DESC, id DESC LIMIT 1',
    );
    const row = answer.first();
    if (row === undefined) return '';
    return hashOf({
      time: String(asTime(row.time)),
      id: asText(row.id),
      actor: asText(row.actor),
      kind: asText(row.kind),
      summary: asText(row.summary),
      details: asText(row.details),
      previous: asText(row.previous),
    });
  }
}

function hashOf(row: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(row)).digest('hex');
}
