import { NEVER } from '../../base/units.ts';
import type { CaptureSink } from '../../capture/sink.ts';
import type { Connection, ConnectionChange } from '../../model/connection.ts';

/** A sink that can be told to pass on what it holds. */
export interface Settling extends CaptureSink {
  flush(): void;
}

/**
 * Holds back that a connection was opened, until something else happens on it or for `milliseconds`: in the moment of its
 * opening the kernel does not know yet whose the other end is, and a line that says so helps nobody. Times are not changed.
 */
export function settleOpenings(sink: CaptureSink, milliseconds: number): Settling {
  /** What happened to each while it was held, in the order in which they came: a map keeps that. */
  const held = new Map<Readonly<Connection>, { readonly since: number; readonly changes: ConnectionChange[] }>();
  let timer: NodeJS.Timeout | undefined;

  const release = (connection: Readonly<Connection>): void => {
    const entry = held.get(connection);
    if (entry === undefined) return;
    held.delete(connection);
    // It may have ended meanwhile, and what is shown is how it began.
    const begun =
      connection.end === 'open' ? connection : { ...connection, end: 'open' as const, errno: 0, ended: NEVER };
    for (const change of entry.changes) sink.connection(begun, change);
  };
  const releaseOld = (): void => {
    timer = undefined;
    const now = performance.now();
    for (const [connection, { since }] of held) {
      if (since + milliseconds > now) break;
      release(connection);
    }
    wait();
  };
  const wait = (): void => {
    if (timer !== undefined || held.size === 0) return;
    timer = setTimeout(releaseOld, milliseconds / 2);
    timer.unref();
  };
  return {
    request: (request, connection) => {
      release(connection);
      sink.request(request, connection);
    },
    connection: (connection, change) => {
      if (change === 'opened') {
        held.set(connection, { since: performance.now(), changes: [change] });
        wait();
        return;
      }
      const entry = held.get(connection);
      if (entry !== undefined && change !== 'closed') {
        entry.changes.push(change);
        return;
      }
      release(connection);
      sink.connection(connection, change);
    },
    event: (event) => {
      if (event.connection !== undefined) release(event.connection);
      sink.event(event);
    },
    flush: () => {
      clearTimeout(timer);
      timer = undefined;
      for (const connection of [...held.keys()]) release(connection);
    },
  };
}
