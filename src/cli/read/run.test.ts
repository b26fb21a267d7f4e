import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { recordSchema } from '../../model/json.ts';
import type { Io } from '../io.ts';
import { run } from '../run.ts';

const samples = join(import.meta.dirname, '../../capture/pcap/samples');
const folder = mkdtempSync(join(tmpdir(), 'wirelight-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sample(name: string): string {
  return join(samples, name);
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard output as JSON, checked against the contract. */
  records(): ReturnType<typeof recordSchema.parse>[];
}

async function wirelight(args: readonly string[], input: Uint8Array = new Uint8Array(0)): Promise<Result> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const parts = { stdout: '', stderr: '' };
  stdout.on('data', (data) => {
    parts.stdout += data;
  });
  stderr.on('data', (data) => {
    parts.stderr += data;
  });
  stdin.end(input);
  const io: Io = { stdin, stdout, stderr, env: {} };
  const code = await run(args, io);
  return {
    code,
    ...parts,
    records: () =>
      parts.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => recordSchema.parse(JSON.parse(line))),
  };
}

function requestsOf({ records }: Result): unknown[] {
  return records().map((record) =>
    record.type === 'request' ? [record.operation, record.status, record.request_bytes, record.response_bytes] : record,
  );
}

const http = [
  ['GET /', 200, 78, 149],
  ['GET /file/6k', 200, 85, 6241],
  ['GET /status/{id}', 404, 88, 308],
  ['GET /status/{id}', 503, 88, 374],
  ['POST /status/{id}', 201, 3160, 152],
  ['GET /', 200, 78, 149],
  ['GET /file/6k', 200, 85, 6241],
];

describe('wirelight read', () => {
  test('prints one request a line as JSON that keeps to the contract', async () => {
    const result = await wirelight(['read', sample('http.pcap'), '-o', 'json']);
    expect(result.code).toBe(0);
    expect(requestsOf(result)).toEqual(http);
    expect(result.records()[3]).toMatchObject({
      time: '2026-11-22T17:10:06.934655000Z',
      latency_ns: 28_000,
      source: { ip: '10.82.0.2', port: 35_786 },
      destination: { ip: '10.82.0.1', port: 8080 },
      attributes: { 'url.path': '/status/503', 'http.response.status_code': 503 },
    });
    expect(result.stderr).toBe(
      'seen  7 requests, 3 connections, 0 events; 7 matched\n' +
        'file  40 packets in 20.9 kB of pcap, 26.8 ms long\n' +
        'lost  nothing\n',
    );
  });

  test('reads gzip and standard input, and both at once', async () => {
    const zipped = readFileSync(sample('http.pcap.gz'));
    expect(requestsOf(await wirelight(['read', sample('http.pcap.gz'), '-o', 'json']))).toEqual(http);
    expect(requestsOf(await wirelight(['read', '-', '-o', 'json'], zipped))).toEqual(http);
    expect(requestsOf(await wirelight(['read', '-', '-o', 'json'], readFileSync(sample('http.pcap'))))).toEqual(http);
  });

  test.each(['http-cooked.pcap', 'http-cooked2.pcap'])('reads %s of tcpdump -i any', async (name) => {
    expect(requestsOf(await wirelight(['read', sample(name), '-o', 'json']))).toEqual([
      ['GET /', 200, 78, 149],
      ['GET /status/{id}', 404, 88, 308],
    ]);
  });

  test('gives sizes though the snap length has cut the packets, and says how many', async () => {
    const result = await wirelight(['read', sample('http-snaplen.pcap'), '-o', 'json']);
    expect(requestsOf(result)).toEqual([
      ['GET /file/6k', 200, 85, 6241],
      ['GET /', 200, 78, 149],
      ['GET /status/{id}', 404, 88, 308],
    ]);
    expect(result.stderr).toContain('lost  3 payload_cut: packets whose payload was cut by the snap length');
  });

  test('reads a connection that began before the file', async () => {
    const result = await wirelight(['read', sample('http-middle.pcap'), '-o', 'json', '--show', 'all']);
    const records = result.records();
    expect(records.map(({ type }) => type)).toEqual(['request', 'request', 'event', 'connection']);
    expect(records[3]).toMatchObject({ beginning_seen: false, state: 'aborted', destination: { port: 8080 } });
  });

  test('counts every segment that was sent again', async () => {
    const result = await wirelight(['read', sample('http-loss.pcap'), '-o', 'json', '--show', 'all']);
    const records = result.records();
    // as many as Wireshark's tcp.analysis.retransmission finds
    expect(records.filter((record) => record.type === 'event' && record.event === 'retransmit')).toHaveLength(29);
    expect(records.filter(({ type }) => type === 'connection')).toMatchObject([
      { state: 'closed', destination_retransmits: 29, destination_bytes: 102_552, source_bytes: 175 },
    ]);
    expect(records.filter(({ type }) => type === 'request')).toMatchObject([
      { target: '/file/100k', status: 200, response_bytes: 102_244 },
      { status: 404 },
    ]);
  });

  test('tells refused, reset, unanswered and unreachable apart', async () => {
    const result = await wirelight(['read', sample('failures.pcap'), '-o', 'json', '--show', 'connections,events']);
    const records = result.records();
    const states = records.flatMap((record) => (record.type === 'connection' ? [[record.state, record.error]] : []));
    expect(states).toEqual([
      ['refused', 'ECONNREFUSED'],
      ['aborted', undefined],
      ['refused', 'ECONNREFUSED'],
      ['timed_out', 'ETIMEDOUT'],
    ]);
    const events = records.flatMap((record) => (record.type === 'event' ? [[record.event, record.reason]] : []));
    expect(events).toEqual([
      ['connect_failed', 'ECONNREFUSED'],
      ['reset_sent', undefined],
      ['retransmit', undefined],
      ['retransmit', undefined],
      ['retransmit', undefined],
      ['connect_failed', 'ECONNREFUSED'],
      // The question went to a port where nobody listens.
      ['dns_failure', 'aborted'],
      ['connect_failed', 'ETIMEDOUT'],
    ]);
  });

  test('reads DNS over UDP and TCP, and calls addresses by the names that answers gave them', async () => {
    const result = await wirelight(['read', sample('dns.pcap'), '-o', 'json']);
    expect(result.records().map((r) => (r.type === 'request' ? [r.operation, r.status_text, r.transport] : r))).toEqual(
      [
        ['A web.test', 'NOERROR', 'udp'],
        ['AAAA web.test', 'NOERROR', 'udp'],
        ['A nothing.web.example', 'REFUSED', 'udp'],
        ['TXT long.test', 'NOERROR', 'udp'],
        ['TXT long.test', 'NOERROR', 'tcp'],
        ['A web.test', 'NOERROR', 'tcp'],
      ],
    );
    expect(result.records()[5].destination).toMatchObject({ ip: '10.82.0.1', name: 'web.test', domain: 'web.test' });
  });

  test('puts answers together that came in IPv4 and IPv6 fragments', async () => {
    const result = await wirelight(['read', sample('dns-fragments.pcap'), '-o', 'json']);
    expect(requestsOf(result)).toEqual([
      ['TXT huge.test', 0, 50, 2572],
      ['TXT huge.test', 0, 50, 2572],
    ]);
  });

  test('shows what passes the filter, in words and in options, and ends at the limit', async () => {
    const failed = await wirelight(['read', sample('http.pcap'), '-o', 'json', 'status:5xx', 'or', 'method:POST']);
    expect(requestsOf(failed)).toEqual([http[3], http[4]]);
    const ipv6 = await wirelight([
      'read',
      sample('http.pcap'),
      '-o',
      'json',
      '--ip',
      'fd82::/64',
      '--not',
      '--path',
      '/',
    ]);
    expect(requestsOf(ipv6)).toEqual([http[6]]);
    const two = await wirelight(['read', sample('http.pcap'), '-o', 'json', '-n', '2', '-q']);
    expect(requestsOf(two)).toEqual(http.slice(0, 2));
    expect(two.stderr).toBe('');
  });

  test('writes tables and CSV with a header', async () => {
    const table = await wirelight(['read', sample('http.pcap')]);
    expect(table.stdout.split('\n')).toHaveLength(9);
    expect(table.stdout).toMatch(/^TIME +SOURCE +DESTINATION +PROTOCOL +OPERATION/);
    const csv = (await wirelight(['read', sample('http.pcap'), '-o', 'csv'])).stdout.split('\n');
    expect(csv).toHaveLength(9);
    expect(csv[0]).toMatch(/^type,time,protocol,operation,/);
  });

  test('shows what stands before the damage, and says in one sentence where and what it is', async () => {
    const good = readFileSync(sample('http.pcap'));
    const file = join(folder, 'damaged.pcap');
    writeFileSync(file, Buffer.concat([good, Buffer.alloc(40, 0xff)]));
    const result = await wirelight(['read', file, '-o', 'json']);
    expect(result.code).toBe(1);
    expect(requestsOf(result)).toEqual(http);
    expect(result.stderr).toContain(`${file} could not be read to its end`);
    expect(result.stderr).toContain(
      'why  the file is damaged at byte 20888: a packet claims to be 4294967295 bytes long',
    );
    expect(result.stderr).toContain('lost  the rest of the file, from byte 20,888 on');
  });

  test('a file that is cut short is read to there, and the cut is counted', async () => {
    const file = join(folder, 'cut.pcap');
    writeFileSync(file, readFileSync(sample('http.pcap')).subarray(0, 20_000));
    const result = await wirelight(['read', file, '-o', 'json']);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('lost  1 file_cut_short: the file ends in the middle of a packet');
  });

  const gzipped = gzipSync(readFileSync(sample('http.pcap')));
  const unreadable: [name: string, content: Uint8Array, sentence: string][] = [
    ['text', Buffer.from('GET / HTTP/1.1'), 'neither a pcap nor a pcapng file (it begins with the bytes 47 45 54'],
    ['nothing', new Uint8Array(0), 'the file is empty'],
    ['the magic number of pcap alone', Buffer.from('d4c3b2a1', 'hex'), 'ends after 4 bytes, before its header does'],
    [
      'half a header of pcapng',
      Buffer.from('0a0d0d0a1c0000004d3c', 'hex'),
      'ends after 10 bytes, before its header does',
    ],
    ['zstd', Buffer.from('28b52ffd00000000', 'hex'), 'it is compressed with zstd, and only gzip is read directly'],
    ['half a gzip file', gzipped.subarray(0, 900), 'the gzip data is damaged after'],
    ['a damaged gzip file', Buffer.concat([gzipped.subarray(0, 60), Buffer.alloc(600, 7)]), 'the gzip data is damaged'],
  ];
  test.each(unreadable)('says in a sentence why it cannot read %s', async (_name, content, sentence) => {
    const file = join(folder, 'unreadable');
    writeFileSync(file, content);
    const result = await wirelight(['read', file]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).not.toContain('fault of Wirelight');
  });

  test('says in a sentence that a file is not there, is a directory, or may not be read', async () => {
    expect((await wirelight(['read', join(folder, 'nowhere')])).stderr).toContain('there is no such file');
    expect((await wirelight(['read', folder])).stderr).toContain('it is a directory');
    if (process.getuid?.() === 0) return; // root may read everything
    const file = join(folder, 'secret');
    writeFileSync(file, 'x');
    chmodSync(file, 0);
    expect((await wirelight(['read', file])).stderr).toContain('this user may not read it');
  });
});
