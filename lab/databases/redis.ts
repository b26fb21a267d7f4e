import { createClient } from 'redis';
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

/** Operations of {@link exerciseRedis} as they are to be told, after those of the handshake. */
export const redisOperations = [
  'SET user:{id}:name',
  'GET user:{id}:name',
  'GET user:{id}:name',
  'INCR counter',
  'INCR counter',
  'HSET cart:{id}',
  'HGETALL cart:{id}',
  'LPUSH queue',
  'BLPOP queue',
  'BLPOP queue',
  'LPUSH counter WRONGTYPE',
  'MULTI',
  'SET t',
  'GET t',
  'EXEC',
  'EVAL script:key',
  'XADD stream',
  'XREAD stream',
  'CONFIG GET',
  'SET big',
  'GET big',
  'NOSUCHCOMMAND a ERR',
  'SELECT',
  'DBSIZE',
] as const;

/** Does one of everything that node-redis can do, on one connection; see {@link redisOperations}. */
export async function exerciseRedis(port: number): Promise<void> {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => undefined);
  await client.connect();
  await client.set('user:4711:name', 'Ada');
  await client.get('user:4711:name');
  await client.get('user:4712:name');
  await Promise.all([client.incr('counter'), client.incr('counter')]);
  await client.hSet('cart:4711', { apple: '1', pear: '2' });
  await client.hGetAll('cart:4711');
  await client.lPush('queue', 'job');
  await client.blPop('queue', 1);
  await client.blPop('queue', 0.1);
  await client.lPush('counter', 'x').catch(() => undefined);
  await client.multi().set('t', '1').get('t').exec();
  await client.eval("return redis.call('SET', KEYS[1], ARGV[1])", { keys: ['script:key'], arguments: ['v'] });
  await client.xAdd('stream', '*', { a: '1' });
  await client.xRead({ key: 'stream', id: '$' }, { BLOCK: 50 });
  await client.configGet('maxmemory');
  await client.set('big', 'x'.repeat(3000));
  await client.get('big');
  await client.sendCommand(['NOSUCHCOMMAND', 'a']).catch(() => undefined);
  await client.select(3);
  await client.dbSize();
  client.destroy();
}

const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** What is recorded. */
export const redisScenarios: readonly Scenario[] = [
  { name: 'node-redis', run: exerciseRedis },
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
