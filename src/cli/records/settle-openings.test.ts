import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureSink } from '../../capture/sink.ts';
import type { Connection, ConnectionChange } from '../../model/connection.ts';
import { anyConnection, anyEvent, anyRequest } from '../../model/testing/arbitraries.ts';
import { settleOpenings } from './settle-openings.ts';

const [[first, second, request, event]] = fc.sample(fc.tuple(anyConnection, anyConnection, anyRequest, anyEvent), {
  numRuns: 1,
  seed: 5,
});

/** What came, and what was known of the client's process in that moment. */
function kept(): { readonly came: [what: string, pid: number][]; readonly sink: CaptureSink } {
  const came: [string, number][] = [];
  const note = (what: string, connection?: Readonly<Connection>): void => {
    came.push([what, connection?.client.pid ?? -1]);
  };
  return {
    came,
    sink: {
      request: (_, connection) => note('request', connection),
      connection: (connection, change: ConnectionChange) => note(change, connection),
      event: (one) => note('event', one.connection),
    },
  };
}

const one = (from: Readonly<Connection>): Connection => ({ ...from, client: { ...from.client, pid: 0 } });

describe('openings of connections', () => {
  test('are shown once it is known whose they are, before whatever comes next', () => {
    const { came, sink } = kept();
    const settling = settleOpenings(sink, 1000);
    const connection = one(first);
    settling.connection(connection, 'opened');
    settling.connection(connection, 'established');
    expect(came).toEqual([]);
    connection.client.pid = 42;
    settling.request(request, connection);
    settling.connection(connection, 'closed');
    expect(came).toEqual([
      ['opened', 42],
      ['established', 42],
      ['request', 42],
      ['closed', 42],
    ]);
  });

  test('do not say how the connection ended, though it has', () => {
    const ends: string[] = [];
    const settling = settleOpenings({ ...kept().sink, connection: (c) => void ends.push(c.end) }, 1000);
    const connection: Connection = { ...one(first), end: 'open' };
    settling.connection(connection, 'opened');
    connection.end = 'reset';
    settling.connection(connection, 'closed');
    expect(ends).toEqual(['open', 'reset']);
  });

  test('do not wait for others', () => {
    const { came, sink } = kept();
    const settling = settleOpenings(sink, 1000);
    const [a, b] = [one(first), one(second)];
    settling.connection(a, 'opened');
    settling.connection(b, 'opened');
    settling.event({ ...event, connection: b });
    expect(came.map(([what]) => what)).toEqual(['opened', 'event']);
    settling.flush();
    expect(came).toHaveLength(3);
  });

  test('are shown after a while though nothing happens, and all of them at the end', async () => {
    const { came, sink } = kept();
    const settling = settleOpenings(sink, 1);
    settling.connection(one(first), 'opened');
    await expect.poll(() => came.length).toBe(1);
    settling.connection(one(second), 'opened');
    settling.flush();
    expect(came).toHaveLength(2);
  });
});
