import { NEVER } from '../../base/units.ts';
import type { Connection, ConnectionChange } from '../connection.ts';
import type { EventFields } from '../event.ts';
import { blankEndpoint, EventEnds } from '../event-ends.ts';
import type { Names } from '../names.ts';
import { newRequestFields, type RequestFields } from '../request.ts';
import type { Filter } from './ast.ts';
import { connectionAccessors } from './connection-accessors.ts';
import { eventAccessors } from './event-accessors.ts';
import { requestAccessors } from './request-accessors.ts';
import type { Subject } from './subject.ts';
import { testOf } from './test-of-filter.ts';

/** A filter ready for use on records. Calling it allocates nothing. */
export interface Predicate {
  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): boolean;
  connection(connection: Readonly<Connection>, change: ConnectionChange): boolean;
  event(event: Readonly<EventFields>): boolean;
  /** False where no record of that type can ever pass, so that nobody need look. */
  readonly passes: { readonly requests: boolean; readonly connections: boolean; readonly events: boolean };
}

/** Compiles a filter. */
export function compileFilter(filter: Filter, names: Names): Predicate {
  const request = testOf(filter, requestAccessors);
  const connection = testOf(filter, connectionAccessors);
  const event = testOf(filter, eventAccessors);
  const subject = blankSubject(names);
  const ends = new EventEnds();
  return {
    request: (fields, its) => {
      if (typeof request === 'boolean') return request;
      subject.request = fields;
      subject.connection = its;
      subject.from = its.client;
      subject.to = its.server;
      return request(subject);
    },
    connection: (its, change) => {
      if (typeof connection === 'boolean') return connection;
      subject.connection = its;
      subject.change = change;
      subject.from = its.client;
      subject.to = its.server;
      return connection(subject);
    },
    event: (fields) => {
      if (typeof event === 'boolean') return event;
      ends.set(fields);
      subject.event = fields;
      subject.from = ends.source;
      subject.to = ends.destination;
      return event(subject);
    },
    passes: { requests: request !== false, connections: connection !== false, events: event !== false },
  };
}

function blankSubject(names: Names): Subject {
  const from = blankEndpoint();
  const to = blankEndpoint();
  const connection: Connection = {
    id: 0,
    transport: 'tcp',
    client: from,
    server: to,
    beginningSeen: false,
    start: NEVER,
    established: NEVER,
    ended: NEVER,
    end: 'open',
    errno: 0,
    protocol: '',
    counters: {
      clientBytes: 0,
      serverBytes: 0,
      clientSegments: 0,
      serverSegments: 0,
      clientRetransmits: 0,
      serverRetransmits: 0,
      outOfOrder: 0,
      zeroWindow: 0,
      rttSmoothed: 0,
      rttMin: 0,
      sendQueue: 0,
      receiveQueue: 0,
    },
  };
  const event: EventFields = {
    time: NEVER,
    kind: 'drop',
    reason: '',
    transport: 'other',
    sourceIp: '',
    sourcePort: 0,
    destinationIp: '',
    destinationPort: 0,
    netns: 0,
    pid: 0,
    comm: '',
    tcpState: '',
    bytes: 0,
    count: 1,
    connection: undefined,
  };
  return { request: newRequestFields(), connection, change: 'opened', event, from, to, names };
}
