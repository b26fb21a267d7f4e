import { NumberTable } from '../../base/number-table.ts';
import type { CaptureTime } from '../../base/units.ts';
import type { ConnectionEnd, Endpoint } from '../../model/connection.ts';
import type { Conversations } from '../conversations.ts';
import { isLoopback, type MutableTuple } from './addresses.ts';
import { ConversationIndex } from './conversation-index.ts';
import { LiveConversation } from './live-conversation.ts';

/** Conversations kept at most; beyond it the one longest silent is let go, and counted. */
const MOST = 262_144;

/** Which end of its conversation a socket is. */
export interface Seat {
  readonly live: LiveConversation;
  readonly isServer: boolean;
  /** The last turn of the client that its records showed, modulo 65536; -1 where that is not known (any more). */
  turn: number;
}

/** What a record says of the socket's owner. */
export interface Owner {
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
  readonly cgroup: number;
}

export const nobody: Owner = { pid: 0, tid: 0, comm: '', cgroup: 0 };

/**
 * Every TCP socket of this host by its cookie, and the conversation it takes part in. Two sockets of one conversation are
 * found to belong together by their addresses (and, on loopback addresses, by their network namespace).
 */
export class SocketTable {
  readonly #conversations: Conversations;
  readonly #seats = new NumberTable<Seat>();
  readonly #byAddress = new ConversationIndex();
  /** Sockets whose cookie the kernel could not tell, by ports: they are claimed by the first bytes that fit. */
  readonly #unclaimed = new Map<number, Seat[]>();
  evicted = 0;
  closingsMissed = 0;

  constructor(conversations: Conversations) {
    this.#conversations = conversations;
  }

  seat(cookie: number): Seat | undefined {
    return this.#seats.get(cookie);
  }

  get size(): number {
    return this.#seats.size;
  }

  /** A socket that connects or has connected, or was accepted. Known sockets gain what was not known of them. */
  add(cookie: number, tuple: MutableTuple, isServer: boolean, owner: Owner, time: CaptureTime, seen: boolean): Seat {
    const known = cookie === 0 ? undefined : this.#seats.get(cookie);
    if (known !== undefined) {
      own(known.isServer ? known.live.server : known.live.client, owner, tuple.netns);
      this.#byAddress.add(known.live, tuple.netns);
      return known;
    }
    let live = this.#byAddress.find(tuple, isServer);
    if (live === undefined || (isServer ? live.serverCookie : live.clientCookie) !== 0 || live.openSockets === 0) {
      const clientIp = isServer ? tuple.remoteIp : tuple.localIp;
      const clientPort = isServer ? tuple.remotePort : tuple.localPort;
      const serverIp = isServer ? tuple.localIp : tuple.remoteIp;
      const serverPort = isServer ? tuple.localPort : tuple.remotePort;
      live = new LiveConversation(
        this.#conversations.open({
          transport: 'tcp',
          client: endpoint(clientIp, clientPort),
          server: endpoint(serverIp, serverPort),
          time,
          beginningSeen: seen,
        }),
      );
    }
    const end = isServer ? live.server : live.client;
    end.local = true;
    own(end, owner, tuple.netns);
    if (isServer) live.serverCookie = cookie;
    else live.clientCookie = cookie;
    live.openSockets++;
    live.lastSeen = time;
    const seat: Seat = { live, isServer, turn: seen ? 0 : -1 };
    if (cookie !== 0) this.#seats.set(cookie, seat);
    else {
      const ports = tuple.localPort * 65536 + tuple.remotePort;
      const waiting = this.#unclaimed.get(ports);
      if (waiting === undefined) this.#unclaimed.set(ports, [seat]);
      else waiting.push(seat);
    }
    // A connecting socket's namespace is not known before it is established.
    this.#byAddress.add(live, tuple.netns);
    if (this.#seats.size > MOST) this.#evict(time);
    return seat;
  }

  /** The socket that has these ports and no cookie yet: it is the one that `cookie` belongs to. */
  claim(cookie: number, ports: number): Seat | undefined {
    const waiting = this.#unclaimed.get(ports);
    const seat = waiting?.shift();
    if (waiting !== undefined && waiting.length === 0) this.#unclaimed.delete(ports);
    if (seat === undefined) return undefined;
    if (seat.isServer) seat.live.serverCookie = cookie;
    else seat.live.clientCookie = cookie;
    this.#seats.set(cookie, seat);
    return seat;
  }

  /** The accepted socket's conversation by addresses, for data that came before the socket did. */
  find(tuple: MutableTuple, isServer: boolean): LiveConversation | undefined {
    return this.#byAddress.find(tuple, isServer);
  }

  /** A socket has closed (known by its cookie, or else by its ports). With the last one its conversation ends. */
  remove(cookie: number, ports: number, end: ConnectionEnd, time: CaptureTime): Seat | undefined {
    const seat = this.#seats.get(cookie) ?? this.claim(cookie, ports);
    if (seat === undefined) return undefined;
    this.#seats.delete(cookie);
    const { live } = seat;
    if (end !== 'closed' && live.end === 'closed') live.end = end;
    live.openSockets--;
    // The connecting end of a conversation within this host need not tell of its own end.
    if (seat.isServer && live.openSockets > 0 && isLoopback(live.server.ip)) {
      this.#seats.delete(live.clientCookie);
      live.openSockets = 0;
    }
    if (live.openSockets <= 0) {
      this.#byAddress.delete(live);
      this.#conversations.close(live.conversation, time, live.end);
    }
    return seat;
  }

  /** Ends what the kernel does not list any more (`there`: all cookies) and what has been silent since `before`. */
  forget(there: ReadonlySet<number>, before: CaptureTime, now: CaptureTime): void {
    for (const [cookie, { live }] of this.#seats.entries()) {
      if (there.has(cookie) || live.lastSeen > before) continue;
      this.closingsMissed++;
      this.remove(cookie, 0, live.end, now);
    }
  }

  #evict(time: CaptureTime): void {
    for (const [cookie, { live }] of this.#seats.entries()) {
      this.evicted++;
      this.remove(cookie, 0, live.end, time);
      if (this.#seats.size <= MOST * 0.9) return;
    }
  }
}

function endpoint(ip: string, port: number): Endpoint {
  return { ip, port, pid: 0, tid: 0, comm: '', netns: 0, cgroup: 0, local: false };
}

function own(end: Endpoint, owner: Owner, netns: number): void {
  if (netns !== 0) end.netns = netns;
  if (end.pid === 0 && owner.pid !== 0) {
    end.pid = owner.pid;
    end.tid = owner.tid;
    end.comm = owner.comm;
  }
  if (owner.cgroup !== 0) end.cgroup = owner.cgroup;
}
