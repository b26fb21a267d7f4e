import { networkInterfaces } from 'node:os';
import type { SocketOwners } from '../capture/packets/captured-flow.ts';
import { type SocketEntry, socketOwners } from '../identity/index.ts';
import type { Connection, Endpoint } from '../model/connection.ts';
import { taskName } from './task-name.ts';

/** The lists are read again when somebody unknown is asked for, but not more often than this, in ms. */
const PAUSE = 250;
/** Nor do they take more than one part in so many of the time. */
const SHARE = 25;

/**
 * Who owns the sockets of conversations, as /proc lists it: for kernels that do not let a program watch them. Sockets that
 * live for less than {@link PAUSE} are mostly missed.
 */
export class ListedSocketOwners implements SocketOwners {
  readonly #netnsPid: number | undefined;
  readonly #now: () => number;
  #connected = new Map<string, SocketEntry>();
  /** Sockets that take from everybody, by transport, address and port: servers, and UDP clients that did not connect. */
  #bound = new Map<string, SocketEntry>();
  readonly #comms = new Map<number, string>();
  #ownAddresses: ReadonlySet<string> = new Set();
  #readAgainAt = 0;

  /**
   * @param netnsPid a process in the network namespace where packets are captured, that of this process by default
   * @param now milliseconds on a steady clock
   */
  constructor(netnsPid?: number, now: () => number = () => performance.now()) {
    this.#netnsPid = netnsPid;
    this.#now = now;
    this.#read();
  }

  resolve(connection: Connection): boolean {
    this.#find(connection);
    if (this.#isComplete(connection)) return true;
    if (this.#now() < this.#readAgainAt) return false;
    this.#read();
    this.#find(connection);
    return this.#isComplete(connection);
  }

  /** Who is at an address of another host is not listed here. */
  #isComplete({ client, server }: Connection): boolean {
    const isDone = ({ ip, pid }: Endpoint) =>
      pid !== 0 || (this.#netnsPid === undefined && !this.#ownAddresses.has(ip));
    return isDone(client) && isDone(server);
  }

  #find({ transport, client, server }: Connection): void {
    this.#adopt(client, transport, server);
    this.#adopt(server, transport, client);
  }

  #adopt(endpoint: Endpoint, transport: string, other: Endpoint): void {
    if (endpoint.pid !== 0) return;
    const { ip, port } = endpoint;
    const entry =
      this.#connected.get(`${transport} ${ip} ${port} ${other.ip} ${other.port}`) ??
      this.#bound.get(`${transport} ${ip} ${port}`) ??
      (this.#ownAddresses.has(ip) ? this.#boundToAll(transport, ip, port) : undefined);
    if (entry === undefined || entry.pid === 0) return;
    endpoint.pid = entry.pid;
    endpoint.comm = this.#comm(entry.pid);
    endpoint.local = true;
  }

  #boundToAll(transport: string, ip: string, port: number): SocketEntry | undefined {
    const ipv4 = ip.includes(':') ? undefined : this.#bound.get(`${transport} 0.0.0.0 ${port}`);
    return ipv4 ?? this.#bound.get(`${transport} :: ${port}`);
  }

  #read(): void {
    const started = this.#now();
    this.#connected = new Map();
    this.#bound = new Map();
    this.#comms.clear();
    // of another namespace only its loopback addresses are known
    const own = this.#netnsPid === undefined ? Object.values(networkInterfaces()) : [];
    this.#ownAddresses = new Set([
      '127.0.0.1',
      '::1',
      ...own.flatMap((all) => (all ?? []).map(({ address }) => address)),
    ]);
    const options = this.#netnsPid === undefined ? {} : { netnsPid: this.#netnsPid };
    for (const entry of socketOwners(options).sockets) {
      const { transport, localIp, localPort, remoteIp, remotePort } = entry;
      if (remotePort !== 0)
        this.#connected.set(`${transport} ${localIp} ${localPort} ${remoteIp} ${remotePort}`, entry);
      // what a listener accepts is listed by itself, but may be gone before it is looked for
      else this.#bound.set(`${transport} ${localIp} ${localPort}`, entry);
    }
    const ended = this.#now();
    this.#readAgainAt = ended + Math.max(PAUSE, (ended - started) * SHARE);
  }

  #comm(pid: number): string {
    let comm = this.#comms.get(pid);
    if (comm === undefined) {
      comm = taskName(pid);
      this.#comms.set(pid, comm);
    }
    return comm;
  }
}
