import { LRUCache } from 'lru-cache';
import type { SocketOwners } from '../capture/packets/captured-flow.ts';
import type { CaptureSink } from '../capture/sink.ts';
import type { Connection, Endpoint } from '../model/connection.ts';
import { taskName } from './task-name.ts';

/** Who owns the sockets of conversations, as a live capture tells it: also of those that live for milliseconds only. */
export class LiveSocketOwners implements CaptureSink, SocketOwners {
  /** The latest conversation between two ends, under the key of either direction. */
  readonly #conversations = new LRUCache<string, Readonly<Connection>>({ max: 131_072 });
  readonly #netns: number;

  /** @param netns network namespace in which packets are captured: loopback addresses are others elsewhere */
  constructor(netns: number) {
    this.#netns = netns;
  }

  request(): void {}

  event(): void {}

  connection(connection: Readonly<Connection>): void {
    const { client, server, transport } = connection;
    if (isLoopback(client.ip) && this.#isElsewhere(client) && this.#isElsewhere(server)) return;
    this.#conversations.set(keyOf(transport, client, server), connection);
  }

  resolve(connection: Connection): boolean {
    const { client, server, transport } = connection;
    const known = this.#conversations.get(keyOf(transport, client, server));
    if (known !== undefined) {
      adopt(client, known.client);
      adopt(server, known.server);
    } else {
      const reversed = this.#conversations.get(keyOf(transport, server, client));
      if (reversed === undefined) return false;
      adopt(client, reversed.server);
      adopt(server, reversed.client);
    }
    connection.protocol = known?.protocol ?? connection.protocol;
    return client.pid !== 0 && server.pid !== 0;
  }

  #isElsewhere({ netns }: Readonly<Endpoint>): boolean {
    return netns !== 0 && netns !== this.#netns;
  }
}

function keyOf(transport: string, client: Readonly<Endpoint>, server: Readonly<Endpoint>): string {
  return `${transport} ${client.ip} ${client.port} ${server.ip} ${server.port}`;
}

function adopt(endpoint: Endpoint, from: Readonly<Endpoint>): void {
  endpoint.pid = from.pid;
  endpoint.tid = from.tid;
  // of sockets that are older than the capture the kernel tells the pid alone
  if (from.comm !== '') endpoint.comm = from.comm;
  else if (from.pid !== 0 && endpoint.comm === '') endpoint.comm = taskName(from.pid);
  endpoint.netns = from.netns;
  endpoint.cgroup = from.cgroup;
  endpoint.local = from.local;
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}
