import memjs from 'memjs';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';
import { type DatabaseServer, freePort } from './server.ts';

/** Starts memcached. */
export async function startMemcachedServer(lab: Lab): Promise<DatabaseServer> {
  const port = await freePort();
  const program = await lab.start('memcached', ['-u', 'root', '-p', String(port), '-l', '127.0.0.1', '-m', '16'], {
    port,
  });
  return { port, pid: program.pid };
}

/** Does one of everything that memjs can do (it speaks binary), on one connection. Calls are noted as they are to be told. */
export async function exerciseMemcached(port: number, calls = new Calls()): Promise<void> {
  const client = memjs.Client.create(`127.0.0.1:${port}`);
  await calls.note('set user:{id}', () => client.set('user:4711', 'Ada', { expires: 60 }));
  await calls.note('get user:{id}', () => client.get('user:4711'));
  await calls.note('get missing MISS', () => client.get('missing'));
  await calls.note('add user:{id} EXISTS', () => client.add('user:4711', 'x', {}).catch(() => undefined));
  await calls.note('incr hits', () => client.increment('hits', 1, { initial: 1 }));
  await calls.note('incr hits', () => client.increment('hits', 1, { initial: 1 }));
  await calls.note('delete user:{id}', () => client.delete('user:4711'));
  await calls.note('delete user:{id} NOT_FOUND', () => client.delete('user:4711').catch(() => undefined));
  await calls.note('set big', () => client.set('big', 'x'.repeat(3000), {}));
  await calls.note('get big', () => client.get('big'));
  client.close();
}

/** Sends lines, waits for as many lines. */
async function say(client: RawClient, lines: number, text: string): Promise<void> {
  client.send(text);
  await client.receive((received) => received.toString('latin1').split('\r\n').length > lines);
}

/** A packet of the binary protocol. */
function binary(operation: number, opaque: number, key = '', value = '', extras: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(24);
  head[0] = 0x80;
  head[1] = operation;
  head.writeUInt16BE(key.length, 2);
  head[4] = extras.length;
  head.writeUInt32BE(extras.length + key.length + value.length, 8);
  head.writeUInt32BE(opaque, 12);
  return Buffer.concat([head, extras, Buffer.from(key), Buffer.from(value)]);
}

/** What is recorded. */
export const memcachedScenarios: readonly Scenario[] = [
  { name: 'memjs', run: (port) => exerciseMemcached(port) },
  {
    name: 'classic text',
    async run(port) {
      const client = await RawClient.open(port);
      await say(client, 1, 'set user:4711 0 60 3\r\nAda\r\n');
      await say(client, 3, 'get user:4711\r\n');
      await say(client, 1, 'get missing\r\n');
      await say(client, 5, 'set a 1 0 1 noreply\r\n1\r\nset b 1 0 1\r\n2\r\nget a b c\r\n');
      await say(client, 3, 'gets a\r\n');
      await say(client, 1, 'cas a 0 0 1 1\r\n9\r\n');
      await say(client, 3, 'incr a 5\r\nincr user:4711 1\r\ndecr none 1\r\n');
      await say(client, 2, 'append a 0 0 1\r\n0\r\nadd a 0 0 1\r\n0\r\n');
      await say(client, 3, 'gat 30 a\r\ntouch a 20\r\n');
      await say(client, 1, 'delete a noreply\r\ndelete a\r\n');
      await say(client, 1, 'version\r\n');
      client.send('stats\r\n');
      await client.receive((received) => received.includes('END\r\n'));
      await say(client, 1, 'flush_all\r\n');
      client.send('quit\r\n');
      client.close();
    },
  },
  {
    name: 'commands that are none',
    async run(port) {
      const client = await RawClient.open(port);
      await say(client, 1, 'version\r\n');
      await say(client, 2, 'nonsense\r\nget\r\n');
      client.close();
    },
  },
  {
    name: 'meta commands, also quiet ones',
    async run(port) {
      const client = await RawClient.open(port);
      await say(client, 1, 'ms user:4711 3 T60\r\nAda\r\n');
      await say(client, 2, 'mg user:4711 v t\r\n');
      await say(client, 1, 'mg missing v\r\n');
      await say(
        client,
        5,
        'mg missing v q O1\r\nmg user:4711 v q O2\r\nmg gone v q O3\r\nms x 1 q\r\n1\r\nmg x v O4\r\nmn\r\n',
      );
      await say(client, 2, 'ma counter N0 J5 v\r\n');
      await say(client, 3, 'md user:4711\r\nmd user:4711\r\nms user:4711 1 MA\r\nx\r\n');
      await say(client, 1, 'me x\r\n');
      await say(client, 1, 'mn\r\n');
      client.close();
    },
  },
  {
    name: 'quiet binary commands and statistics',
    async run(port) {
      const client = await RawClient.open(port);
      const has = (text: string) => (received: Buffer) => received.includes(text);
      client.send(binary(0x11, 1, 'a', '1', Buffer.alloc(8)), binary(0x01, 2, 'b', 'two', Buffer.alloc(8)));
      await client.receive((received) => received.length >= 24);
      client.send(...[binary(0x0d, 3, 'a'), binary(0x0d, 4, 'missing'), binary(0x09, 5, 'b'), binary(0x0a, 6)]);
      await client.receive(has('\0\0\0\x06\0\0\0\0\0\0\0\0'));
      client.send(binary(0x10, 7));
      await client.receive((received) => received.length > 1000);
      client.send(binary(0x05, 8, 'b', '', Buffer.alloc(20)), binary(0x04, 9, 'nothing'));
      await client.receive((received) => received.length >= 48);
      client.close();
    },
  },
];
