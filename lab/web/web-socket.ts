import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Lab } from '../net/lab.ts';

/** Starts a WebSocket server that repeats what it is told, and breaks on 'bye'. Gives its port. */
export async function startWebSocket(lab: Lab): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 64 } });
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => {
      const text = String(data);
      if (text === 'bye') socket.close(1011, 'broken');
      else socket.send(`you said ${text}`, { binary });
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  lab.defer(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function talk(port: number, say: (socket: WebSocket) => Promise<void>): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rooms/42?token=abc`);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  await say(socket);
  await closed;
}

/** Four messages of all kinds each way, one of them in fragments and one compressed, and a ping; closed by the client. */
export function exerciseWebSocket(port: number): Promise<void> {
  return talk(port, async (socket) => {
    const answered = () => new Promise((resolve) => socket.once('message', resolve));
    for (const message of ['hello', 'x'.repeat(200), Buffer.from([1, 2, 3])]) {
      const answer = answered();
      socket.send(message);
      await answer;
    }
    socket.ping('p');
    const answer = answered();
    socket.send('part one, ', { fin: false });
    socket.send('part two', { fin: true });
    await answer;
    socket.close(1000, 'done');
  });
}

/** A conversation that the server ends because something broke. */
export function breakWebSocket(port: number): Promise<void> {
  return talk(port, async (socket) => {
    const answer = new Promise((resolve) => socket.once('message', resolve));
    socket.send('hello');
    await answer;
    socket.send('bye');
  });
}
