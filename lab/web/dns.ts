import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { Side } from '../../src/model/request.ts';
import type { Piece } from '../../src/protocols/testing.ts';
import type { Lab } from '../net/lab.ts';
import { startDnsmasq } from '../net/servers.ts';

const long = ['x', 'y', 'z', 'w'].map((letter) => letter.repeat(200)).join(',');

/** Starts dnsmasq with records of many types, all below .test. */
export async function startNames(lab: Lab, port: number): Promise<void> {
  await startDnsmasq(lab, { port }, [
    '--address=/shop.test/10.1.2.3',
    '--address=/shop.test/fd00::5',
    '--cname=www.example.test,shop.example.test',
    '--host-record=shop.example.test,10.9.8.7,fd00::7',
    '--mx-host=example.test,mail.example.test,10',
    `--txt-record=big.test,${long}`,
    '--srv-host=_http._tcp.example.test,shop.example.test,8080',
    '--local=/test/',
    '--ptr-record=7.8.9.10.in-addr.arpa,shop.example.test',
  ]);
}

/** What dig is asked to ask, and what is to be seen of it: type, name, code. */
export const dnsExercise: readonly (readonly [readonly string[], string])[] = [
  [['www.example.test', 'A'], 'A www.example.test NOERROR'],
  [['shop.test', 'AAAA'], 'AAAA shop.test NOERROR'],
  [['example.test', 'MX'], 'MX example.test NOERROR'],
  [['nothere.test', 'A'], 'A nothere.test NXDOMAIN'],
  [['big.test', 'TXT', '+ignore', '+bufsize=512'], 'TXT big.test NOERROR'],
  [['-x', '10.9.8.7'], 'PTR 7.8.9.10.in-addr.arpa NOERROR'],
  [['outside.example', 'A'], 'A outside.example REFUSED'],
  [['_http._tcp.example.test', 'SRV', '+noedns'], 'SRV _http._tcp.example.test NOERROR'],
  [['example.test', 'HTTPS'], 'HTTPS example.test NOERROR'],
];

/** A proxy between one client at a time and a UDP server that records what both say. */
export async function recordDatagrams(lab: Lab, port: number): Promise<{ port: number; take(): Piece[] }> {
  let pieces: Piece[] = [];
  const upstream = new Map<number, Socket>();
  const socket = createSocket('udp4');
  socket.on('message', (query, client) => {
    pieces.push({ from: Side.client, bytes: new Uint8Array(query) });
    let server = upstream.get(client.port);
    if (server === undefined) {
      server = createSocket('udp4');
      server.on('message', (answer) => {
        pieces.push({ from: Side.server, bytes: new Uint8Array(answer) });
        socket.send(answer, client.port, client.address);
      });
      upstream.set(client.port, server);
    }
    server.send(query, port, '127.0.0.1');
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  lab.defer(() => {
    socket.close();
    for (const server of upstream.values()) server.close();
  });
  return {
    port: (socket.address() as AddressInfo).port,
    take() {
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}
