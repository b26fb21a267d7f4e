import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordSchema } from '../../model/json.ts';
import { addressOnly, type Names } from '../../model/names.ts';
import { RecordWriter } from '../../model/record-writer.ts';
import { protocols } from '../../protocols/index.ts';
import type { CaptureSink } from '../sink.ts';
import { Option } from './pcapng-blocks.ts';
import { newCaptureReading } from './read-capture.ts';
import { PcapngBlocks, text } from './testing.ts';

const folder = join(import.meta.dirname, 'samples');
const files = readdirSync(folder).map((name) => {
  const bytes = readFileSync(join(folder, name));
  return { name, bytes: new Uint8Array(name.endsWith('.gz') ? gunzipSync(bytes) : bytes) };
});
const names: Names = { nameOf: ({ ip }) => addressOnly(ip, 'private') };

/** The packets of a pcap file as pcapng with comments, statistics and a second section. */
function asPcapng(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const blocks = new PcapngBlocks();
  const linkType = view.getUint32(20, true) & 0xffff;
  const scale = view.getUint32(0, true) === 0xa1b2c3d4 ? 1000n : 1n;
  const section = () => blocks.section().interface(linkType, blocks.option(Option.timestampResolution, [9]));
  section();
  let packets = 0;
  for (let at = 24; at + 16 <= file.length; ) {
    const length = view.getUint32(at + 8, true);
    const units = BigInt(view.getUint32(at, true)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, true)) * scale;
    const comment = packets % 3 === 0 ? blocks.option(Option.comment, text('curl[12] > nginx[7]')) : [];
    blocks.packet(0, units, file.subarray(at + 16, at + 16 + length), comment);
    at += 16 + length;
    if (++packets === 10) section();
  }
  return blocks.file;
}

/** One way of spoiling a file: positions are shares of its length. */
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.nat(255),
  }),
  fc.record({
    kind: fc.constant('word' as const),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.constantFrom(0, 1, 3, 0x7fffffff, 0xffffffff, 0x80000000, 65_535),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.nat(40) }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.nat(300),
  }),
  fc.record({
    kind: fc.constant('remove' as const),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.nat(300),
  }),
);

function mutate(file: Uint8Array, mutations: readonly { kind: string; at: number; value: number }[]): Uint8Array {
  let bytes = Buffer.from(file);
  for (const { kind, at, value } of mutations) {
    const position = Math.floor(at * bytes.length);
    if (bytes.length < 8) break;
    if (kind === 'flip') bytes[position] = value;
    else if (kind === 'word') bytes.writeUInt32LE(value, Math.min(position & ~3, bytes.length - 4));
    else if (kind === 'cut') bytes = bytes.subarray(0, position);
    else if (kind === 'repeat') {
      const part = bytes.subarray(position, position + value);
      bytes = Buffer.concat([bytes.subarray(0, position), part, part, bytes.subarray(position + value)]);
    } else bytes = Buffer.concat([bytes.subarray(0, position), bytes.subarray(position + value)]);
  }
  return new Uint8Array(bytes);
}

/** Reads a file and makes the JSON record of everything that comes out; the records must keep to the contract. */
async function readChecked(file: Uint8Array): Promise<{ records: number; sentences: number }> {
  let records = 0;
  const check = (record: unknown) => {
    records++;
    const result = recordSchema.safeParse(record);
    if (!result.success) expect.fail(`${result.error.message}\n${JSON.stringify(record)}`);
  };
  let writer: RecordWriter | undefined;
  const write = () => (writer ??= new RecordWriter(reading.clock, names, attributesOf));
  const attributesOf = (request: { protocol: string }) =>
    protocols.find(({ name }) => name === request.protocol)?.attributes(request as never) ?? {};
  const sink: CaptureSink = {
    request: (request, connection) => check(write().request(request, connection)),
    connection: (connection, change) => check(write().connection(connection, change)),
    event: (event) => check(write().event(event)),
  };
  const reading = newCaptureReading({
    sink,
    protocols,
    protocolOptions: { keepRaw: true, datagramTimeout: 5e9 },
    maxConnections: 64,
    maxHeldBytes: 100_000,
  });
  async function* source() {
    for (let at = 0; at < file.length; at += 5000) yield file.subarray(at, at + 5000);
  }
  const { skips, file: outcome } = await reading.read(source());
  for (const { count } of skips.entries()) expect(count).toBeGreaterThan(0);
  return { records, sentences: skips.entries().length + (outcome.damage === '' ? 0 : 1) };
}

describe('a capture file', () => {
  const originals = files.flatMap(({ name, bytes }) => [
    { name, bytes },
    { name: `${name} as pcapng`, bytes: asPcapng(bytes) },
  ]);

  test.each(originals)('$name gives records that keep to the contract', async ({ bytes }) => {
    expect((await readChecked(bytes)).records).toBeGreaterThan(0);
  });

  test('survives being damaged anywhere, and what comes out still keeps to the contract', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals.keys()),
        fc.array(mutation, { minLength: 1, maxLength: 12, size: 'max' }),
        async (index, mutations) => {
          await readChecked(mutate(originals[index].bytes, mutations));
        },
      ),
      { numRuns: Number(process.env.WIRELIGHT_MUTATIONS ?? 400) },
    );
  }, 600_000);

  test('cut anywhere gives what stands before the cut', async () => {
    const [{ bytes }] = originals;
    let before = 0;
    for (let end = 0; end <= bytes.length; end += 97) {
      const { records, sentences } = await readChecked(bytes.subarray(0, end));
      expect(records).toBeGreaterThanOrEqual(Math.min(before, 1));
      if (end < 24) expect(sentences).toBe(1);
      before = records;
    }
  });
});
