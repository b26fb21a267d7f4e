import { setTimeout as sleep } from 'node:timers/promises';
import { WirelightError } from '../../base/errors.ts';
import type { StoredConnection, StoredEvent, StoredRequest } from '../../model/api.ts';
import { type Filter, printFilter } from '../../model/filter/index.ts';
import type { Io } from '../io.ts';
import type { ObserveOptions } from '../observe.ts';
import { OutputQueue } from '../output-queue.ts';
import { makeLines } from '../records/make-lines.ts';
import type { RecordLines } from '../records/record-lines.ts';
import type { Client } from '../remote/client.ts';
import { eventMessages } from '../remote/event-messages.ts';
import { StoredRecords } from '../remote/stored-records.ts';
import type { StopSignal } from '../stop-signal.ts';
import { styleOf } from '../style.ts';

type Stored = StoredRequest | StoredConnection | StoredEvent;

/** Pauses between attempts to reach a server that went away, milliseconds. */
const firstPause = 500;
const longestPause = 5_000;

/** Shows what a server sees as it happens, until told to stop. A server that goes away is asked again, from where it was. */
export async function observeRemote(
  filter: Filter,
  options: ObserveOptions,
  io: Io,
  client: Client,
  stop: StopSignal,
): Promise<void> {
  const output = new OutputQueue(io.stdout, stop.stop);
  const records = new StoredRecords();
  const lines = makeLines(options.output, options.show, records, io);
  output.push(lines.header());
  const style = styleOf(io.stderr, io.env);
  const warn = (text: string): void => {
    if (options.quiet !== true) io.stderr.write(`${style.warning('wirelight')}  ${text}\n`);
  };
  const { show } = options;
  const types = [
    ...(show.requests ? ['request'] : []),
    ...(show.connections ? ['connection'] : []),
    ...(show.events ? ['event'] : []),
  ];
  const query = { filter: printFilter(filter), types: types.join(','), rate: 10_000 };
  const timer = options.duration === undefined ? undefined : setTimeout(stop.stop, options.duration);
  let shown = 0;
  let after: string | undefined;
  let pause = 0;
  try {
    while (!stop.signal.aborted) {
      try {
        const answer = await client.open('live', { ...query, after }, {}, stop.signal);
        if (answer.body === null) throw new Error('the server sent nothing');
        pause = 0;
        for await (const { event, data, id } of eventMessages(answer.body)) {
          after = id ?? after;
          if (event === 'dropped')
            warn(`${(JSON.parse(data) as { count: number }).count} records came faster than they could be shown`);
          else if (event === 'gap')
            warn('what happened while the server was away is not shown here: ask for it with --since');
          else if (event === 'problem')
            throw new WirelightError('server_failed', (JSON.parse(data) as { title: string }).title);
          else if (types.includes(event)) {
            output.push(lineOf(JSON.parse(data) as Stored, options, lines, records));
            if (options.limit !== undefined && ++shown >= options.limit) stop.stop();
          }
          if (stop.signal.aborted) break;
        }
      } catch (error) {
        if (stop.signal.aborted) break;
        // What it refuses now it will refuse again; and one that never answered is not there.
        if (error instanceof WirelightError && (error.code !== 'no_server' || after === undefined)) throw error;
      }
      if (stop.signal.aborted) break;
      if (pause === 0) warn('the server went away; it is asked again');
      pause = Math.min(longestPause, Math.max(firstPause, pause * 2));
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    clearTimeout(timer);
  }
  await output.flush();
}

function lineOf(record: Stored, options: ObserveOptions, lines: RecordLines, records: StoredRecords): string {
  if (options.output === 'json') return `${JSON.stringify(record)}\n`;
  if (record.type === 'request') {
    const { request, connection } = records.request(record);
    return lines.request(request, connection);
  }
  if (record.type === 'connection') return lines.connection(records.connection(record), record.change);
  return lines.event(records.event(record));
}
