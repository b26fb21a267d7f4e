import { type Table, tables } from '../../model/tables/index.ts';
import { asNumber, asText } from '../answer.ts';
import type { Store } from '../store.ts';
import { type Floors, levels } from './span.ts';

/** How long what was found is believed: retention moves by hours. */
const believedFor = 60_000;

const found = new WeakMap<Store, { readonly at: number; readonly floors: Promise<Floors> }>();

/** Since when each source of an answer is complete. Looked up once a minute. */
export function floorsOf(store: Store): Promise<Floors> {
  const known = found.get(store);
  if (known !== undefined && Date.now() - known.at < believedFor) return known.floors;
  const floors = readFloors(store);
  found.set(store, { at: Date.now(), floors });
  floors.catch(() => found.delete(store));
  return floors;
}

/** Forgets what was found, after rows were dropped. */
export function forgetFloors(store: Store): void {
  found.delete(store);
}

/**
 * A table is complete since its first partition began, unless it holds everything that was ever written: then the coarsest
 * roll-up, which is kept longest, begins in the same hour.
 */
async function readFloors(store: Store): Promise<Floors> {
  const sources = ['requests', 'flows', ...levels.map(({ table }) => table)] as const;
  const selects = sources.map(
    (name) => `SELECT '${name}' AS name, count() AS n, toUnixTimestamp(min(time)) AS first FROM ${name}`,
  );
  const answer = await store.query(selects.join(' UNION ALL '));
  const first = new Map<string, number>();
  for (const row of answer.objects()) if (asNumber(row.n) > 0) first.set(asText(row.name), asNumber(row.first));
  const coarsest = levels[0].table;
  const beginning = first.get(coarsest) ?? 0;
  const kept = await keptOf(store, coarsest);
  const floorOf = (name: (typeof sources)[number]): bigint => {
    const earliest = first.get(name);
    // Empty: nothing of it ever came, or all of it has gone.
    if (earliest === undefined) return kept[name] ?? 0n;
    if (earliest - (earliest % 3600) <= beginning) return 0n;
    const table: Table = tables[name];
    const seconds = table.partitionSeconds;
    const start = seconds >= 2_592_000 ? monthStart(earliest) : earliest - (earliest % Math.max(1, seconds));
    return BigInt(start) * 1_000_000_000n;
  };
  const later = (a: bigint, b: bigint) => (a > b ? a : b);
  return {
    rows: later(floorOf('requests'), floorOf('flows')),
    edges_10s: floorOf('edges_10s'),
    edges_1m: floorOf('edges_1m'),
    edges_10m: floorOf('edges_10m'),
    edges_1h: floorOf('edges_1h'),
  };
}

/** For rows of each kind: since when none is missing if there is none at all, by what roll-ups say that there was. */
async function keptOf(store: Store, coarsest: string): Promise<Readonly<Record<string, bigint>>> {
  const end = (measured: string): string =>
    `maxIf(toUnixTimestamp(time), ${measured} > 0) AS last, countIf(${measured} > 0) AS n`;
  const flows = 'opened + ended + source_bytes + destination_bytes';
  const answer = await store.query(
    `SELECT 'requests' AS name, ${end('requests')} FROM ${coarsest} UNION ALL SELECT 'flows' AS name, ${end(flows)} FROM ${coarsest}`,
  );
  const kept: Record<string, bigint> = {};
  for (const row of answer.objects()) {
    if (asNumber(row.n) > 0) kept[asText(row.name)] = BigInt(asNumber(row.last)) * 1_000_000_000n + levels[0].step;
  }
  return kept;
}

function monthStart(seconds: number): number {
  const date = new Date(seconds * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1000;
}
