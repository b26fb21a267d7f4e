import { describe, expect, it } from 'vitest';
import type { CaptureTime } from '../src/base/units.ts';
import { NEVER } from '../src/base/units.ts';
import { Conversations, remoteEndpoint } from '../src/capture/conversations.ts';
import { protocols } from '../src/protocols/index.ts';
import type { Piece, Sample } from '../src/protocols/testing.ts';
import { loadSamples } from './protocol-samples.ts';
import { foreign, junk } from './recognition.ts';

/** Every port that some protocol calls its own, and one that none does. */
const ports = [...new Set([...protocols.flatMap((protocol) => protocol.ports), 40_404])];

/** Names that a conversation was given, in order. */
function namesOf(pieces: readonly Piece[], transport: 'tcp' | 'udp', port: number, beginningSeen = true): string[] {
  const names: string[] = [];
  const conversations = new Conversations({
    protocols,
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: {
      request: () => undefined,
      event: () => undefined,
      connection: (connection, change) => {
        if (change === 'identified') names.push(connection.protocol);
      },
    },
  });
  let time = 1_000 as CaptureTime;
  const conversation = conversations.open({
    transport,
    client: remoteEndpoint('10.0.0.1', 50_000),
    server: remoteEndpoint('10.0.0.2', port),
    time,
    beginningSeen,
  });
  for (const { from, bytes, skipped = 0 } of pieces) {
    time = (time + 1_000) as CaptureTime;
    const chunk = { bytes, start: 0, end: bytes.length, skipped, time, lastTime: time, readAt: NEVER };
    conversations.segment(conversation, from, chunk);
  }
  conversations.close(conversation, time, 'closed');
  return names;
}

const samples: readonly Sample[] = [...(await loadSamples()).values()].flat();
/** What a connection that begins as one protocol may become. */
const mayBecome = new Set(['tls', 'http2', 'websocket']);
const isRight = (sample: Sample, names: readonly string[]) =>
  names.every((name, i) => name === sample.protocol || (i > 0 && mayBecome.has(name)));

describe('recognising protocols', () => {
  it('names every recorded conversation rightly on the port where it was recorded', () => {
    // WebSocket is what a connection turns into; its frames alone tell nothing.
    const whole = samples.filter((sample) => sample.protocol !== 'websocket');
    const named = whole.map((sample) => [sample.name, namesOf(sample.pieces, sample.transport, sample.serverPort)[0]]);
    expect(named).toEqual(whole.map((sample) => [sample.name, sample.protocol]));
  });

  it('names none of them wrongly on the ports of others', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const sample of samples) {
      for (const port of ports) {
        count++;
        const names = namesOf(sample.pieces, sample.transport, port);
        if (!isRight(sample, names)) wrong.push(`${sample.protocol}, ${sample.name}, on port ${port}: ${names}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  });

  it('names none of them wrongly where it is joined in the middle', () => {
    const wrong: string[] = [];
    for (const sample of samples) {
      for (let first = 1; first < Math.min(sample.pieces.length, 30); first++) {
        for (const port of [sample.serverPort, 443, 40_404]) {
          const names = namesOf(sample.pieces.slice(first), sample.transport, port, false);
          const isTurned = names.every((name) => name === sample.protocol || mayBecome.has(name));
          if (!isTurned)
            wrong.push(`${sample.protocol}, ${sample.name}, from piece ${first} on port ${port}: ${names}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('gives no name to what it does not read, on any port', () => {
    const wrong: string[] = [];
    for (const { name, transport, pieces } of foreign) {
      for (const port of ports) {
        const names = namesOf(pieces, transport, port);
        if (names.length > 0) wrong.push(`${name} on port ${port}: ${names}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(foreign.length).toBeGreaterThan(70);
  });

  it('gives no name to junk, on any port', () => {
    const wrong: string[] = [];
    const all = junk(400, 20_261_122);
    all.forEach(({ name, transport, pieces }, i) => {
      for (const port of [ports[i % ports.length], ports[(i * 7 + 3) % ports.length]]) {
        const names = namesOf(pieces, transport, port);
        if (names.length > 0) wrong.push(`${name} on port ${port}: ${names}`);
      }
    });
    expect(wrong).toEqual([]);
  });
});
