/** Many requests in a real server, encoded as agents do and taken in as the server does: for tables that must take any number. */
import { EntityRows } from '../../src/agent/rows/entity-rows.ts';
import { RequestRows } from '../../src/agent/rows/request-rows.ts';
import { fillOrigin } from '../../src/agent/rows/shared-rows.ts';
import type { Server } from '../../src/server/server.ts';
import { makeTraffic } from '../bench/store/traffic.ts';

const blockRows = 50_000;

/** Spreads requests of a hundred services evenly over a span that ends now. @returns the span, epoch milliseconds */
export async function giveRequests(
  server: Server,
  count: number,
  minutes: number,
): Promise<{ readonly from: number; readonly to: number }> {
  const traffic = makeTraffic({ services: 60, hosts: 1, edges: 200, pool: 40_000 });
  const seen = traffic.seenBy(0);
  const origin = { agent: 'a0000000000000aa', cluster: 'test', host: 'node-0', connectionBase: 2 ** 32 };
  const entities = new EntityRows(traffic.names, origin.host, origin.cluster);
  const rows = new RequestRows(entities, origin);
  const to = Date.now();
  const from = to - minutes * 60_000;
  rows.block.columns.time.origin = BigInt(from) * 1_000_000n;
  const step = (minutes * 60e9) / count;
  let sequence = 0;
  const send = async (table: string, bytes: Uint8Array): Promise<void> => {
    await server.parts.ingest.take({
      agent: origin.agent,
      sequence: String(++sequence),
      table,
      clock: Date.now(),
      bytes: bytes.slice(),
    });
  };
  for (let made = 0; made < count; ) {
    const end = Math.min(made + blockRows, count);
    for (; made < end; made++) {
      const { request, connection } = traffic.fill(seen[made % seen.length] ?? 0, 1 + made * step);
      rows.append(request, connection);
    }
    fillOrigin(rows.block, origin, sequence + 1);
    if (entities.block.rows > 0) {
      await send('entities', entities.block.encode());
      entities.block.clear();
    }
    await send('requests', rows.block.encode());
    rows.block.clear();
  }
  await server.parts.store.flush();
  return { from, to };
}
