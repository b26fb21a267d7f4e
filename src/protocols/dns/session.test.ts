import { describe, expect, it } from 'vitest';
import type { Connection } from '../../model/connection.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import {
  bytesOf,
  captureOnly,
  client,
  cutEverywhere,
  inPiecesOf,
  lost,
  type Piece,
  recogniseFirst,
  runSession,
  server,
} from '../testing.ts';
import { dns, eachAnswer, readDnsAnswers } from './index.ts';
import { samples } from './samples.ts';

const name = (text: string) => [...text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
const question = (text: string, type = 1) => [...name(text), 0, type, 0, 1];
const ask = (id: number, text: string, type = 1) => client([0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], question(text, type));
const answer = (id: number, text: string, rcode = 0, addresses: number[][] = [], type = 1) =>
  server(
    [0, id, 0x81, 0x80 | rcode, 0, 1, 0, addresses.length, 0, 0, 0, 0],
    question(text, type),
    addresses.flatMap((a) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, a.length, ...a]),
  );
const connection = { client: { ip: '10.0.0.1', netns: 1 } } as Connection;
const said = (pieces: readonly Piece[], how = {}) =>
  runSession(dns, pieces, { transport: 'udp', ...how }).requests.map((r) => `${r.method} ${r.target} ${r.codeText}`);

describe('recorded conversations', () => {
  const shown = (index: number) => {
    const { pieces, transport } = samples[index];
    return runSession(dns, pieces, { transport, tickAfter: 6e9 }).requests.map((r) => [
      r.method,
      r.resource || r.target,
      r.codeText,
      r.outcome,
      ...r.attributes,
    ]);
  };

  it('are recognised by their first message', () => {
    for (const { pieces, serverPort } of samples) {
      expect(recogniseFirst(dns, pieces, serverPort)).toBe(Confidence.yes);
      expect(recogniseFirst(dns, pieces, 9999)).toBe(Confidence.yes);
    }
  });

  it('give question, code and addresses', () => {
    expect(shown(0)).toEqual([
      [
        'A',
        'www.example.test',
        'NOERROR',
        Outcome.ok,
        'dns.answers',
        '10.9.8.7',
        'dns.answer.ttl',
        '0',
        'dns.answer.cname',
        'shop.example.test',
      ],
    ]);
    expect(shown(1)).toEqual([
      ['AAAA', 'shop.test', 'NOERROR', Outcome.ok, 'dns.answers', 'fd00::5', 'dns.answer.ttl', '0'],
    ]);
    expect(shown(2)).toEqual([['MX', 'example.test', 'NOERROR', Outcome.ok]]);
    expect(shown(3)).toEqual([['A', 'nothere.test', 'NXDOMAIN', Outcome.clientError]]);
    expect(shown(4)).toEqual([['TXT', 'big.test', 'NOERROR', Outcome.ok, 'dns.truncated', 'true']]);
    expect(shown(6)).toEqual([['TXT', 'big.test', 'NOERROR', Outcome.ok]]);
    expect(shown(7)).toEqual([['PTR', '7.8.9.10.in-addr.arpa', 'NOERROR', Outcome.ok]]);
    expect(shown(8)).toEqual([['A', 'outside.example', 'REFUSED', Outcome.serverError]]);
    expect(shown(9)).toEqual([['A', 'slow.test', '', Outcome.timeout]]);
    expect(shown(12)).toEqual([
      ['A', 'shop.test', 'NOERROR', Outcome.ok, 'dns.answers', '10.1.2.3', 'dns.answer.ttl', '0'],
      ['MX', 'example.test', 'NOERROR', Outcome.ok],
    ]);
    expect(shown(13)).toEqual([['AXFR', 'zone.test', 'REFUSED', Outcome.serverError]]);
    expect(shown(14)).toEqual([['HTTPS', 'example.test', 'NOERROR', Outcome.ok, 'dns.no_data', 'true']]);
  });

  it('count the bytes of messages, on TCP with their length', () => {
    const [udp] = runSession(dns, samples[0].pieces, { transport: 'udp' }).requests;
    expect([udp.requestBytes, udp.responseBytes]).toEqual(samples[0].pieces.map((p) => p.bytes.length));
    const [tcp] = runSession(dns, samples[6].pieces, { transport: 'tcp' }).requests;
    expect([tcp.requestBytes, tcp.responseBytes]).toEqual(samples[6].pieces.map((p) => p.bytes.length));
  });
});

describe('a DNS session', () => {
  it('pairs by id and question, whatever the order', () => {
    expect(
      said([
        ask(1, 'a.test'),
        ask(1, 'a.test', 28),
        ask(2, 'b.test'),
        answer(2, 'b.test'),
        answer(1, 'a.test', 3, [], 28),
        answer(1, 'A.Test'),
      ]),
    ).toEqual(['A b.test NOERROR', 'AAAA a.test NXDOMAIN', 'A a.test NOERROR']);
  });

  it('does not take an answer to something else', () => {
    const { requests, counts } = runSession(dns, [ask(1, 'a.test'), answer(1, 'evil.test', 0, [[6, 6, 6, 6]])], {
      transport: 'udp',
    });
    expect(requests).toMatchObject([{ outcome: Outcome.aborted, code: -1, end: 0 }]);
    expect(counts.get('dns_unexpected_response')).toBe(1);
  });

  it('takes an error that comes without the question', () => {
    expect(said([ask(7, 'a.test'), server([0, 7, 0x80, 0x82, 0, 0, 0, 0, 0, 0, 0, 0])])).toEqual(['A a.test SERVFAIL']);
  });

  it('shows a question that is asked again as a timeout and a retry', () => {
    const pieces = [ask(1, 'a.test'), { ...ask(1, 'a.test'), time: 5e9 }, { ...answer(1, 'a.test'), time: 5.1e9 }];
    expect(runSession(dns, pieces, { transport: 'udp' }).requests).toMatchObject([
      { outcome: Outcome.timeout, code: -1, start: 2000, flags: 0 },
      { outcome: Outcome.ok, start: 5e9, end: 5.1e9 + 100, flags: RequestFlag.retry },
    ]);
  });

  it('sees a retry from another socket', () => {
    const first = [{ ...ask(9, 'again.test'), time: 1e9 }];
    runSession(dns, first, { transport: 'udp', connection });
    const second = [
      { ...ask(10, 'again.test'), time: 6e9 },
      { ...answer(10, 'again.test'), time: 6.1e9 },
    ];
    expect(runSession(dns, second, { transport: 'udp', connection }).requests[0].flags).toBe(RequestFlag.retry);
    const third = [{ ...ask(11, 'again.test'), time: 7e9 }];
    expect(runSession(dns, third, { transport: 'udp', connection }).requests[0].flags).toBe(0);
  });

  it('gives up after the time that was set', () => {
    const pieces = [ask(1, 'a.test')];
    expect(runSession(dns, pieces, { transport: 'udp', end: 'open', tickAfter: 4e9 }).requests).toEqual([]);
    expect(runSession(dns, pieces, { transport: 'udp', end: 'open', tickAfter: 6e9 }).requests).toMatchObject([
      { outcome: Outcome.timeout, flags: 0 },
    ]);
  });

  it('notices that a search list is worked through', () => {
    const names = [
      'api.example.com.shop.svc.cluster.local',
      'api.example.com.svc.cluster.local',
      'api.example.com.cluster.local',
      'api.example.com',
    ];
    const pieces = names.flatMap((n, i) => [ask(i, n), answer(i, n, n === 'api.example.com' ? 0 : 3)]);
    const search = runSession(dns, pieces, { transport: 'udp', connection }).requests.map((r) =>
      r.attributes.slice(0, 4),
    );
    expect(search[0]).toEqual([]);
    expect(search[1]).toEqual(['dns.search.name', 'api.example.com', 'dns.search.attempt', '2']);
    expect(search[2]).toEqual(['dns.search.name', 'api.example.com', 'dns.search.attempt', '3']);
    expect(search[3].slice(0, 4)).toEqual(['dns.search.name', 'api.example.com', 'dns.search.attempt', '4']);
    const unrelated = [
      ask(1, 'www.a.test'),
      answer(1, 'www.a.test', 3),
      ask(2, 'www.b.test'),
      answer(2, 'www.b.test', 3),
    ];
    expect(runSession(dns, unrelated, { transport: 'udp', connection }).requests.map((r) => r.attributes)).toEqual([
      [],
      [],
    ]);
  });

  it('expects no answer to multicast queries', () => {
    const { requests } = runSession(dns, [ask(0, 'printer.local'), server([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0])], {
      transport: 'udp',
      serverPort: 5353,
    });
    expect(requests).toMatchObject([
      { method: 'A', target: 'printer.local', flags: RequestFlag.oneWay, outcome: Outcome.ok },
    ]);
  });

  it('folds the messages of a zone transfer into one request', () => {
    const soa = [0, 0, 6, 0, 1, 0, 0, 0, 9, 0, 0];
    const a = [0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
    const message = (records: number[][]) => {
      const body = [0, 5, 0x84, 0, 0, 1, 0, records.length, 0, 0, 0, 0, ...question('z.test', 252), ...records.flat()];
      return server([0, body.length], body);
    };
    const asked = ask(5, 'z.test', 252).bytes;
    const pieces = [client([0, asked.length], asked), message([soa, a]), message([a, a]), message([a, soa])];
    const { requests } = runSession(dns, pieces, { transport: 'tcp' });
    expect(requests).toMatchObject([
      { method: 'AXFR', responseStart: 3000, end: 5100, flags: RequestFlag.streaming, code: 0, outcome: Outcome.ok },
    ]);
    expect(requests[0].responseBytes).toBe(pieces.slice(1).reduce((sum, p) => sum + p.bytes.length, 0));
  });

  it('counts several questions in one message', () => {
    const two = client([0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0], question('a.test'), question('b.test'));
    expect(runSession(dns, [two], { transport: 'udp' }).requests[0].attributes).toEqual(['dns.question.count', '2']);
  });

  it('replaces addresses in names', () => {
    expect(said([ask(1, '4.3.2.1.in-addr.arpa', 12), ask(2, '10-1-2-3.shop.pod.cluster.local')])).toEqual([
      'PTR {ip}.in-addr.arpa ',
      'A {ip}.shop.pod.cluster.local ',
    ]);
  });

  it('reads what was captured of cut datagrams', () => {
    const pieces = captureOnly(
      [
        ask(1, 'a.test'),
        answer(1, 'a.test', 0, [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]),
      ],
      50,
    );
    const { requests } = runSession(dns, pieces, { transport: 'udp' });
    expect(requests).toMatchObject([{ codeText: 'NOERROR', responseBytes: 56 }]);
    expect(requests[0].attributes).toContain('1.2.3.4');
  });

  it('does not follow names in circles', () => {
    const loop = client([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], [1, 97, 0xc0, 12, 0, 1, 0, 1]);
    expect(said([loop])).toEqual(['A  ']);
  });
});

describe('a TCP connection cut at any byte', () => {
  const two = samples[12].pieces;

  it('gives the same requests', () => {
    const expected = said(two, { transport: 'tcp' });
    for (const cut of cutEverywhere(two)) expect(said(cut, { transport: 'tcp' })).toEqual(expected);
    expect(said(inPiecesOf(two, 1), { transport: 'tcp' })).toEqual(expected);
  });

  it('takes up again after lost bytes', () => {
    const pieces = [...two.slice(0, 1), lost(Side.server, -1), ...two.slice(2)];
    expect(said(pieces, { transport: 'tcp' })).toEqual(['MX example.test NOERROR', 'A shop.test ']);
  });
});

describe('readDnsAnswers', () => {
  const answers = (bytes: Uint8Array) => {
    const found: unknown[] = [];
    readDnsAnswers(bytes, 0, bytes.length, (...answer) => found.push(answer));
    return found;
  };

  it('gives the name that was asked for', () => {
    expect(answers(samples[0].pieces[1].bytes)).toEqual([['www.example.test', '10.9.8.7', 0]]);
    expect(
      answers(
        answer(1, 'x.test', 0, [
          [1, 1, 1, 1],
          [2, 2, 2, 2],
        ]).bytes,
      ),
    ).toEqual([
      ['x.test', '1.1.1.1', 60],
      ['x.test', '2.2.2.2', 60],
    ]);
  });

  it('gives nothing for questions, failures and rubbish', () => {
    expect(answers(samples[0].pieces[0].bytes)).toEqual([]);
    expect(answers(answer(1, 'x.test', 3, [[1, 1, 1, 1]]).bytes)).toEqual([]);
    expect(answers(bytesOf('GET / HTTP/1.1\r\n\r\n'))).toEqual([]);
  });

  it('gives the same from finished requests', () => {
    const { requests } = runSession(
      dns,
      [
        ask(1, 'a.test'),
        answer(1, 'a.test', 0, [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]),
      ],
      { transport: 'udp' },
    );
    const found: unknown[] = [];
    eachAnswer(requests[0], (...a) => found.push(a));
    expect(found).toEqual([
      ['a.test', '1.2.3.4', 60],
      ['a.test', '5.6.7.8', 60],
    ]);
  });
});

describe.each(samples)('what is known of $name', (sample) => {
  it('is right wherever something is missing, and pairs later questions as if nothing had been', () => {
    expect(brokenByGaps(dns, sample)).toEqual([]);
    // A datagram is not cut in two.
    if (sample.transport === 'tcp') expect(changedByChunks(dns, sample)).toEqual([]);
  });

  it('makes nothing up when joined in the middle, and survives any bytes', () => {
    expect(brokenByJoining(dns, sample)).toEqual([]);
    expect(brokenByMutation(dns, sample, 200)).toEqual([]);
  });
});
