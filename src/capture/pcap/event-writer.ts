import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Connection } from '../../model/connection.ts';
import type { EventFields, EventKind } from '../../model/event.ts';
import { Side } from '../../model/request.ts';
import type { CaptureSink } from '../sink.ts';

/** Hands events to the sink, all through one object. */
export class EventWriter {
  readonly #sink: CaptureSink;
  readonly #event: EventFields = {
    time: NEVER,
    kind: 'retransmit',
    reason: '',
    transport: 'tcp',
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

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  /**
   * Reports an event of a connection.
   * @param from the side whose packet (or whose attempt) it was
   * @param bytes payload of that packet
   */
  report(
    kind: EventKind,
    time: CaptureTime,
    connection: Connection,
    from: Side,
    more: { reason?: string; tcpState?: string; bytes?: number } = {},
  ): void {
    const event = this.#event;
    const source = from === Side.client ? connection.client : connection.server;
    const destination = from === Side.client ? connection.server : connection.client;
    event.time = time;
    event.kind = kind;
    event.reason = more.reason ?? '';
    event.transport = connection.transport;
    event.sourceIp = source.ip;
    event.sourcePort = source.port;
    event.destinationIp = destination.ip;
    event.destinationPort = destination.port;
    event.pid = source.pid;
    event.comm = source.comm;
    event.tcpState = more.tcpState ?? '';
    event.bytes = more.bytes ?? 0;
    event.connection = connection;
    this.#sink.event(event);
  }
}
