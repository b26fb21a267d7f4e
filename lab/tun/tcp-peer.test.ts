import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inNetworkNamespace } from '../../src/probe/namespaces.ts';
import { Lab } from '../net/lab.ts';
import { suite } from '../run/requires.ts';
import { decodeSegment, encodeSegment, Flag } from './segment.ts';
import { TcpNetwork } from './tcp-peer.ts';
import { openTun } from './tun-device.ts';

describe('segments', () => {
  it('come out of a packet as they went in, over IPv4 and IPv6', () => {
    for (const [a, b] of [
      ['10.82.0.2', '10.82.0.1'],
      ['fd82::2', 'fd82::1'],
    ]) {
      const segment = {
        source: { address: a, port: 1234 },
        destination: { address: b, port: 80 },
        sequence: 0xffff_fffe,
        acknowledgement: 7,
        flags: Flag.ack | Flag.psh,
        window: 1000,
        options: Buffer.from([1, 1, 1, 1]),
        payload: Buffer.from('GET / HTTP/1.1\r\n'),
      };
      expect(decodeSegment(encodeSegment(segment))).toEqual(segment);
    }
  });
});

suite('the hand-written TCP', { root: true, packages: ['iproute2', 'util-linux', 'curl'] }, () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  /** A server of this process inside the namespace that keeps all that it reads. */
  async function serve(path: string, delivered: string[]): Promise<Server> {
    const server = createServer((socket) => {
      const index = delivered.push('') - 1;
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        delivered[index] += data.toString('latin1');
        socket.write(`${data.length};`);
      });
    });
    await new Promise<void>((resolve) => {
      inNetworkNamespace(path, () => server.listen(8080, resolve));
    });
    lab.defer(() => {
      server.close();
    });
    return server;
  }

  it('delivers a stream whose segments come late, twice, overlapping and past the wrap of sequence numbers', async () => {
    const namespace = lab.namespace();
    const network = new TcpNetwork(openTun(lab, namespace, 'tun0', ['10.82.0.1/24', 'fd82::1/64']));
    const delivered: string[] = [];
    await serve(namespace.path, delivered);
    const text = Buffer.from(Array.from({ length: 600 }, (_, index) => `${index},`).join(''));
    for (const [own, other] of [
      ['10.82.0.2', '10.82.0.1'],
      ['fd82::2', 'fd82::1'],
    ]) {
      const peer = network.peer({ address: own, port: 4000 }, { address: other, port: 8080 });
      await peer.connect();
      peer.send(1000, text.subarray(1000, 1500));
      peer.send(0, text.subarray(0, 600));
      peer.send(300, text.subarray(300, 1200));
      peer.send(0, text.subarray(0, 600));
      peer.send(1500, text.subarray(1500));
      await peer.untilAcknowledged(text.length);
      await peer.until('got an answer', () => peer.received.toString().endsWith(';'));
      peer.probe(0);
      await peer.close();
    }
    expect(delivered).toEqual([text.toString(), text.toString()]);
  });

  it('answers a client, holds it up with a closed window and lets it go on', async () => {
    const namespace = lab.namespace();
    const network = new TcpNetwork(openTun(lab, namespace, 'tun0', ['10.82.0.1/24']));
    const accepted = network.accept({ address: '10.82.0.2', port: 80 }, 10_000);
    const [sent, body] = ['y'.repeat(50_000), 'x'.repeat(200_000)];
    const file = join(lab.folder(), 'sent');
    writeFileSync(file, sent);
    const args = ['-s', '-H', 'Expect:', '-T', file, 'http://10.82.0.2/put'];
    const client = lab.run('curl', args, { namespace });
    const peer = await accepted;
    await peer.until('was probed', () => peer.received.length === 10_000 && peer.probes > 0);
    peer.room = Number.POSITIVE_INFINITY;
    peer.acknowledge();
    await peer.until('got the body', () => peer.received.toString('latin1').endsWith(`\r\n\r\n${sent}`));
    const answer = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await peer.deliver(0, answer);
    expect(await client).toBe(body);
  });
});
