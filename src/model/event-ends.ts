import type { Endpoint } from './connection.ts';
import type { EventFields } from './event.ts';

/**
 * The two ends of an event as endpoints: those of its connection, turned the way the event goes, where that is known.
 * Otherwise nothing but addresses and ports is known of them. The objects are reused.
 */
export class EventEnds {
  readonly #source = blankEndpoint();
  readonly #destination = blankEndpoint();
  source: Readonly<Endpoint> = this.#source;
  destination: Readonly<Endpoint> = this.#destination;

  /** Turns to another event. */
  set(event: Readonly<EventFields>): void {
    const { connection } = event;
    if (connection !== undefined) {
      const { client, server } = connection;
      const fromServer = event.sourcePort === server.port && event.sourceIp === server.ip;
      const fromClient = event.sourcePort === client.port && event.sourceIp === client.ip;
      this.source = fromServer && !fromClient ? server : client;
      this.destination = this.source === server ? client : server;
      return;
    }
    this.#source.ip = event.sourceIp;
    this.#source.port = event.sourcePort;
    this.#destination.ip = event.destinationIp;
    this.#destination.port = event.destinationPort;
    this.source = this.#source;
    this.destination = this.#destination;
  }
}

/** An endpoint of which nothing is known, all of it writable. */
export function blankEndpoint(): { -readonly [K in keyof Endpoint]: Endpoint[K] } {
  return { ip: '', port: 0, pid: 0, tid: 0, comm: '', netns: 0, cgroup: 0, local: false };
}
