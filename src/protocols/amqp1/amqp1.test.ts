import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { bytesOf, client, hex, type Part, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { amqp1 } from './index.ts';
import { samples } from './samples.ts';
import { compound, openCompound, readBoolean, readText, readUnsigned, skipValue } from './values.ts';

const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const frame = (code: number, fields: readonly Part[], body: Uint8Array = bytesOf()) => {
  const list = bytesOf(...fields);
  const payload = bytesOf([0, 0x53, code, 0xd0], u32(list.length + 4), u32(fields.length), list, body);
  return bytesOf(u32(payload.length + 8), [2, 0, 0, 0], payload);
};
const str = (text: string) => bytesOf([0xa1, text.length], text);
const sym = (text: string) => bytesOf([0xa3, text.length], text);
const uint = (n: number) => bytesOf([0x70], u32(n));
const TRUE = 0x41;
const FALSE = 0x42;
const NULL = 0x40;
const described = (code: number, ...fields: readonly Part[]) => {
  const list = bytesOf(...fields);
  return bytesOf([0, 0x53, code, 0xc0, list.length + 1, fields.length], list);
};
const source = (address: string) => described(0x28, str(address));
const target = (address: string) => described(0x29, str(address));
const attachSender = (name: string, handle: number, address: string) =>
  frame(0x12, [str(name), uint(handle), FALSE, NULL, NULL, source(''), target(address)]);
const attached = (name: string, handle: number, address: string) =>
  frame(0x12, [str(name), uint(handle), TRUE, NULL, NULL, source(''), target(address)]);
const transfer = (handle: number, id: number, { settled = FALSE, more = FALSE, body = 'x' } = {}) =>
  frame(
    0x14,
    [uint(handle), uint(id), bytesOf([0xa0, 1, id]), uint(0), settled, more],
    bytesOf([0, 0x53, 0x77], str(body)),
  );
const disposed = (first: number, last: number, state: Part = bytesOf([0, 0x53, 0x24, 0x45])) =>
  frame(0x15, [TRUE, uint(first), uint(last), TRUE, state]);
const begun = [client(frame(0x11, [NULL, uint(0)])), server(frame(0x11, [bytesOf([0x60, 0, 0]), uint(0)]))];
const linked = [...begun, client(attachSender('s', 0, 'orders/4711')), server(attached('s', 5, 'orders/4711'))];
const told = (pieces: readonly Piece[], how = {}) =>
  runSession(amqp1, pieces, how).requests.map(
    (r) => `${r.method} ${r.target} ${r.outcome} ${r.start}-${r.end} ${r.flags}`,
  );

describe('an AMQP 1.0 session', () => {
  it('tells each operation of a real client once, with its outcome', () => {
    const { requests, counts } = runSession(amqp1, samples[0].pieces);
    expect(requests.map((r) => [r.method, r.target, r.outcome, r.codeText].filter((x) => x !== '').join(' '))).toEqual([
      'connect 1',
      'begin 1',
      'attach /queue/invoices 1',
      'send /queue/invoices 1',
      'send /queue/invoices 1',
      'send /queue/invoices 1',
      'attach /queue/invoices 1',
      'send /queue/invoices 0',
      'attach /queue/invoices 1',
      'deliver /queue/invoices 1',
      'deliver /queue/invoices 1',
      'deliver /queue/invoices 2 app:bad',
      'deliver /queue/invoices 1',
      'detach /queue/invoices 1',
      'attach /nonsense/address 2 amqp:invalid-field',
      'end 2 amqp:invalid-field',
      'close 1',
    ]);
    expect([...counts]).toEqual([]);
    expect(requests.filter((r) => r.flags & RequestFlag.partial)).toEqual([]);
  });

  it('tells a refused login', () => {
    const { requests } = runSession(amqp1, samples[1].pieces);
    expect(requests).toMatchObject([{ method: 'connect', outcome: Outcome.clientError, code: 1, codeText: 'auth' }]);
  });

  it('reads trace context from application properties, and the correlation id', () => {
    const { requests } = runSession(amqp1, samples[0].pieces);
    const traced = requests.filter((r) => r.traceId !== '');
    expect(traced.map((r) => r.method)).toEqual(['send', 'deliver']);
    expect(traced[0]).toMatchObject({ traceId: '1f2e3d4c5b6a79880102030405060708', parentSpanId: 'a1b2c3d4e5f60718' });
    expect(requests.filter((r) => r.correlationId === 'order-7').map((r) => r.method)).toEqual(['send', 'deliver']);
    expect(amqp1.attributes(traced[0])).toMatchObject({
      'messaging.system': 'amqp',
      'messaging.operation.type': 'send',
      'messaging.destination.name': '/queue/invoices',
      'network.protocol.version': '1.0',
    });
  });

  it('settles transfers by ranges of delivery ids, and takes ids out of addresses', () => {
    const sent = client(transfer(0, 0), transfer(0, 1), transfer(0, 2));
    const rejected = described(0x25, described(0x1d, sym('amqp:internal-error')));
    const pieces = [...linked, sent, server(disposed(0, 1)), server(disposed(2, 2, rejected))];
    expect(told(pieces).slice(2)).toEqual([
      'send orders/{id} 1 6000-7100 0',
      'send orders/{id} 1 6000-7100 0',
      'send orders/{id} 3 6000-8100 0',
    ]);
  });

  it('puts transfers of several frames together', () => {
    const first = transfer(0, 0, { more: TRUE });
    const rest = frame(0x14, [uint(0), NULL, NULL, NULL, NULL, FALSE], bytesOf('rest'));
    const [, , sent] = runSession(amqp1, [...linked, client(first), client(rest), server(disposed(0, 0))]).requests;
    expect(sent).toMatchObject({ start: 6000, requestEnd: 7100, end: 8100, requestBytes: first.length + rest.length });
  });

  it('marks settled transfers as one-way', () => {
    expect(told([...linked, client(transfer(0, 0, { settled: TRUE }))]).at(-1)).toBe(
      `send orders/{id} 0 6000-0 ${RequestFlag.oneWay}`,
    );
  });

  it('reads the outcome out of a transactional state', () => {
    const state = bytesOf([0, 0x53, 0x34, 0xc0, 9, 2, 0xa0, 1, 7], [0, 0x53, 0x26, 0x45]);
    const { requests } = runSession(amqp1, [...linked, client(transfer(0, 0)), server(disposed(0, 0, state))]);
    expect(requests[2]).toMatchObject({ outcome: Outcome.clientError, codeText: 'released' });
  });

  it('tells an attach that is answered without a target and then detached as refused', () => {
    const refusal = bytesOf(
      frame(0x12, [str('s'), uint(5), TRUE, NULL, NULL, NULL, NULL]),
      frame(0x16, [uint(5), TRUE, described(0x1d, sym('amqp:not-found'))]),
    );
    const pieces = [
      ...begun,
      client(attachSender('s', 0, 'nowhere')),
      server(refusal),
      client(frame(0x16, [uint(0), TRUE])),
    ];
    expect(told(pieces).slice(1)).toEqual(['attach nowhere 2 4000-5100 0']);
    expect(runSession(amqp1, pieces).requests[1].codeText).toBe('amqp:not-found');
  });

  it('keeps apart what both sides send under the same delivery id', () => {
    const pieces = [
      ...linked,
      client(transfer(0, 0)),
      server(transfer(5, 0)),
      client(disposed(0, 0)),
      server(disposed(0, 0)),
    ];
    expect(told(pieces).slice(2)).toEqual(['deliver orders/{id} 1 7000-8100 0', 'send orders/{id} 1 6000-9100 0']);
  });

  it('pairs by delivery id where it joined in the middle, and says what it does not know', () => {
    const pieces = [client(transfer(0, 8)), server(disposed(8, 8))];
    expect(told(pieces, { fromTheBeginning: false })).toEqual([`send  1 2000-3100 ${RequestFlag.partial}`]);
  });
});

describe('the types of AMQP 1.0', () => {
  const reader = new ByteReader();
  const at = (digits: string) => {
    const bytes = hex(digits);
    return reader.reset(bytes, 0, bytes.length);
  };

  it('are read and skipped in every width', () => {
    for (const value of [
      '40',
      '41',
      '5605',
      '6000ff',
      '70000000ff',
      '80000000000000000a',
      'a103616263',
      'b100000002aabb',
    ]) {
      skipValue(at(`${value}52aa`));
      expect(readUnsigned(reader), value).toBe(0xaa);
    }
    for (const value of [
      '45',
      'c00301520a',
      'd000000006000000025201a0',
      'e00301520a',
      '98000102030405060708090a0b0c0d0e0f',
      '0053244540',
    ]) {
      skipValue(at(value));
      expect(reader.short, value).toBe(false);
    }
    const numbers = ['43', '5207', '600102', '800000000100000000', '40'].map((value) => readUnsigned(at(value)));
    expect(numbers).toEqual([0, 7, 258, 2 ** 32, -1]);
  });

  it('say so where they are cut or unknown', () => {
    for (const value of ['', 'a105aabb', '7000', 'c0ff', '00', '1234']) {
      skipValue(at(value));
      expect(reader.short, value).toBe(true);
    }
    expect(openCompound(at('a100'))).toBe(false);
    expect(openCompound(at('c00402'))).toBe(true);
    expect(compound).toEqual({ count: 2, end: 6 });
    expect(readText(at('a1036869'), new Interner(4))).toBe('');
    expect(readBoolean(at('5601'))).toBe(true);
  });
});

describe('the AMQP 1.0 recogniser', () => {
  it('is sure of protocol headers of its version and of performatives', () => {
    for (const sample of samples) expect(recogniseFirst(amqp1, sample.pieces, 1)).toBe(Confidence.yes);
    expect(recogniseFirst(amqp1, [server(transfer(0, 1))], 1)).toBe(Confidence.yes);
  });

  it('declines AMQP 0-9-1 and other frames', () => {
    for (const other of [
      'AMQP\u0000\u0000\u0009\u0001',
      [0, 0, 0, 20, 2, 0, 0, 0, 0, 0x53, 0x77, 0x45],
      [0, 0, 0, 8, 2, 0, 0, 0],
    ]) {
      expect(recogniseFirst(amqp1, [client(bytesOf(other))], 5672)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('an AMQP 1.0 conversation, $name,', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(amqp1, sample, 11)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(amqp1, sample, { step: 3 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(amqp1, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(amqp1, sample, 300)).toEqual([]);
  });
});
