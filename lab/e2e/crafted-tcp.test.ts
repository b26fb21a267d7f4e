import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from '../net/lab.ts';
import type { Namespace } from '../net/namespace.ts';
import type { Place } from '../net/place.ts';
import { type Nginx, startNginx } from '../net/servers.ts';
import { suite } from '../run/requires.ts';
import { Flag } from '../tun/segment.ts';
import { TcpNetwork, type TcpPeer } from '../tun/tcp-peer.ts';
import { openTun } from '../tun/tun-device.ts';
import { randomFrom, scattered } from './scattered.ts';
import { type SeenRequest, type Watcher, watch } from './watcher.ts';

/** What both sides of a comparison say of a request. */
const facts = ({ method, resource, target, code }: SeenRequest) =>
  `${method} ${(resource || target).split('?')[0]} ${code}`;

const request = (path: string, extra = '') =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: crafted.test\r\nUser-Agent: peer/1\r\n${extra}\r\n`);

/**
 * A TCP written by hand talks to a real server and a real client through the real stack. What the application was handed
 * is the truth: the server's own log, and what the client printed.
 */
suite('crafted TCP', { root: true, packages: ['iproute2', 'util-linux', 'nginx', 'curl'] }, () => {
  const lab = new Lab();
  let namespace: Namespace;
  let place: Place;
  let network: TcpNetwork;
  let nginx: Nginx;
  let watcher: Watcher;
  let nextPort = 20_000;

  beforeAll(async () => {
    namespace = lab.namespace();
    const cgroup = lab.cgroup();
    place = { namespace, cgroup };
    network = new TcpNetwork(openTun(lab, namespace, 'tun0', ['10.83.0.1/24', 'fd83::1/64']));
    nginx = await startNginx(
      lab,
      {
        ...place,
        port: 8080,
      },
      {
        locations: 'location /c/ { return 200 "yes"; } location /teapot/ { return 418 "no"; } ',
      },
    );
    watcher = await watch(lab, { scope: cgroup.path });
  });
  afterAll(() => lab.close());

  const toNginx = (version: 4 | 6 = 4) => {
    const [own, other] = version === 4 ? ['10.83.0.2', '10.83.0.1'] : ['fd83::2', 'fd83::1'];
    return network.peer({ address: own, port: nextPort++ }, { address: other, port: 8080 });
  };
  const answers = (peer: TcpPeer) => peer.received.toString('latin1').split('HTTP/1.1 ').length - 1;
  const untilAnswered = (peer: TcpPeer, count: number) =>
    peer.until(`got ${count} answers`, () => answers(peer) >= count);

  /** Length of a first answer that says how long its body is. */
  const answerLength = (peer: TcpPeer) => {
    const head = peer.received.subarray(0, peer.received.indexOf('\r\n\r\n') + 4);
    return head.length + Number(/Content-Length: (\d+)/.exec(head.toString('latin1'))?.[1]);
  };

  /** What nginx says that it served over a connection. */
  const served = (peer: TcpPeer) =>
    nginx
      .requests()
      .filter(({ clientPort }) => clientPort === peer.own.port)
      .map(({ method, uri, status }) => `${method} ${uri.split('?')[0]} ${status}`);

  /** Checks each connection of these peers: all that nginx served was seen, once, in order, and nothing else. */
  async function expectWhatWasServed(peers: readonly TcpPeer[], count: number, headsFit = true): Promise<void> {
    const ports = new Set(peers.map((peer) => peer.own.port));
    await nginx.logged(count, ({ clientPort }) => ports.has(clientPort));
    const seen = await watcher.until(count, () => watcher.requests.filter((r) => ports.has(r.connection.client.port)));
    const truth = peers.map((peer): [number, string[]] => [peer.own.port, served(peer)]);
    expect(truth.flatMap(([, requests]) => requests)).toHaveLength(count);
    const by = (port: number) => seen.filter(({ connection }) => connection.client.port === port).map(facts);
    expect(peers.map((peer) => [peer.own.port, by(peer.own.port)])).toEqual(truth);
    expect(seen.filter(({ partial }) => partial && headsFit)).toEqual([]);
    expect(await watcher.newLosses()).toEqual({});
  }

  it('sees a request that is split at every byte', async () => {
    const peers: TcpPeer[] = [];
    const length = request('/c/000').length;
    for (let at = 1; at < length; at++) {
      const peer = toNginx(at % 2 === 0 ? 4 : 6);
      const bytes = request(`/c/${String(at).padStart(3, '0')}`);
      await peer.connect();
      peer.send(0, bytes.subarray(0, at));
      peer.send(at, bytes.subarray(at));
      await untilAnswered(peer, 1);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, length - 1);
  });

  it('sees a request that comes byte by byte, with and without PSH', async () => {
    const peers: TcpPeer[] = [];
    for (const flag of [Flag.psh, 0]) {
      const peer = toNginx();
      await peer.connect();
      const bytes = request('/c/bytes');
      for (let at = 0; at < bytes.length; at++) peer.send(at, bytes.subarray(at, at + 1), flag);
      await untilAnswered(peer, 1);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, 2);
  });

  it('sees a request whose segments arrive in every order', async () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const peers: TcpPeer[] = [];
    for (const [index, order] of orders.entries()) {
      const bytes = request(`/c/order-${index}`);
      const peer = toNginx();
      await peer.connect();
      for (const piece of order)
        peer.send(piece * 20, bytes.subarray(piece * 20, piece === 2 ? undefined : piece * 20 + 20));
      await untilAnswered(peer, 1);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, orders.length);
  });

  it('does not count a retransmission, whatever its size and however late', async () => {
    const peer = toNginx();
    const [first, second] = [request('/c/first'), request('/c/second')];
    await peer.connect();
    peer.send(0, first.subarray(0, 20));
    peer.send(0, first.subarray(0, 30));
    peer.send(10, first.subarray(10, 25));
    peer.send(0, first);
    await untilAnswered(peer, 1);
    peer.send(0, first);
    peer.send(first.length, second);
    peer.send(first.length - 10, Buffer.concat([first.subarray(-10), second]));
    await untilAnswered(peer, 2);
    peer.send(0, Buffer.concat([first, second]));
    await peer.close();
    await expectWhatWasServed([peer], 2);
  });

  it('reads what the application reads where overlapping segments contradict each other', async () => {
    const peers: TcpPeer[] = [];
    // Waiting for its turn, or already delivered: either way the first copy stays.
    for (const [name, lead] of [
      ['waiting', 5],
      ['delivered', 0],
    ] as const) {
      const peer = toNginx();
      const [honest, forged] = [request(`/c/${name}-a`), request(`/c/${name}-b`)];
      await peer.connect();
      peer.send(lead, honest.subarray(lead, 60));
      peer.send(lead, forged.subarray(lead, 60));
      peer.send(0, forged.subarray(0, lead));
      peer.send(60, honest.subarray(60));
      await untilAnswered(peer, 1);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, 2);
  });

  it('tells pipelined requests apart, whole, cut anywhere and with bodies between them', async () => {
    const parts = [
      request('/c/1'),
      request('/status/404'),
      Buffer.from('POST /c/3 HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nGET / HTTP/1'),
      request('/teapot/4'),
      request('/c/5'),
    ];
    const stream = Buffer.concat(parts);
    const peers: TcpPeer[] = [];
    for (const size of [stream.length, 100, 61, 17]) {
      const peer = toNginx();
      await peer.connect();
      for (let at = 0; at < stream.length; at += size) peer.send(at, stream.subarray(at, at + size));
      await untilAnswered(peer, 5);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, 20);
  });

  it('sees every request of streams that arrive scattered, overlapping and repeated', async () => {
    const random = randomFrom(0x5eed);
    const peers: TcpPeer[] = [];
    for (let run = 0; run < 60; run++) {
      const stream = Buffer.concat(
        [1, 2, 3].map((n) => request(`/c/${run}-${n}`, `X-Filler: ${'f'.repeat(random(120))}\r\n`)),
      );
      const peer = toNginx(run % 3 === 0 ? 6 : 4);
      await peer.connect();
      for (const [from, to] of scattered(stream.length, random)) peer.send(from, stream.subarray(from, to));
      while (peer.acknowledged < stream.length) {
        const from = peer.acknowledged;
        await peer.deliver(from, stream.subarray(from, from + 1 + random(200)));
      }
      await untilAnswered(peer, 3);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, 180);
  });

  it('keeps up with a long conversation of large heads and bodies in disorder', async () => {
    const random = randomFrom(0xbee);
    const peer = toNginx();
    await peer.connect();
    let at = 0;
    for (let n = 0; n < 100; n++) {
      const filler = `X-Filler: ${'f'.repeat(random(3000))}\r\n`;
      const body = Buffer.alloc(random(2) * random(9000), 'b');
      const message = Buffer.concat([
        Buffer.from(`PUT /put/${n} HTTP/1.1\r\nHost: x\r\n${filler}Content-Length: ${body.length}\r\n\r\n`),
        body,
      ]);
      for (const [from, to] of scattered(message.length, random, 1400))
        peer.send(at + from, message.subarray(from, to));
      await peer.deliver(at, message);
      at += message.length;
      await untilAnswered(peer, n + 1);
    }
    await peer.close();
    await expectWhatWasServed([peer], 100, false);
    const logged = nginx.requests().filter(({ clientPort }) => clientPort === peer.own.port);
    const sizes = watcher.from(peer.own.port).map(({ requestBytes }) => requestBytes);
    expect(sizes).toEqual(logged.map(({ requestLength }) => requestLength));
  });

  it('is not led astray by probes and segments outside of the window', async () => {
    const peer = toNginx();
    const [first, second] = [request('/c/before'), request('/c/after')];
    await peer.connect();
    peer.send(0, first);
    await untilAnswered(peer, 1);
    peer.probe(0x58);
    peer.send(first.length + 10_000_000, request('/c/far-ahead'));
    peer.send(first.length, second);
    await untilAnswered(peer, 2);
    peer.probe(0x58);
    await peer.close();
    await expectWhatWasServed([peer], 2);
  });

  it('reports no request that never arrived whole', async () => {
    const peer = toNginx();
    const bytes = request('/c/never');
    await peer.connect();
    peer.send(0, bytes.subarray(0, 10));
    peer.send(30, bytes.subarray(30));
    await peer.untilAcknowledged(10);
    peer.abort();
    const next = toNginx();
    await next.connect();
    next.send(0, request('/c/afterwards'));
    await untilAnswered(next, 1);
    await next.close();
    await expectWhatWasServed([next], 1);
    expect(served(peer).filter((line) => line.includes('never'))).toEqual([]);
    expect(
      watcher
        .from(peer.own.port)
        .map(({ code }) => code)
        .filter((code) => code > 0),
    ).toEqual([]);
  });

  it('counts every byte of a body that arrives in disorder', async () => {
    const random = randomFrom(7);
    const body = Buffer.alloc(100_000, 'b');
    const head = Buffer.from(`PUT /put/big HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    const stream = Buffer.concat([head, body]);
    const peer = toNginx();
    await peer.connect();
    while (peer.acknowledged < stream.length) {
      const from = peer.acknowledged;
      const window = stream.subarray(from, from + 10_000);
      for (const [a, b] of scattered(window.length, random, 1400)) peer.send(from + a, window.subarray(a, b));
      await peer.deliver(from, window.subarray(0, 1400));
    }
    await untilAnswered(peer, 1);
    peer.send(stream.length, request('/c/behind'));
    await untilAnswered(peer, 2);
    await peer.close();
    await expectWhatWasServed([peer], 2);
    const logged = nginx.requests().filter(({ clientPort }) => clientPort === peer.own.port);
    const seen = watcher.from(peer.own.port);
    expect(seen.map(({ requestBytes }) => requestBytes)).toEqual(logged.map(({ requestLength }) => requestLength));
    expect(seen.map(({ responseBytes }) => responseBytes)).toEqual(logged.map(({ bytesSent }) => bytesSent));
  });

  it('sees a request that comes behind a large body, without a pause and in the same segment', async () => {
    const body = Buffer.alloc(100_000, 'b');
    const head = Buffer.from(`PUT /put/before HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    const stream = Buffer.concat([head, body, request('/c/pipelined')]);
    const peers: TcpPeer[] = [];
    for (const size of [1400, 1000]) {
      const peer = toNginx();
      await peer.connect();
      for (let at = 0; at < stream.length; at += size) {
        const isLast = at + size >= stream.length;
        peer.send(at, stream.subarray(at, at + size), isLast ? Flag.psh : 0);
        if ((at / size) % 8 === 7) await peer.untilAcknowledged(Math.min(at + size, stream.length));
      }
      await untilAnswered(peer, 2);
      await peer.close();
      peers.push(peer);
    }
    await expectWhatWasServed(peers, 4);
  });

  it('follows an answer that waits at a closed window', async () => {
    writeFileSync(join(nginx.folder, 'www/large'), Buffer.alloc(300_000, 'l'));
    const peer = toNginx();
    await peer.connect();
    peer.room = 20_000;
    peer.send(0, request('/file/large'));
    for (const room of [100_000, 200_000, Number.POSITIVE_INFINITY]) {
      await peer.until('was probed', () => peer.received.length === peer.room && peer.probes > 0);
      peer.room = room;
      peer.probes = 0;
      peer.acknowledge();
    }
    await peer.until('got all', () => peer.received.length > 300_000 && answerLength(peer) === peer.received.length);
    peer.send(request('/file/large').length, request('/c/then'));
    await untilAnswered(peer, 2);
    await peer.close();
    await expectWhatWasServed([peer], 2);
    const logged = nginx.requests().filter(({ clientPort }) => clientPort === peer.own.port);
    const seen = watcher.from(peer.own.port);
    expect(seen.map(({ responseBytes }) => responseBytes)).toEqual(logged.map(({ bytesSent }) => bytesSent));
  });

  /** curl asks this process, which answers with exactly the segments that `answer` sends. */
  async function asked(
    path: string,
    answer: (peer: TcpPeer) => Promise<void> | void,
  ): Promise<[string, SeenRequest[]]> {
    const port = nextPort++;
    const accepted = network.accept({ address: '10.83.0.2', port });
    const url = `http://10.83.0.2:${port}${path}`;
    const client = lab.run(
      'curl',
      ['-s', '-m', '10', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', url],
      place,
    );
    const peer = await accepted;
    await peer.until('sent its request', () => peer.received.includes('\r\n\r\n'));
    await answer(peer);
    const told = await client;
    return [told, await watcher.until(1, () => watcher.to(port))];
  }

  it('sees the answer to a client that is split at every byte', async () => {
    const answer = Buffer.from('HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody');
    for (let at = 1; at < answer.length; at += 1) {
      const [told, seen] = await asked(`/r/${at}`, (peer) => {
        peer.send(0, answer.subarray(0, at));
        peer.send(at, answer.subarray(at));
      });
      expect(told).toBe('201 4');
      expect(seen.map(facts)).toEqual([`GET /r/${at} 201`]);
      expect(seen[0].responseBytes).toBe(answer.length);
    }
  });

  it('sees an answer through disorder, repetition and a provisional head', async () => {
    const random = randomFrom(99);
    const chunks = ['alpha', 'b'.repeat(700), 'c'].map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('');
    const answer = Buffer.from(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    );
    for (let run = 0; run < 20; run++) {
      const [told, seen] = await asked(`/d/${run}`, async (peer) => {
        for (const [from, to] of scattered(answer.length, random)) peer.send(from, answer.subarray(from, to));
        await peer.deliver(0, answer);
      });
      expect(told).toBe('503 706');
      expect(seen.map(facts)).toEqual([`GET /d/${run} 503`]);
      expect(seen[0].responseBytes).toBe(answer.length);
    }
  });
});
