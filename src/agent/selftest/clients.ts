import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';

/** Makes requests and counts the answers it gets. */
export interface Made {
  /** Requests sent. */
  readonly made: number;
  /** Answers received. */
  readonly answered: number;
}

/** The shape of HTTP traffic to make. */
export interface HttpLoad {
  readonly host: string;
  readonly port: number;
  /** Requests a connection, and connections at a time. */
  readonly requests: number;
  readonly connections: number;
  /** Requests sent before the first answer is awaited. */
  readonly depth: number;
}

/** How an answer ends: an empty line and a body that begins so. */
const MARK = Buffer.from('\r\n\r\nok');

/** Makes HTTP requests over keep-alive connections, each with a path of its own. */
export async function makeHttp(load: HttpLoad): Promise<Made> {
  const results = await Promise.all(
    Array.from({ length: load.connections }, (_, index) => converse(load, index, load.requests)),
  );
  return { made: sum(results.map((r) => r.made)), answered: sum(results.map((r) => r.answered)) };
}

/** Makes HTTP requests each on a connection of its own. */
export async function makeShortHttp(load: HttpLoad): Promise<Made> {
  let made = 0;
  let answered = 0;
  const worker = async (index: number): Promise<void> => {
    for (let i = 0; i < load.requests; i++) {
      const one = await converse({ ...load, depth: 1 }, index * load.requests + i, 1);
      made += one.made;
      answered += one.answered;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, (_, index) => worker(index)));
  return { made, answered };
}

function converse(load: HttpLoad, index: number, requests: number): Promise<Made> {
  return new Promise((resolve) => {
    let made = 0;
    let answered = 0;
    let matched = 0;
    const socket: Socket = connect({ host: load.host, port: load.port, noDelay: true });
    const ask = (count: number): void => {
      let text = '';
      for (let i = 0; i < count && made < requests; i++, made++)
        text += `GET /selftest/${index}-${made} HTTP/1.1\r\nhost: selftest\r\n${requests === 1 ? 'connection: close\r\n' : ''}\r\n`;
      if (text !== '') socket.write(text);
    };
    socket.once('connect', () => ask(load.depth));
    socket.on('data', (data) => {
      for (const byte of data) {
        matched = byte === MARK[matched] ? matched + 1 : byte === MARK[0] ? 1 : 0;
        if (matched < MARK.length) continue;
        matched = 0;
        answered++;
        if (answered === requests) {
          socket.end();
          return;
        }
        if (answered === made) ask(load.depth);
      }
    });
    socket.once('error', () => undefined);
    socket.once('close', () => resolve({ made, answered }));
  });
}

/** Makes DNS queries from several sockets, some at a time each, and counts the answers. */
export function makeDns(address: string, queries: number): Promise<Made> {
  return new Promise((resolve) => {
    const sockets = Array.from({ length: 8 }, () => createSocket('udp4'));
    let made = 0;
    let answered = 0;
    const done = (): void => {
      clearTimeout(patience);
      for (const socket of sockets) socket.close();
      resolve({ made, answered });
    };
    let patience = setTimeout(done, 2000);
    const ask = (socket: (typeof sockets)[number]): void => {
      if (made >= queries) return;
      socket.send(question(made), 53, address);
      made++;
    };
    for (const socket of sockets) {
      socket.on('message', () => {
        answered++;
        patience.refresh();
        if (answered >= queries) done();
        else ask(socket);
      });
      for (let i = 0; i < 16; i++) ask(socket);
    }
    patience = patience.refresh();
  });
}

function question(number: number): Buffer {
  const labels = [`q${number}`, 'selftest', 'example'];
  const name = Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, 1, 0, 1]),
  ]);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(number & 0xffff, 0);
  head.writeUInt16BE(0x0100, 2);
  head.writeUInt16BE(1, 4);
  return Buffer.concat([head, name]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
