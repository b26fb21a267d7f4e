import { NEVER } from '../../base/units.ts';
import type { Connection, Endpoint } from '../../model/connection.ts';
import { remoteEndpoint, unknownCounters } from '../conversations.ts';
import { wordsText } from '../pcap/address-pair.ts';
import { processComment } from '../pcap/process-comment.ts';
import type { TupleEnd } from '../pcap/tuple-table.ts';

/** Finds out which processes are at the ends of a conversation. */
export interface SocketOwners {
  /**
   * Notes in a connection what is known of its ends by now: pid, comm, network namespace, cgroup, and the protocol.
   * @returns true where nothing more is to be expected
   */
  resolve(connection: Connection): boolean;
}

/** A conversation as packet capture knows it: whose it is, and whether it is wanted. */
export class CapturedFlow {
  readonly connection: Connection;
  readonly clientEnd: TupleEnd;
  /** Until when, in ms, its packets wait for the names of its processes. */
  readonly patience: number;
  /** True once its owners are known as well as they will be. */
  settled = false;
  /** True where it passed the filter. */
  wanted = false;
  /** When, in ms, its owners were looked up and the filter asked last. */
  judgedAt = Number.NEGATIVE_INFINITY;
  /** True once it has carried data or ended, so that a SYN begins another. */
  used = false;
  #commentOfClient: Uint8Array | undefined;
  #commentOfServer: Uint8Array | undefined;
  #clientPid = 0;
  #serverPid = 0;

  constructor(
    transport: 'tcp' | 'udp',
    addresses: Uint32Array,
    ports: { readonly source: number; readonly destination: number },
    clientIsSource: boolean,
    end: TupleEnd,
    now: number,
    patience: number,
  ) {
    const source = remoteEndpoint(wordsText(addresses, 0), ports.source);
    const destination = remoteEndpoint(wordsText(addresses, 4), ports.destination);
    this.clientEnd = clientIsSource ? end : ((1 - end) as TupleEnd);
    this.patience = now + patience;
    this.connection = {
      id: 0,
      transport,
      client: clientIsSource ? source : destination,
      server: clientIsSource ? destination : source,
      beginningSeen: false,
      start: NEVER,
      established: NEVER,
      ended: NEVER,
      end: 'open',
      errno: 0,
      protocol: '',
      counters: unknownCounters(),
    };
  }

  /** True where both processes are known. */
  get isNamed(): boolean {
    return this.connection.client.pid !== 0 && this.connection.server.pid !== 0;
  }

  /** The comment for packets of one end, made once; undefined where neither process is known. */
  comment(from: TupleEnd): Uint8Array | undefined {
    const { client, server } = this.connection;
    if (client.pid !== this.#clientPid || server.pid !== this.#serverPid) {
      this.#clientPid = client.pid;
      this.#serverPid = server.pid;
      this.#commentOfClient = commentOf(client, server);
      this.#commentOfServer = commentOf(server, client);
    }
    return from === this.clientEnd ? this.#commentOfClient : this.#commentOfServer;
  }
}

function commentOf(source: Endpoint, destination: Endpoint): Uint8Array | undefined {
  const text = processComment(known(source), known(destination));
  return text === '' ? undefined : Buffer.from(text);
}

function known(endpoint: Endpoint): Endpoint | undefined {
  return endpoint.pid === 0 ? undefined : endpoint;
}
