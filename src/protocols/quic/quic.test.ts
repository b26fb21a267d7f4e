import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { ByteReader } from '../byte-reader.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation } from '../robustness.ts';
import { captureOnly, client, hex, recogniseFirst, runSession } from '../testing.ts';
import { encryptBlock, expandKey, roundKeyWords } from './aes128.ts';
import { CryptoStream } from './crypto-stream.ts';
import { quic } from './index.ts';
import { InitialKeys, KeyPart, versionOf } from './keys.ts';
import { readVarint } from './packet.ts';
import { samples } from './samples.ts';

const pieces = (name: string) => samples.find((sample) => sample.name === `QUIC, ${name}`)?.pieces ?? [];
const run = (name: string) => runSession(quic, pieces(name), { transport: 'udp' });

describe('a QUIC session', () => {
  it('decrypts the first packets and tells the handshake', () => {
    const { requests, wants, counts } = run('version 1');
    expect(requests).toMatchObject([
      {
        method: 'handshake',
        target: 'web.test',
        authority: 'web.test',
        outcome: Outcome.ok,
        start: 2000,
        end: 4100,
        flags: 0,
      },
    ]);
    expect(quic.attributes(requests[0])).toEqual({
      'server.address': 'web.test',
      'quic.version': '1',
      'quic.early_data': false,
      'tls.protocol.name': 'tls',
      'tls.protocol.version': '1.3',
      'tls.cipher': 'TLS_AES_256_GCM_SHA384',
      'tls.curve': 'secp256r1',
      'tls.client.next_protocols': 'h3',
      'tls.established': true,
      'tls.resumed': false,
    });
    expect(wants.at(-1)).toBe(Want.counters);
    expect([...counts]).toEqual([]);
  });

  it('knows version 2, follows a Retry, and a negotiation to another version', () => {
    const told = ['version 2', 'a Retry', 'a negotiation of the version'].map((name) => {
      const { requests } = run(name);
      return [
        requests.length,
        requests[0].target,
        requests[0].outcome,
        quic.attributes(requests[0])['quic.version'],
        requests[0].end,
      ];
    });
    expect(told).toEqual([
      [1, 'web.test', Outcome.ok, '2', 4100],
      [1, 'web.test', Outcome.ok, '1', 6100],
      [1, 'web.test', Outcome.ok, '1', 6100],
    ]);
  });

  it('says who refused whom and why', () => {
    expect(run('a certificate that the client does not trust').requests).toMatchObject([
      { outcome: Outcome.serverError, code: 42, codeText: 'bad_certificate' },
    ]);
  });

  it('finds the name in the first 512 bytes of a datagram', () => {
    const { requests } = runSession(quic, captureOnly(pieces('version 1'), 512), { transport: 'udp' });
    expect(requests).toMatchObject([{ target: 'web.test', outcome: Outcome.ok }]);
  });

  it('gives up on a server that never answers, or never finishes', () => {
    const [first, second] = pieces('version 1');
    const after = { transport: 'udp', tickAfter: 11e9, end: 'open' } as const;
    expect(runSession(quic, [first], after).requests).toMatchObject([{ outcome: Outcome.timeout, end: 0 }]);
    expect(runSession(quic, [first, second], after).requests).toMatchObject([{ outcome: Outcome.aborted }]);
  });

  it('puts a hello together from datagrams in any order', () => {
    const first = pieces('version 1')[0];
    expect(
      runSession(quic, [first, first, ...pieces('version 1').slice(1)], { transport: 'udp' }).requests,
    ).toMatchObject([{ target: 'web.test', outcome: Outcome.ok }]);
  });

  it('tells nothing of a connection that was established before', () => {
    const { requests, wants } = runSession(quic, pieces('version 1').slice(3), {
      transport: 'udp',
      fromTheBeginning: false,
    });
    expect(requests).toEqual([]);
    expect(wants.at(-1)).toBe(Want.counters);
  });

  it('marks what it has not seen whole', () => {
    const [, ...rest] = pieces('a Retry');
    expect(runSession(quic, rest, { transport: 'udp', fromTheBeginning: false }).requests[0].flags).toBe(
      RequestFlag.partial,
    );
  });
});

describe('the keys of Initial packets', () => {
  it('are those of RFC 9001, appendix A.1, and RFC 9369, appendix A.1', () => {
    const hexOf = (words: Int32Array, at: number, count: number) =>
      [...words.subarray(at, at + count)].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    const keysOf = (number: number, side: Side) => {
      const version = versionOf(number);
      if (version === undefined) throw new Error(`no version ${number}`);
      const keys = new InitialKeys(version, hex('8394c8f03e515708')).of(side);
      return [hexOf(keys, KeyPart.payload, 4), hexOf(keys, KeyPart.iv, 3), hexOf(keys, KeyPart.headerProtection, 4)];
    };
    const [one, two] = [1, 0x6b3343cf];
    expect(keysOf(one, Side.client)).toEqual([
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ]);
    expect(keysOf(one, Side.server)).toEqual([
      'cf3a5331653c364c88f0f379b6067e37',
      '0ac1493ca1905853b0bba03e',
      'c206b8d9b9f0f37644430b490eeaa314',
    ]);
    expect(keysOf(two, Side.client)).toEqual([
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ]);
  });

  it('encrypt as node does', () => {
    for (const [key, text] of [
      ['000102030405060708090a0b0c0d0e0f', '00112233445566778899aabbccddeeff'],
      ['ffffffffffffffffffffffffffffffff', '00000000000000000000000000000000'],
      ['8b1a0bc121284290a29e0971b5cd045d', '91f73e2351d8fa91660e909f45b95e15'],
    ]) {
      const words = (digits: string) => [0, 8, 16, 24].map((at) => Number.parseInt(digits.slice(at, at + 8), 16) | 0);
      const block = Int32Array.from(words(text));
      const keys = new Int32Array(roundKeyWords);
      expandKey(words(key), keys, 0);
      encryptBlock(keys, 0, block);
      const cipher = createCipheriv('aes-128-ecb', hex(key), null).setAutoPadding(false);
      const expected = cipher.update(hex(text)).toString('hex');
      expect([...block].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')).toBe(expected);
    }
  });

  it('exist only for versions that are known', () => {
    expect([1, 0x6b3343cf, 0xff00001d, 0xff00001b, 2, 0x1a2a3a4a].map((n) => versionOf(n)?.name)).toEqual([
      '1',
      '2',
      'draft-29',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the stream of a handshake', () => {
  it('is put together in any order, and complete without holes only', () => {
    const message = hex('01 000006 aabbccddeeff');
    const stream = new CryptoStream();
    stream.add(7, message.subarray(7));
    stream.add(0, message.subarray(0, 3));
    expect([stream.bytes.length, stream.hasMessage]).toEqual([3, false]);
    stream.add(2, message.subarray(2, 8));
    expect([Buffer.from(stream.bytes).toString('hex'), stream.hasMessage]).toEqual(['01000006aabbccddeeff', true]);
    stream.add(1e6, message);
    expect(stream.bytes.length).toBe(10);
  });
});

describe('numbers of variable length', () => {
  it('are those of RFC 9000, appendix A.1', () => {
    const read = (digits: string) => {
      const bytes = hex(digits);
      return readVarint(new ByteReader().reset(bytes, 0, bytes.length));
    };
    expect(['25', '7bbd', '9d7f3e7d', '4025'].map(read)).toEqual([37, 15293, 494878333, 37]);
  });
});

describe('the QUIC recogniser', () => {
  it('is sure of the first datagram of a connection', () => {
    for (const sample of samples) expect(recogniseFirst(quic, sample.pieces, 1), sample.name).toBe(Confidence.yes);
  });

  it('declines other datagrams', () => {
    const dns = client(hex('c0de01000001000000000000076578616d706c6503636f6d0000010001'));
    const unknown = client(hex('c0aabbccdd08aaaaaaaaaaaaaaaa00'), new Uint8Array(1185));
    const short = client(hex('40aaaaaaaaaaaaaaaa'));
    for (const other of [dns, unknown, short]) expect(recogniseFirst(quic, [other], 443)).toBe(Confidence.no);
  });
});

describe.each(samples)('a QUIC conversation, $name,', (sample) => {
  it('makes nothing up after a cut or a loss anywhere', () => {
    expect(brokenByGaps(quic, sample, { step: 97 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(quic, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(quic, sample, 40)).toEqual([]);
  });
});
