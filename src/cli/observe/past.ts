import type { StoredConnection, StoredEvent, StoredRequest } from '../../model/api.ts';
import { type Filter, printFilter } from '../../model/filter/index.ts';
import type { Io } from '../io.ts';
import type { ObserveOptions } from '../observe.ts';
import { makeLines } from '../records/make-lines.ts';
import { clientOf } from '../remote/client.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { StoredRecords } from '../remote/stored-records.ts';

/** Records that are asked for at most unless somebody says how many. */
const usually = 1000;

/** Shows what a server remembers of the last stretch of time, the newest records in the order of time. */
export async function observePast(filter: Filter, options: ObserveOptions & RemoteOptions, io: Io): Promise<void> {
  const client = clientOf(options, io);
  const limit = Math.min(options.last ?? options.limit ?? usually, 10_000);
  const query = { from: Math.floor(Date.now() - (options.since ?? 900_000)), filter: printFilter(filter), limit };
  const { show } = options;
  const items: (StoredRequest | StoredConnection | StoredEvent)[] = [
    ...(show.requests ? (await client.get('requests', query)).items : []),
    ...(show.connections ? (await client.get('flows', query)).items : []),
    ...(show.events ? (await client.get('events', query)).items : []),
  ];
  const shown = items.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-limit);
  if (options.output === 'json') {
    for (const record of shown) io.stdout.write(`${JSON.stringify(record)}\n`);
  } else {
    const records = new StoredRecords();
    const lines = makeLines(options.output, show, records, io);
    io.stdout.write(lines.header());
    for (const record of shown) {
      if (record.type === 'request') {
        const { request, connection } = records.request(record);
        io.stdout.write(lines.request(request, connection));
      } else if (record.type === 'connection')
        io.stdout.write(lines.connection(records.connection(record), record.change));
      else io.stdout.write(lines.event(records.event(record)));
    }
  }
  if (options.quiet !== true && items.length >= limit) {
    io.stderr.write(`wirelight: these are the newest ${shown.length}; ask for more with --last\n`);
  }
}
