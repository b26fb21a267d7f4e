/**
 * How fast a capture file is read: packets and bytes a second, requests found, memory at its peak.
 *
 *   npm run bench:read [-- FILE] [-- --quick] [-- --json]
 *
 * Without a file one of 200 MB (40 MB with `--quick`) is made up: HTTP with keep-alive over 64 connections, answers of 1 KB, as tcpdump would have
 * written it. Records are counted and not printed.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { captureBytes } from '../../src/capture/pcap/capture-input.ts';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import { EPOCH, ethernet, ipv4, pcapFile, tcp, text } from '../../src/capture/pcap/testing.ts';
import { protocols } from '../../src/protocols/index.ts';

const { values: flags, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const CONNECTIONS = 64;
const SIZE = flags.quick ? 40_000_000 : 200_000_000;
const request = text('GET /file/1k HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n');
const response = text(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`);

/** Writes rounds in which each connection asks and is answered; the first round is copied and moved on. */
function makeFile(path: string): void {
  const packets = Array.from({ length: CONNECTIONS }, (_, i) => {
    const client = { source: '10.0.0.1', destination: '10.0.0.2', protocol: 6 };
    const server = { source: '10.0.0.2', destination: '10.0.0.1', protocol: 6 };
    const port = 40_000 + i;
    const asked = tcp({ from: port, to: 8080, sequence: 0, flags: 'PA', payload: request });
    const answered = tcp({ from: 8080, to: port, sequence: 0, flags: 'PA', payload: response });
    return [
      { bytes: ethernet(ipv4({ ...client, payload: asked })), time: EPOCH },
      { bytes: ethernet(ipv4({ ...server, payload: answered })), time: EPOCH },
    ];
  }).flat();
  const round = Buffer.from(pcapFile(packets));
  const fd = openSync(path, 'w');
  let written = writeSync(fd, round, 0, 24);
  for (let n = 0; written < SIZE; n++) {
    let at = 24;
    for (const [i, { bytes }] of packets.entries()) {
      const nanos = (n * packets.length + i) * 4000;
      const segment = at + 16 + 14 + 20;
      const isRequest = i % 2 === 0;
      round.writeUInt32LE(Number(EPOCH / 1_000_000_000n) + Math.floor(nanos / 1e9), at);
      round.writeUInt32LE(nanos % 1e9, at + 4);
      round.writeUInt16BE((n + i) & 0xffff, at + 16 + 14 + 4);
      round.writeUInt32BE((n * (isRequest ? request.length : response.length)) >>> 0, segment + 4);
      round.writeUInt32BE(((n + (isRequest ? 0 : 1)) * request.length) >>> 0, segment + 8);
      if (isRequest) round.writeUInt32BE((n * response.length) >>> 0, segment + 8);
      at += 16 + bytes.length;
    }
    written += writeSync(fd, round, 24, at - 24);
  }
  closeSync(fd);
}

async function measure(path: string): Promise<void> {
  let requests = 0;
  const reading = newCaptureReading({
    protocols,
    protocolOptions: { keepRaw: true, datagramTimeout: 5e9 },
    sink: {
      request: () => {
        requests++;
      },
      connection: () => undefined,
      event: () => undefined,
    },
  });
  const started = performance.now();
  const { packets, file, skips } = await reading.read(captureBytes(path));
  const seconds = (performance.now() - started) / 1000;
  const figures = {
    packets,
    requests,
    megabytes: Math.round(file.bytes / 1e6),
    packets_per_second: Math.round(packets / seconds),
    megabytes_per_second: Math.round(file.bytes / 1e6 / seconds),
    rss_mb: Math.round(process.resourceUsage().maxRSS / 1000),
    not_read: Object.fromEntries(skips.entries().map(({ reason, count }) => [reason, count])),
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [name, value] of Object.entries(figures))
      process.stdout.write(`${name.padEnd(22)}${JSON.stringify(value)}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'wirelight-bench-'));
try {
  const path = positionals[0] ?? join(folder, 'made-up.pcap');
  if (positionals.length === 0) makeFile(path);
  await measure(path);
} finally {
  rmSync(folder, { recursive: true });
}
