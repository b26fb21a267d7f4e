import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Endpoint } from '../../model/connection.ts';
import { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import type { Conversation } from '../conversation.ts';
import type { Conversations } from '../conversations.ts';
import type { MutableTuple } from './addresses.ts';

const MOST = 131_072;
/** Silence after which a datagram conversation has ended: after an answer, and with a question open. */
const IDLE = 5_000_000_000;
const IDLE_FLOW = 60_000_000_000;

interface Talk {
  readonly conversation: Conversation;
  readonly key: string;
  /** Sides whose sending socket is here: what they send is taken where it leaves, not again where it arrives. */
  clientSends: boolean;
  serverSends: boolean;
  lastSeen: CaptureTime;
}

/** Datagram conversations by their addresses. Who is the server: the well-known or lower port, else who was asked. */
export class Datagrams {
  readonly #conversations: Conversations;
  readonly #talks = new Map<string, Talk>();
  readonly #listens: (port: number) => boolean;
  readonly #nameOf: (pid: number) => string;
  evicted = 0;

  /** @param nameOf the kernel's name of a process, '' where unknown */
  constructor(conversations: Conversations, listens: (port: number) => boolean, nameOf: (pid: number) => string) {
    this.#conversations = conversations;
    this.#nameOf = nameOf;
    this.#listens = listens;
  }

  get size(): number {
    return this.#talks.size;
  }

  /** Takes one datagram as one socket saw it. */
  take(tuple: MutableTuple, egress: boolean, pid: number, tid: number, cgroup: number, chunk: Chunk): void {
    const localIsServer = this.#isServer(tuple, egress);
    const talk = this.#talk(tuple, localIsServer, chunk.time);
    const { connection } = talk.conversation;
    const end = localIsServer ? connection.server : connection.client;
    end.local = true;
    if (pid !== 0 && end.pid === 0) {
      end.pid = pid;
      end.tid = tid;
      if (end.comm === '') end.comm = this.#nameOf(pid);
    }
    if (cgroup !== 0) end.cgroup = cgroup;
    const from = egress === localIsServer ? Side.server : Side.client;
    if (egress) {
      if (from === Side.server) talk.serverSends = true;
      else talk.clientSends = true;
    } else if (from === Side.server ? talk.serverSends : talk.clientSends) return;
    talk.lastSeen = chunk.time;
    const { counters } = connection;
    const length = chunk.end - chunk.start + chunk.skipped;
    if (from === Side.server) {
      counters.serverBytes += length;
      counters.serverSegments++;
    } else {
      counters.clientBytes += length;
      counters.clientSegments++;
    }
    this.#conversations.segment(talk.conversation, from, chunk);
  }

  /** Totals of a flow of which only the first datagrams were shown. */
  totals(
    tuple: MutableTuple,
    sent: number,
    received: number,
    packetsOut: number,
    packetsIn: number,
    last: CaptureTime,
  ) {
    const localIsServer = this.#isServer(tuple, true);
    const talk = this.#talk(tuple, localIsServer, last);
    const { counters } = talk.conversation.connection;
    // Both ends may be here and both count: the larger is right.
    const clientBytes = localIsServer ? received : sent;
    const serverBytes = localIsServer ? sent : received;
    counters.clientBytes = Math.max(counters.clientBytes, clientBytes);
    counters.serverBytes = Math.max(counters.serverBytes, serverBytes);
    counters.clientSegments = Math.max(counters.clientSegments, localIsServer ? packetsIn : packetsOut);
    counters.serverSegments = Math.max(counters.serverSegments, localIsServer ? packetsOut : packetsIn);
    if (last > talk.lastSeen) talk.lastSeen = last;
    return talk.conversation.connection;
  }

  /** Ends what has been silent long enough. */
  sweep(now: CaptureTime): void {
    for (const [key, talk] of this.#talks) {
      const waits = (talk.conversation.session?.pending ?? 0) > 0;
      const limit = talk.conversation.connection.protocol === 'dns' && !waits ? IDLE : IDLE_FLOW;
      if (now - talk.lastSeen > limit) this.#end(key, talk, now);
    }
  }

  closeAll(now: CaptureTime): void {
    for (const [key, talk] of this.#talks) this.#end(key, talk, now);
  }

  #end(key: string, talk: Talk, now: CaptureTime): void {
    this.#talks.delete(key);
    this.#conversations.close(talk.conversation, now, 'closed');
  }

  #isServer(tuple: MutableTuple, egress: boolean): boolean {
    const { localPort, remotePort } = tuple;
    if (isDns(remotePort) !== isDns(localPort)) return isDns(localPort);
    if (this.#talks.has(keyOf(tuple, true))) return true;
    if (this.#talks.has(keyOf(tuple, false))) return false;
    if (this.#listens(localPort) !== this.#listens(remotePort)) return this.#listens(localPort);
    if (localPort < 1024 !== remotePort < 1024) return localPort < 1024;
    return !egress;
  }

  #talk(tuple: MutableTuple, localIsServer: boolean, time: CaptureTime): Talk {
    const key = keyOf(tuple, localIsServer);
    const known = this.#talks.get(key);
    if (known !== undefined) return known;
    if (this.#talks.size >= MOST) this.#evict(time);
    const local = endpoint(tuple.localIp, tuple.localPort);
    const remote = endpoint(tuple.remoteIp, tuple.remotePort);
    const conversation = this.#conversations.open({
      transport: 'udp',
      client: localIsServer ? remote : local,
      server: localIsServer ? local : remote,
      time,
      beginningSeen: true,
    });
    const talk = { conversation, key, clientSends: false, serverSends: false, lastSeen: NEVER };
    this.#talks.set(key, talk);
    return talk;
  }

  #evict(time: CaptureTime): void {
    let left = MOST / 8;
    for (const [key, talk] of this.#talks) {
      if (left-- <= 0) return;
      if ((talk.conversation.session?.pending ?? 0) > 0) this.evicted++;
      this.#end(key, talk, time);
    }
  }
}

function isDns(port: number): boolean {
  return port === 53;
}

function keyOf(tuple: MutableTuple, localIsServer: boolean): string {
  return localIsServer
    ? `${tuple.remoteIp} ${tuple.remotePort} ${tuple.localIp} ${tuple.localPort}`
    : `${tuple.localIp} ${tuple.localPort} ${tuple.remoteIp} ${tuple.remotePort}`;
}

function endpoint(ip: string, port: number): Endpoint {
  return { ip, port, pid: 0, tid: 0, comm: '', netns: 0, cgroup: 0, local: false };
}
