import { connect, type Socket } from 'node:net';

/** A TCP connection over which a test says exactly what it wants. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Sends bytes in one write. */
  send(...parts: readonly (Uint8Array | string)[]): void {
    this.#socket.write(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))));
  }

  /** Waits until what was received since the last call satisfies `isEnough` (or the server closed), and gives it. */
  async receive(isEnough: (received: Buffer) => boolean): Promise<Buffer> {
    const deadline = Date.now() + 5_000;
    while (!isEnough(this.#received) && !this.#ended && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 100);
      });
    }
    const received = this.#received;
    this.#received = Buffer.alloc(0);
    if (!isEnough(received) && !this.#ended) throw new Error(`the server sent only ${received.toString('latin1')}`);
    return received;
  }

  close(): void {
    this.#socket.end();
  }
}
