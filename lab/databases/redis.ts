import { createClient } from 'redis';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';
import { RawClient } from './raw-client.ts';
import type { Scenario } from './record.ts';
import { type DatabaseServer, freePort } from './server.ts';

/** Starts Redis without persistence. */
export async function startRedisServer(lab: Lab): Promise<DatabaseServer> {
  const port = await freePort();
  const folder = lab.folder();
  const program = await lab.start(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--enable-debug-command', 'yes'],
    { port },
  );
  return { port, pid: program.pid };
}

/** Does one of everything that node-redis can do, on one connection; what it says to introduce itself is not noted. */
export async function exerciseRedis(port: number, calls = new Calls()): Promise<void> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => undefined);
  await client.connect();
  await calls.note('SET user:{id}:name', () => client.set('user:4711:name', 'Ada'));
  await calls.note('GET user:{id}:name', () => client.get('user:4711:name'));
  await calls.note('GET user:{id}:name', () => client.get('user:4712:name'));
  await calls.note(['INCR counter', 'INCR counter'], () =>
    Promise.all([client.incr('counter'), client.incr('counter')]),
  );
  await calls.note('HSET cart:{id}', () => client.hSet('cart:4711', { apple: '1', pear: '2' }));
  await calls.note('HGETALL cart:{id}', () => client.hGetAll('cart:4711'));
  await calls.note('LPUSH queue', () => client.lPush('queue', 'job'));
  await calls.note('BLPOP queue', () => client.blPop('queue', 1));
  await calls.note('BLPOP queue', () => client.blPop('queue', 0.1));
  await calls.noteFailure('LPUSH counter WRONGTYPE', () => client.lPush('counter', 'x'));
  await calls.note(['MULTI', 'SET t', 'GET t', 'EXEC'], () => client.multi().set('t', '1').get('t').exec());
  await calls.note('EVAL script:key', () =>
    client.eval("return redis.call('SET', KEYS[1], ARGV[1])", { keys: ['script:key'], arguments: ['v'] }),
  );
  await calls.note('XADD stream', () => client.xAdd('stream', '*', { a: '1' }));
  await calls.note('XREAD stream', () => client.xRead({ key: 'stream', id: '$' }, { BLOCK: 50 }));
  await calls.note('CONFIG GET', () => client.configGet('maxmemory'));
  await calls.note('SET big', () => client.set('big', 'x'.repeat(3000)));
  await calls.note('GET big', () => client.get('big'));
  await calls.noteFailure('NOSUCHCOMMAND a ERR', () => client.sendCommand(['NOSUCHCOMMAND', 'a']));
  await calls.note('SELECT', () => client.select(3));
  await calls.note('DBSIZE', () => client.dbSize());
  client.destroy();
}

const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** What is recorded. */
export const redisScenarios: readonly Scenario[] = [
  { name: 'node-redis', run: (port) => exerciseRedis(port) },
  {
    name: 'a pipeline, inline commands and errors',
    async run(port) {
      const client = await RawClient.open(port);
      const lines = (count: number) => (received: Buffer) => received.toString('latin1').split('\r\n').length > count;
      client.send('PING\r\nSET a 1\r\n');
      await client.receive(lines(2));
      client.send(
        ...[command('RPUSH', 'l', 'one', 'two'), command('LRANGE', 'l', '0', '-1'), command('GET', 'missing')],
        ...[command('INCR', 'l'), command('get', 'a'), command('MGET', 'a', 'b', 'c')],
      );
      await client.receive(lines(14));
      client.send(
        command('WATCH', 'a'),
        command('MULTI'),
        command('INCR', 'l'),
        command('SET', 'a', '2'),
        command('EXEC'),
      );
      await client.receive(lines(7));
      client.send(command('MULTI'), command('NOSUCH'), command('EXEC'));
      await client.receive(lines(3));
      client.send(command('CLIENT', 'REPLY', 'SKIP'), command('SET', 'quiet', '1'), command('GET', 'quiet'));
      await client.receive(lines(2));
      client.send(command('EVALSHA', 'ffffffffffffffffffffffffffffffffffffffff', '0'), command('QUIT'));
      await client.receive(lines(2));
      client.close();
    },
  },
  {
    name: 'subscriptions in RESP2',
    async run(port) {
      const client = await RawClient.open(port);
      const other = await RawClient.open(port);
      const has = (text: string) => (received: Buffer) => received.includes(text);
      client.send(command('SUBSCRIBE', 'news', 'orders:4711'), command('PSUBSCRIBE', 'user.*'));
      await client.receive(has('user.*'));
      other.send(command('PUBLISH', 'orders:4711', 'shipped'), command('PUBLISH', 'user.12', 'hello'));
      await client.receive(has('hello'));
      client.send(command('PING'));
      await client.receive(has('pong'));
      client.send(command('UNSUBSCRIBE'), command('PUNSUBSCRIBE', 'user.*'));
      await client.receive((received) => received.includes('punsubscribe') && received.includes(':0'));
      client.send(command('GET', 'a'));
      await client.receive(has('\r\n'));
      client.close();
      other.close();
    },
  },
  {
    name: 'RESP3 with maps, pushes and invalidations',
    async run(port) {
      const client = await RawClient.open(port);
      const other = await RawClient.open(port);
      const has = (text: string) => (received: Buffer) => received.includes(text);
      client.send(command('HELLO', '3'));
      await client.receive(has('modules'));
      client.send(command('HSET', 'h', 'a', '1'), command('HGETALL', 'h'), command('CLIENT', 'TRACKING', 'ON'));
      await client.receive(has('OK'));
      client.send(command('GET', 'tracked'));
      await client.receive(has('_'));
      other.send(command('SET', 'tracked', '1'));
      await client.receive(has('invalidate'));
      client.send(command('SUBSCRIBE', 'news'), command('GET', 'h'), command('SMEMBERS', 'none'));
      await client.receive(has('~0'));
      other.send(command('PUBLISH', 'news', 'hi'));
      await client.receive(has('hi'));
      client.send(command('DEBUG', 'PROTOCOL', 'attrib'), command('DEBUG', 'PROTOCOL', 'double'));
      await client.receive(has('3.1'));
      client.close();
      other.close();
    },
  },
  {
    name: 'MONITOR',
    async run(port) {
      const client = await RawClient.open(port);
      const other = await RawClient.open(port);
      client.send(command('MONITOR'));
      await client.receive((received) => received.includes('OK'));
      other.send(command('SET', 'a', '1'));
      await client.receive((received) => received.includes('SET'));
      client.close();
      other.close();
    },
  },
];
