/**
 * What reading costs: microseconds of CPU a message (a request or a response), protocol by protocol, on the recorded
 * conversations of each, captured at the default size.
 *
 *   npm run bench:protocols [-- --quick] [-- --json] [-- --protocol NAME]
 *
 * Each conversation is fed again and again to fresh sessions, so that the price of opening one is in the figure; for HTTP
 * a second figure is printed for a page that is asked for over and over on one connection. Medians of slices.
 */
import { parseArgs } from 'node:util';
import { type CaptureTime, NEVER } from '../../src/base/units.ts';
import { clearRequestFields, newRequestFields, type RequestFields } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import type { Chunk, Protocol, Session, SessionContext } from '../../src/protocols/protocol.ts';
import { captureOnly, client, type Piece, type Sample, server } from '../../src/protocols/testing.ts';
import { loadSamples } from '../protocol-samples.ts';

/** Bytes captured of each piece, the default of a live capture. */
const captureBytes = 512;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    protocol: { type: 'string' },
  },
});

/** Counts messages instead of keeping them. */
class Counting implements SessionContext {
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  readonly fromTheBeginning = true;
  readonly options = { keepRaw: false, datagramTimeout: 5e9 };
  readonly sink: SessionContext['sink'];
  messages = 0;

  constructor(transport: 'tcp' | 'udp', serverPort: number, fields: RequestFields) {
    this.transport = transport;
    this.serverPort = serverPort;
    this.sink = {
      fields,
      emit: () => {
        this.messages += fields.responseBytes > 0 ? 2 : 1;
        clearRequestFields(fields);
      },
    };
  }

  want(): void {}

  become(name: string): Session | undefined {
    return protocols.find((protocol) => protocol.name === name)?.open(this);
  }

  count(): void {}
}

interface Fed {
  readonly from: 0 | 1;
  readonly chunk: Chunk;
}

/** The chunks of a conversation as a capture would hand them over: one buffer, 512 bytes of each piece. */
function chunksOf(pieces: readonly Piece[]): Fed[] {
  const memory = new Uint8Array(pieces.length * captureBytes);
  return captureOnly(pieces, captureBytes).map((piece, i) => {
    const start = i * captureBytes;
    memory.set(piece.bytes, start);
    const time = (1000.5 + i * 1000) as CaptureTime;
    const skipped = piece.skipped ?? 0;
    const end = start + piece.bytes.length;
    return { from: piece.from, chunk: { bytes: memory, start, end, skipped, time, lastTime: time, readAt: NEVER } };
  });
}

interface Job {
  readonly protocol: Protocol;
  readonly samples: readonly { sample: Sample; fed: Fed[] }[];
  readonly fields: RequestFields;
}

/** Feeds every conversation once; returns the messages seen. */
function once(job: Job): number {
  let messages = 0;
  for (const { sample, fed } of job.samples) {
    const context = new Counting(sample.transport, sample.serverPort, job.fields);
    const session = job.protocol.open(context);
    for (const { from, chunk } of fed) session.data(from, chunk);
    session.close(1e9 as CaptureTime, 'closed');
    messages += context.messages;
  }
  return messages;
}

/** Microseconds of CPU that this process has used, its compiler's and collector's threads included. */
function cpuUsed(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Median over slices of the microseconds of CPU that one message takes: what else the machine does is left out. */
function measure(run: () => number, milliseconds: number): number {
  const slices = 9;
  const times: number[] = [];
  for (let slice = -2; slice < slices; slice++) {
    const until = performance.now() + milliseconds / (slices + 2);
    let messages = 0;
    const start = cpuUsed();
    while (performance.now() < until) for (let i = 0; i < 16; i++) messages += run();
    if (slice >= 0 && messages > 0) times.push((cpuUsed() - start) / messages);
  }
  times.sort((a, b) => a - b);
  return times.length === 0 ? Number.NaN : times[times.length >> 1];
}

/** The same page over and over on one connection: what a live agent mostly sees. */
function kept(protocol: Protocol, fed: readonly Fed[], times = 50): () => number {
  const context = new Counting('tcp', 80, newRequestFields());
  const session = protocol.open(context);
  return () => {
    const before = context.messages;
    for (let i = 0; i < times; i++) for (const { from, chunk } of fed) session.data(from, chunk);
    return context.messages - before;
  };
}

/** Requests of an API of which no two are alike: ids in paths, trace contexts, lengths. */
function unlike(): Fed[] {
  const id = (i: number, digits: number) =>
    Math.imul(i + 1, 0x9e3779b1)
      .toString(16)
      .replace('-', '')
      .padStart(digits, '7');
  return chunksOf(
    Array.from({ length: 2048 }, (_, i) => [
      client(
        `GET /api/orders/${i * 7919}/items?page=${i} HTTP/1.1\r\nHost: orders.shop.svc:8080\r\nUser-Agent: Go-http-client/1.1\r\n`,
        `traceparent: 00-${id(i, 32)}-${id(i, 16)}-01\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n\r\n`,
      ),
      server(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: ${id(i, 8)}\r\n`,
        `Date: Sun, 22 Nov 2026 17:08:00 GMT\r\nContent-Length: ${100 + (i % 100)}\r\n\r\n${'x'.repeat(100 + (i % 100))}`,
      ),
    ]).flat(),
  );
}

const byProtocol = await loadSamples();
const chosen = protocols.filter((p) => flags.protocol === undefined || p.name === flags.protocol);
const time = flags.quick ? Math.min(1500, 40_000 / Math.max(1, chosen.length)) : 4000;
const result: Record<string, number> = {};
const say = (line: string) => {
  if (!flags.json) process.stdout.write(`${line}\n`);
};
say(`us of CPU a message at ${captureBytes} bytes captured (Node ${process.versions.node})`);
for (const protocol of chosen) {
  const samples = (byProtocol.get(protocol.name) ?? []).map((sample) => ({ sample, fed: chunksOf(sample.pieces) }));
  const job = { protocol, samples, fields: newRequestFields() };
  const messages = once(job);
  if (messages === 0) {
    say(`${protocol.name.padEnd(16)} no samples`);
    continue;
  }
  const us = measure(() => once(job), time);
  result[protocol.name] = Math.round(us * 1000) / 1000;
  say(
    `${protocol.name.padEnd(16)} ${us.toFixed(3).padStart(7)}   ${messages} messages in ${samples.length} conversations`,
  );
  if (protocol.name === 'http') {
    const page = measure(kept(protocol, samples[0].fed.slice(2, 4)), time);
    say(
      `${'  kept alive'.padEnd(16)} ${page.toFixed(3).padStart(7)}   a page from nginx, ${(2 * page).toFixed(3)} us an exchange`,
    );
    const each = measure(kept(protocol, unlike(), 1), time);
    say(
      `${'  all different'.padEnd(16)} ${each.toFixed(3).padStart(7)}   calls of an API, ${(2 * each).toFixed(3)} us an exchange`,
    );
  }
}
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
