/** What the other end's agent measured for requests that two agents saw. */

import { entityId } from '../../model/entity.ts';
import { asId, asNumber, asText } from '../../store/answer.ts';
import type { Store } from '../../store/store.ts';
import type { ColumnData } from '../../wire/block/column-data.ts';
import type { Block } from '../../wire/block/native-reader.ts';

/** Gives for a row of a block the latency that the other side measured: undefined where there is none, -1 where it saw no answer. */
export type OtherLatency = (block: Block, row: number) => number | undefined;

const none: OtherLatency = () => undefined;

/** Looks up the other sides of the rows of `requests` in some blocks. */
export async function readOtherSides(
  store: Store,
  blocks: readonly Block[],
  signal: AbortSignal | undefined,
): Promise<OtherLatency> {
  const sequences = new Set<number>();
  const minutes = new Set<number>();
  /** Rows of both sides name the same server, or its address where one of them did not know more. */
  const destinations = new Set<string>();
  for (const block of blocks) {
    const rows = new Rows(block);
    for (let row = 0; row < block.rows; row++) {
      if (!rows.oneSided(row)) continue;
      sequences.add(rows.sequence(row));
      for (const id of rows.destinations(row)) destinations.add(id);
      // Clocks of two hosts differ by seconds.
      for (const seconds of [-6, 6]) minutes.add(Math.floor((rows.seconds(row) + seconds) / 60) * 60);
    }
  }
  if (sequences.size === 0) return none;
  const answer = await store.query(
    `SELECT side, sequence, source, destination, source_ip, source_port, destination_ip, destination_port, latency_ns FROM requests
     WHERE toStartOfMinute(time) IN (SELECT toDateTime(arrayJoin({minutes:Array(UInt32)}), 'UTC'))
       AND destination IN {destinations:Array(UInt64)} AND sequence IN {sequences:Array(UInt32)} AND side IN ('client', 'server')`,
    {
      parameters: {
        minutes: [...minutes],
        sequences: [...sequences],
        destinations: [...destinations].map((id) => BigInt(`0x${id}`)),
      },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const found = new Map<string, number>();
  for (const block of answer.blocks) {
    const rows = new Rows(block);
    for (let row = 0; row < block.rows; row++) {
      for (const key of rows.keys(row, rows.side(row))) found.set(key, rows.latency(row));
    }
  }
  const known = new Map<Block, Rows>(blocks.map((block) => [block, new Rows(block)]));
  return (block, row) => {
    const rows = known.get(block);
    if (rows === undefined || !rows.oneSided(row)) return undefined;
    for (const key of rows.keys(row, rows.side(row) === 'client' ? 'server' : 'client')) {
      const latency = found.get(key);
      if (latency !== undefined) return latency;
    }
    return undefined;
  };
}

class Rows {
  readonly #columns: ReadonlyMap<string, ColumnData>;

  constructor(block: Block) {
    this.#columns = new Map([...block.columns.values()].map(({ name, data }) => [name, data]));
  }

  side(row: number): string {
    return asText(this.#get('side', row));
  }

  sequence(row: number): number {
    return asNumber(this.#get('sequence', row));
  }

  /** Whether one end saw it, and another row may be of the other. */
  oneSided(row: number): boolean {
    const side = this.side(row);
    return (side === 'client' || side === 'server') && this.sequence(row) > 0;
  }

  destinations(row: number): string[] {
    const address = asText(this.#get('destination_ip', row));
    return [asId(this.#get('destination', row)), entityId(asText(this.#get('cluster', row)), 'address', '', address)];
  }

  seconds(row: number): number {
    return Number((this.#get('time', row) as bigint) / 1_000_000_000n);
  }

  latency(row: number): number {
    return asNumber(this.#get('latency_ns', row));
  }

  /** What a side's row of the same request has: the same ends by name, or where these were not known by address. */
  keys(row: number, side: string): string[] {
    const sequence = this.sequence(row);
    const ids = ['source', 'destination'].map((name) => asId(this.#get(name, row)));
    const addresses = ['source_ip', 'source_port', 'destination_ip', 'destination_port'].map((name) =>
      String(this.#get(name, row)),
    );
    return [`${side} ${sequence} ${ids.join(' ')}`, `${side} ${sequence} ${addresses.join(' ')}`];
  }

  #get(name: string, row: number) {
    return this.#columns.get(name)?.get(row);
  }
}
