import { LRUCache } from 'lru-cache';
import type { CaptureSink } from '../capture/sink.ts';
import type { Endpoint } from '../model/connection.ts';
import type { EventFields, EventKind } from '../model/event.ts';

/** These are about a listening socket, and have no connection by their nature. */
const atListeners: ReadonlySet<EventKind> = new Set(['listen_overflow', 'syn_drop', 'udp_receive_overflow']);

/**
 * Where only some processes are watched: leaves out events of everybody else's packets. The kernel tells of drops, resets
 * and the like for the whole host and often without a socket, so they are known by the ends of watched connections, also
 * of those that have just ended.
 */
export function scopedEvents(sink: CaptureSink): CaptureSink {
  const clients = new LRUCache<string, true>({ max: 65_536 });
  const servers = new LRUCache<string, true>({ max: 8_192 });
  const concerns = (event: Readonly<EventFields>): boolean => {
    if (event.connection !== undefined || (event.sourceIp === '' && event.destinationIp === '')) return true;
    const ends = [`${event.sourceIp} ${event.sourcePort}`, `${event.destinationIp} ${event.destinationPort}`];
    return (
      ends.some((end) => clients.has(end)) || (atListeners.has(event.kind) && ends.some((end) => servers.has(end)))
    );
  };
  return {
    request: (request, connection) => sink.request(request, connection),
    connection: (connection, change) => {
      if (change === 'opened') clients.set(keyOf(connection.client), true);
      servers.set(keyOf(connection.server), true);
      sink.connection(connection, change);
    },
    event: (event) => {
      if (concerns(event)) sink.event(event);
    },
  };
}

function keyOf({ ip, port }: Readonly<Endpoint>): string {
  return `${ip} ${port}`;
}
