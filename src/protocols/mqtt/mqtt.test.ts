import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { bytesOf, client, lost, recogniseFirst, runSession, server } from '../testing.ts';
import { mqtt } from './index.ts';
import { samples } from './samples.ts';

const told = (name: string) =>
  runSession(mqtt, samples.find((sample) => sample.name === name)?.pieces ?? []).requests.map((r) =>
    [r.method, r.target, r.outcome, r.codeText, ...r.attributes.filter((_, i, all) => all[i - 1] === 'mqtt.qos')]
      .filter((x) => x !== '')
      .join(' '),
  );
const connect5 = client([0x10, 16, 0, 4], 'MQTT', [5, 2, 0, 60, 0, 0, 3], 'abc');
const connack5 = server([0x20, 3, 0, 0, 0]);

describe('an MQTT session', () => {
  it('tells each operation of a real client of MQTT 3.1.1 once, with its outcome', () => {
    expect(told('MQTT 3.1.1')).toEqual([
      'connect 1',
      'subscribe sensors/+/temperature 1',
      'subscribe orders/# 1',
      'publish sensors/{id}/temperature 0 0',
      'deliver sensors/{id}/temperature 0 0',
      'publish orders/created 1 1',
      'deliver orders/created 1 1',
      'publish sensors/{id}/temperature 1 2',
      'deliver sensors/{id}/temperature 1 2',
      'publish orders/big 1 1',
      'deliver orders/big 1 1',
      'publish forbidden/fruit 1 1',
      'unsubscribe orders/# 1',
      'ping 1',
      'disconnect 0',
    ]);
    expect(told('MQTT 3.1.1, refused')).toEqual(['connect 2 Not authorized']);
  });

  it('tells each operation of a real client of MQTT 5 once, with reason codes and topic aliases resolved', () => {
    expect(told('MQTT 5').slice(9)).toEqual([
      'publish orders/big 1 1',
      'deliver orders/big 1 1',
      'publish forbidden/fruit 2 Not authorized 1',
      'publish sensors/all 0 0',
      'publish sensors/all 0 0',
      'deliver sensors/all 0 0',
      'deliver sensors/all 0 0',
      'unsubscribe orders/# 1',
      'ping 1',
      'disconnect 0',
    ]);
    expect(told('MQTT 5, refused')).toEqual(['connect 2 Not authorized']);
  });

  it('reads trace context and content type from the properties of MQTT 5', () => {
    const sample = samples.find((s) => s.name === 'MQTT 5');
    const traced = runSession(mqtt, sample?.pieces ?? []).requests.filter((r) => r.traceId !== '');
    expect(traced).toMatchObject([
      { method: 'publish', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7' },
      { method: 'deliver', contentType: 'text/plain', parentSpanId: '00f067aa0ba902b7' },
    ]);
  });

  it('ends a publish of QoS 2 with PUBCOMP, or with PUBREC where that refuses', () => {
    const publish = (id: number) => client([0x34, 6, 0, 1], 'a', [0, id, 0]);
    const pieces = [
      connect5,
      connack5,
      publish(1),
      publish(2),
      server([0x50, 3, 0, 2, 0x97]),
      server([0x50, 2, 0, 1]),
      client([0x62, 2, 0, 1]),
      server([0x70, 2, 0, 1]),
    ];
    expect(runSession(mqtt, pieces).requests.slice(1)).toMatchObject([
      { method: 'publish', start: 5000, end: 6100, outcome: Outcome.clientError, codeText: 'Quota exceeded' },
      { method: 'publish', start: 4000, responseStart: 7000, end: 9100, outcome: Outcome.ok },
    ]);
  });

  it('keeps the identifiers of both directions apart', () => {
    const pieces = [
      client([0x32, 5, 0, 1], 'a', [0, 7]),
      server([0x32, 5, 0, 1], 'b', [0, 7]),
      server([0x40, 2, 0, 7]),
      client([0x40, 2, 0, 7]),
    ];
    expect(runSession(mqtt, pieces, { fromTheBeginning: false }).requests).toMatchObject([
      { method: 'publish', target: 'a', start: 2000, end: 4100 },
      { method: 'deliver', target: 'b', start: 3000, end: 5100 },
    ]);
  });

  it('tells a refused subscription and why the server ends a connection', () => {
    const pieces = [
      connect5,
      connack5,
      client([0x82, 7, 0, 9, 0, 0, 1], 'x', [0]),
      server([0x90, 4, 0, 9, 0, 0x87]),
      server([0xe0, 1, 0x8b]),
    ];
    expect(runSession(mqtt, pieces).requests.slice(1)).toMatchObject([
      { method: 'subscribe', target: 'x', outcome: Outcome.clientError, code: 135, codeText: 'Not authorized' },
      { method: 'disconnect', outcome: Outcome.serverError, codeText: 'Server shutting down' },
    ]);
  });

  it('follows an extended login and a later one', () => {
    const pieces = [
      connect5,
      server([0xf0, 2, 0x18, 0]),
      client([0xf0, 2, 0x18, 0]),
      connack5,
      client([0xf0, 2, 0x19, 0]),
      server([0xf0, 2, 0x18, 0]),
      client([0xf0, 2, 0x18, 0]),
      server([0xf0, 2, 0, 0]),
    ];
    expect(runSession(mqtt, pieces).requests).toMatchObject([
      { method: 'connect', outcome: Outcome.ok },
      { method: 'auth', outcome: Outcome.ok, start: 6000, end: 9100 },
    ]);
  });

  it('marks what waits while answers are lost, and what uses an alias that was not seen', () => {
    const pieces = [
      connect5,
      connack5,
      client([0x32, 6, 0, 1], 'a', [0, 7, 0]),
      lost(Side.server, -1),
      client([0x30, 6, 0, 0, 3, 0x23, 0, 9]),
    ];
    const flags = runSession(mqtt, pieces).requests.map((r) => `${r.method} ${r.flags & RequestFlag.partial}`);
    expect(flags).toEqual(['connect 0', 'publish 1', 'publish 1']);
  });

  it('gives OpenTelemetry attributes', () => {
    const [request] = runSession(mqtt, [client([0x30, 4, 0, 1], 'ab')]).requests;
    expect(mqtt.attributes(request)).toEqual({
      'messaging.system': 'mqtt',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'a',
      'mqtt.qos': '0',
    });
  });
});

describe('the MQTT recogniser', () => {
  it('is sure of CONNECT alone', () => {
    for (const sample of samples) expect(recogniseFirst(mqtt, sample.pieces, 1)).toBe(Confidence.yes);
    expect(recogniseFirst(mqtt, [client([0xc0, 0])], 1)).toBe(Confidence.maybe);
    expect(recogniseFirst(mqtt, [client([0x30, 5, 0, 1], 'abc')], 1)).toBe(Confidence.maybe);
  });

  it('declines what is cut off, too long, or text', () => {
    for (const other of [
      'GET / HTTP/1.1\r\n\r\n',
      '0 OK\r\n',
      [0x10, 12, 0, 4, 1, 2, 3, 4, 4, 2, 0, 60, 0, 0],
      [0x30, 5, 0, 1],
    ]) {
      expect(recogniseFirst(mqtt, [client(bytesOf(other))], 1)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('an MQTT conversation, $name,', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(mqtt, sample, 3)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(mqtt, sample)).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(mqtt, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(mqtt, sample, 300)).toEqual([]);
  });
});
