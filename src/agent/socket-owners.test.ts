import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { NEVER } from '../base/units.ts';
import { remoteEndpoint, unknownCounters } from '../capture/conversations.ts';
import type { Connection, Endpoint } from '../model/connection.ts';
import { ListedSocketOwners } from './listed-socket-owners.ts';
import { LiveSocketOwners } from './live-socket-owners.ts';

function connection(client: Endpoint, server: Endpoint, transport: 'tcp' | 'udp' = 'tcp'): Connection {
  return {
    id: 1,
    transport,
    client,
    server,
    beginningSeen: true,
    start: NEVER,
    established: NEVER,
    ended: NEVER,
    end: 'open',
    errno: 0,
    protocol: '',
    counters: unknownCounters(),
  };
}

const at = (ip: string, port: number, more: Partial<Endpoint> = {}): Endpoint => ({
  ...remoteEndpoint(ip, port),
  ...more,
});

describe('owners of sockets as a live capture tells them', () => {
  test('are found whichever end is taken for the client', () => {
    const owners = new LiveSocketOwners(7);
    const curl = { pid: 5, comm: 'curl', netns: 7, local: true };
    owners.connection(connection(at('10.0.0.1', 4000, curl), at('10.0.0.2', 80, { pid: 6, comm: 'nginx' })));
    const straight = connection(at('10.0.0.1', 4000), at('10.0.0.2', 80));
    expect(owners.resolve(straight)).toBe(true);
    expect(straight.client).toMatchObject(curl);
    const reversed = connection(at('10.0.0.2', 80), at('10.0.0.1', 4000));
    expect(owners.resolve(reversed)).toBe(true);
    expect(reversed.client.comm).toBe('nginx');
    expect(owners.resolve(connection(at('10.0.0.1', 4001), at('10.0.0.2', 80)))).toBe(false);
  });

  test('grow as more becomes known, and a loopback address of another namespace is somebody else', () => {
    const owners = new LiveSocketOwners(7);
    const live = connection(at('127.0.0.1', 4000, { pid: 5, comm: 'curl', netns: 7 }), at('127.0.0.1', 80));
    owners.connection(live);
    owners.connection(
      connection(at('127.0.0.1', 4000, { pid: 9, comm: 'wget', netns: 8 }), at('127.0.0.1', 80, { netns: 8 })),
    );
    const captured = connection(at('127.0.0.1', 4000), at('127.0.0.1', 80));
    expect(owners.resolve(captured)).toBe(false);
    expect(captured.client.comm).toBe('curl');
    Object.assign(live.server, { pid: 6, comm: 'nginx' });
    live.protocol = 'http';
    expect(owners.resolve(captured)).toBe(true);
    expect(captured).toMatchObject({ protocol: 'http', server: { pid: 6, comm: 'nginx' } });
  });
});

describe('owners of sockets as /proc lists them', () => {
  const server = createServer((socket) => socket.on('error', () => undefined));
  const datagrams = createSocket('udp4');
  afterAll(() => {
    server.close();
    datagrams.close();
  });

  test('are this process for its own sockets, TCP and UDP, and nobody for those of other hosts', async () => {
    server.listen(0, '127.0.0.1');
    datagrams.bind(0);
    await Promise.all([once(server, 'listening'), once(datagrams, 'listening')]);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = connect(port, '127.0.0.1');
    await Promise.all([once(client, 'connect'), once(server, 'connection')]);
    const owners = new ListedSocketOwners();
    const tcp = connection(at('127.0.0.1', client.localPort ?? 0), at('127.0.0.1', port));
    expect(owners.resolve(tcp)).toBe(true);
    expect([tcp.client.pid, tcp.server.pid]).toEqual([process.pid, process.pid]);
    expect(tcp.client.comm).not.toBe('');
    const own = datagrams.address().port;
    const udp = connection(at('127.0.0.1', own), at('192.0.2.9', own), 'udp');
    expect(owners.resolve(udp)).toBe(true);
    expect([udp.client.pid, udp.server.pid]).toEqual([process.pid, 0]);
    client.destroy();
  });

  test('are read again for somebody new, but not all the time', async () => {
    let now = 0;
    const owners = new ListedSocketOwners(undefined, () => now);
    const late = createSocket('udp4');
    late.bind(0, '127.0.0.1');
    await once(late, 'listening');
    const udp = connection(at('127.0.0.1', late.address().port), at('192.0.2.9', 53), 'udp');
    expect(owners.resolve(udp)).toBe(false);
    now = 10_000;
    expect(owners.resolve(udp)).toBe(true);
    expect(udp.client.pid).toBe(process.pid);
    late.close();
  });
});
