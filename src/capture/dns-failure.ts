import { NEVER } from '../base/units.ts';
import type { Connection } from '../model/connection.ts';
import type { EventFields } from '../model/event.ts';
import { isError } from '../model/judgement.ts';
import { Outcome, outcomeNames, type RequestFields, RequestFlag } from '../model/request.ts';
import type { CaptureSink } from './sink.ts';

/** Makes an event of each name that was not resolved, for those who look at what goes wrong and not at requests. */
export class DnsFailures {
  readonly #sink: CaptureSink;
  readonly #event: EventFields = {
    time: NEVER,
    kind: 'dns_failure',
    reason: '',
    transport: 'udp',
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
   * Reports a finished request where it is a question of DNS that brought no answer: the reason is the rcode's name
   * (NXDOMAIN, SERVFAIL, ...), or `timeout` or `aborted` where nothing came. The moment is that of the answer, of the
   * question where there was none.
   */
  of(request: Readonly<RequestFields>, connection: Connection): void {
    if (request.protocol !== 'dns' || !isError(request.outcome) || (request.flags & RequestFlag.oneWay) !== 0) return;
    const event = this.#event;
    const { client, server } = connection;
    const unanswered = request.outcome === Outcome.timeout || request.outcome === Outcome.aborted;
    event.time = request.end === NEVER ? request.start : request.end;
    event.reason = unanswered || request.codeText === '' ? outcomeNames[request.outcome] : request.codeText;
    event.transport = connection.transport;
    event.sourceIp = client.ip;
    event.sourcePort = client.port;
    event.destinationIp = server.ip;
    event.destinationPort = server.port;
    event.netns = client.netns === 0 ? server.netns : client.netns;
    event.pid = client.pid;
    event.comm = client.comm;
    event.connection = connection;
    this.#sink.event(event);
  }
}
