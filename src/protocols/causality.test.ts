/** Whatever carries the id of a trace or of a request, in whatever protocol messages can carry it, it is found. */
import { describe, expect, it } from 'vitest';
import type { RequestFields } from '../model/request.ts';
import { amqp } from './amqp/index.ts';
import { amqp1 } from './amqp1/index.ts';
import { cassandra } from './cassandra/index.ts';
import { http } from './http/index.ts';
import { http2 } from './http2/index.ts';
import { kafka } from './kafka/index.ts';
import { mongodb } from './mongodb/index.ts';
import { mqtt } from './mqtt/index.ts';
import { mysql } from './mysql/index.ts';
import { nats } from './nats/index.ts';
import { postgresql } from './postgresql/index.ts';
import type { Protocol } from './protocol.ts';
import { bytesOf, client, type Part, type Piece, runSession, server } from './testing.ts';

type Headers = readonly (readonly [name: string, value: string])[];

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What messages carry, and what is to be found: trace, span, other id. */
const carriers: readonly (readonly [what: string, headers: Headers, found: readonly [string, string, string]])[] = [
  ['traceparent', [['traceparent', `00-${trace}-${span}-01`]], [trace, span, '']],
  ['b3', [['b3', `${trace}-${span}-1`]], [trace, span, '']],
  [
    'x-b3-traceid and x-b3-spanid',
    [
      ['x-b3-traceid', trace],
      ['x-b3-spanid', span],
    ],
    [trace, span, ''],
  ],
  ['uber-trace-id', [['uber-trace-id', `${trace}:${span}:0:1`]], [trace, span, '']],
  [
    'x-amzn-trace-id',
    [['x-amzn-trace-id', `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=1`]],
    [trace, span, ''],
  ],
  ['sw8', [['sw8', `1-${base64(trace)}-${base64('segment')}-3-${base64('shop')}-a-b-c`]], [trace, '', '']],
  ['x-request-id', [['x-request-id', 'req-4711']], ['', '', 'req-4711']],
];

const u16 = (n: number) => [n >> 8, n & 255];
const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const u32le = (n: number) => u32(n).reverse();
const short = (text: string) => bytesOf(u16(text.length), text);

/** As sqlcommenter writes them; values percent-encoded but for what need not be. */
const comment = (headers: Headers) =>
  headers.map(([name, value]) => `${name}='${encodeURIComponent(value)}'`).join(',');

function frame2(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  return bytesOf([0, ...u16(payload.length), type, flags], u32(stream), payload);
}

/** A field of HPACK, literal without indexing. */
const field = (name: string, value: string) => bytesOf([0, name.length], name, [value.length], value);

function grpcCall(headers: Headers): Piece[] {
  const fixed: Headers = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/demo.Greeter/Hello'],
    ['content-type', 'application/grpc'],
  ];
  const block = bytesOf(...[...fixed, ...headers].map(([name, value]) => field(name, value)));
  return [client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', frame2(4, 0, 0, bytesOf()), frame2(1, 5, 1, block))];
}

/** Signed, as records of Kafka have them. */
function zigzag(n: number): number[] {
  let left = n < 0 ? -2 * n - 1 : 2 * n;
  const bytes: number[] = [];
  for (; left > 127; left >>= 7) bytes.push((left & 127) | 128);
  return [...bytes, left];
}

function kafkaProduce(headers: Headers): Piece[] {
  const carried = headers.flatMap(([name, value]) => [zigzag(name.length), name, zigzag(value.length), value]);
  const record = bytesOf([0, 0, 0], zigzag(-1), zigzag(1), 'v', zigzag(headers.length), ...carried);
  const batch = bytesOf(
    ...[new Uint8Array(8), u32(49 + zigzag(record.length).length + record.length), u32(0), [2], u32(0), u16(0)],
    ...[u32(0), new Uint8Array(16), new Uint8Array(8), u16(0), u32(0), u32(1), zigzag(record.length), record],
  );
  const topics = bytesOf(u32(1), short('orders'), u32(1), u32(0), u32(batch.length), batch);
  const rest = bytesOf(u16(0), u16(3), u32(7), short('app'), u16(0xffff), u16(1), u32(1000), topics);
  return [client(u32(rest.length), rest)];
}

function amqpPublish(headers: Headers): Piece[] {
  const frame = (type: number, ...parts: readonly Part[]) => {
    const payload = bytesOf(...parts);
    return bytesOf([type, 0, 1], u32(payload.length), payload, 0xce);
  };
  const table = bytesOf(...headers.flatMap(([name, value]) => [name.length, name, 'S', u32(value.length), value]));
  return [
    client(
      frame(1, u16(60), u16(40), u16(0), 6, 'events', 3, 'key', 0),
      frame(2, u16(60), u16(0), u32(0), u32(4), u16(0x2000), u32(table.length), table),
      frame(3, 'body'),
    ),
  ];
}

function amqp1Send(headers: Headers): Piece[] {
  const text = (value: string) => bytesOf([0xa1, value.length], value);
  const list = (code: number, ...fields: readonly Part[]) => {
    const body = bytesOf(...fields);
    return bytesOf([0, 0x53, code, 0xd0], u32(body.length + 4), u32(fields.length), body);
  };
  const frame = (performative: Uint8Array, message: Uint8Array = bytesOf()) =>
    bytesOf(u32(performative.length + message.length + 8), [2, 0, 0, 0], performative, message);
  const uint = (n: number) => bytesOf([0x70], u32(n));
  const [yes, no, none] = [0x41, 0x42, 0x40];
  const attach = (role: number) =>
    frame(list(0x12, text('s'), uint(0), role, none, none, list(0x28, text('')), list(0x29, text('orders'))));
  const map = bytesOf(...headers.flatMap(([name, value]) => [text(name), text(value)]));
  const properties = bytesOf([0, 0x53, 0x74, 0xd1], u32(map.length + 4), u32(2 * headers.length), map);
  const transfer = list(0x14, uint(0), uint(0), bytesOf([0xa0, 1, 0]), uint(0), yes, no);
  return [
    client(frame(list(0x11, none, uint(0)))),
    server(frame(list(0x11, bytesOf([0x60, 0, 0]), uint(0)))),
    client(attach(no)),
    server(attach(yes)),
    client(frame(transfer, bytesOf(properties, [0, 0x53, 0x77], text('body')))),
  ];
}

function natsPublish(headers: Headers): Piece[] {
  const head = `NATS/1.0\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return [client(`HPUB orders.created ${head.length} ${head.length + 2}\r\n${head}hi\r\n`)];
}

function mqttPublish(headers: Headers): Piece[] {
  const packet = (type: number, ...parts: readonly Part[]) => {
    const rest = bytesOf(...parts);
    return bytesOf(rest.length < 128 ? [type, rest.length] : [type, (rest.length & 127) | 128, rest.length >> 7], rest);
  };
  const user = bytesOf(...headers.flatMap(([name, value]) => [0x26, short(name), short(value)]));
  const size = user.length < 128 ? [user.length] : [(user.length & 127) | 128, user.length >> 7];
  return [
    client(packet(0x10, short('MQTT'), [5, 2, 0, 60, 0], short('app'))),
    server(packet(0x20, [0, 0, 0])),
    client(packet(0x30, short('orders'), size, user, 'body')),
  ];
}

function mysqlQuery(headers: Headers): Piece[] {
  const text = bytesOf(3, `SELECT 1 /*${comment(headers)}*/`);
  return [client([text.length, 0, 0, 0], text)];
}

function postgresqlQuery(headers: Headers): Piece[] {
  const text = bytesOf(`SELECT * FROM orders /*${comment(headers)}*/`, 0);
  return [client('Q', u32(text.length + 4), text)];
}

function mongodbFind(headers: Headers): Piece[] {
  const text = (name: string, value: string) => bytesOf(2, name, 0, u32le(value.length + 1), value, 0);
  const fields = bytesOf(text('find', 'orders'), text('comment', comment(headers)), text('$db', 'shop'));
  const document = bytesOf(u32le(fields.length + 5), fields, 0);
  return [client(u32le(document.length + 21), u32le(1), u32le(0), u32le(2013), u32le(0), 0, document)];
}

function cassandraFrame(flags: number, ...parts: readonly Part[]): Piece[] {
  const body = bytesOf(...parts);
  return [client([4, flags, 0, 1, 7], u32(body.length), body)];
}

const statement = (text: string) => bytesOf(u32(text.length), text, u16(1), 0);

/** How each protocol's messages carry them. */
const protocols: readonly (readonly [name: string, protocol: Protocol, pieces: (headers: Headers) => Piece[]])[] = [
  [
    'headers of HTTP/1',
    http,
    (headers) => [client(`GET / HTTP/1.1\r\n${headers.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`)],
  ],
  ['headers of HTTP/2 and metadata of gRPC', http2, grpcCall],
  ['headers of Kafka records', kafka, kafkaProduce],
  ['headers of AMQP 0-9-1', amqp, amqpPublish],
  ['application properties of AMQP 1.0', amqp1, amqp1Send],
  ['headers of NATS', nats, natsPublish],
  ['user properties of MQTT 5', mqtt, mqttPublish],
  ['comments in PostgreSQL', postgresql, postgresqlQuery],
  ['comments in MySQL', mysql, mysqlQuery],
  [
    'comments in Cassandra',
    cassandra,
    (headers) => cassandraFrame(0, statement(`SELECT * FROM orders /* ${comment(headers)} */`)),
  ],
  [
    'custom payloads of Cassandra',
    cassandra,
    (headers) =>
      cassandraFrame(
        4,
        u16(headers.length),
        ...headers.flatMap(([name, value]) => [short(name), u32(value.length), value]),
        statement('SELECT * FROM orders'),
      ),
  ],
  ['comments in MongoDB', mongodb, mongodbFind],
];

describe.each(protocols)('%s', (_name, protocol, pieces) => {
  it.each(carriers)('carry %s', (_what, headers, found) => {
    const { requests } = runSession(protocol, pieces(headers), { fromTheBeginning: protocol === http2 });
    const ids = (r: RequestFields) => [r.traceId, r.parentSpanId, r.correlationId];
    expect(requests.map(ids)).toContainEqual(found);
  });

  it('carry nothing where there is nothing', () => {
    const { requests } = runSession(protocol, pieces([['x-other', trace]]), { fromTheBeginning: protocol === http2 });
    for (const r of requests) expect([r.traceId, r.parentSpanId, r.correlationId]).toEqual(['', '', '']);
    expect(requests.length).toBeGreaterThan(0);
  });
});
