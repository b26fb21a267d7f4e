import type { Protocol } from '../../protocols/protocol.ts';

/** First port of the range from which Linux takes ports for clients. */
const EPHEMERAL = 32_768;

/**
 * Tells which of two ports is the server's where the beginning of a connection is not in the file: a protocol's own port
 * before a privileged one, before one below the range of clients' ports, before the rest; the lower one among equals.
 */
export class ServerPorts {
  readonly #known: ReadonlySet<number>;

  constructor(protocols: readonly Protocol[]) {
    this.#known = new Set(protocols.flatMap((protocol) => protocol.ports));
  }

  /** True where the sender of a packet seems to be the server. */
  isFromServer(sourcePort: number, destinationPort: number): boolean {
    const source = this.#rank(sourcePort);
    const destination = this.#rank(destinationPort);
    return source === destination ? sourcePort < destinationPort : source < destination;
  }

  /** The same for datagrams, where the first sender is the client unless its port speaks clearly against it. */
  isDatagramFromServer(sourcePort: number, destinationPort: number): boolean {
    const source = this.#rank(sourcePort);
    return source <= 1 && source < this.#rank(destinationPort);
  }

  #rank(port: number): number {
    if (this.#known.has(port)) return 0;
    return port < 1024 ? 1 : port < EPHEMERAL ? 2 : 3;
  }
}
