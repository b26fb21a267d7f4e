import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, hex, recogniseFirst, runSession, server } from '../testing.ts';
import { readCertificate } from './certificate.ts';
import { cipherName } from './ciphers.ts';
import { tls } from './index.ts';
import { samples } from './samples.ts';

const pieces = (name: string) => samples.find((sample) => sample.name === name)?.pieces ?? [];
const attributes = (name: string) => tls.attributes(runSession(tls, pieces(name)).requests[0]);

describe('a TLS session', () => {
  it('tells one request a handshake and then asks for nothing more', () => {
    for (const sample of samples) {
      const { requests, wants, counts } = runSession(tls, sample.pieces);
      expect(requests, sample.name).toHaveLength(1);
      expect(requests[0]).toMatchObject({ method: 'handshake', flags: 0 });
      expect(wants.at(-1)).toBe(Want.counters);
      expect([...counts]).toEqual([]);
    }
  });

  it('shows the version, the cipher, the name asked for and the certificate of TLS 1.2', () => {
    expect(runSession(tls, pieces('TLS 1.2')).requests[0]).toMatchObject({
      target: 'web.test',
      authority: 'web.test',
      outcome: Outcome.ok,
      code: -1,
      start: 2000,
      responseStart: 3000,
      end: 5100,
    });
    expect(attributes('TLS 1.2')).toEqual({
      'server.address': 'web.test',
      'tls.protocol.name': 'tls',
      'tls.protocol.version': '1.2',
      'tls.cipher': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'tls.curve': 'x25519',
      'tls.next_protocol': 'h2',
      'tls.client.next_protocols': 'h2,http/1.1',
      'tls.established': true,
      'tls.resumed': false,
      'tls.server.subject': 'CN=web.test, O=Lab, C=DE',
      'tls.server.issuer': 'O=Lab, CN=Test Authority',
      'tls.server.not_before': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      'tls.server.not_after': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('shows of TLS 1.3 what is not encrypted, and does not guess the rest', () => {
    const shown = attributes('TLS 1.3');
    expect(shown).toMatchObject({ 'tls.protocol.version': '1.3', 'tls.cipher': 'TLS_AES_256_GCM_SHA384' });
    expect(Object.keys(shown)).not.toContain('tls.next_protocol');
    expect(Object.keys(shown)).not.toContain('tls.server.subject');
  });

  it('tells resumed sessions from new ones', () => {
    const resumed = samples.filter(({ name }) => attributes(name)['tls.resumed'] === true).map(({ name }) => name);
    expect(resumed).toEqual(['TLS 1.2, resumed', 'TLS 1.3, resumed']);
  });

  it('takes the time until the client has finished, also after a HelloRetryRequest', () => {
    const [request] = runSession(tls, pieces('TLS 1.3 with a HelloRetryRequest')).requests;
    expect(request).toMatchObject({ start: 2000, end: 6100, outcome: Outcome.ok });
    expect(attributes('TLS 1.3 with a HelloRetryRequest')).toMatchObject({ 'tls.curve': 'secp384r1' });
  });

  it('names both ends where the client has a certificate too', () => {
    expect(attributes('TLS 1.2 with a client certificate')).toMatchObject({
      'tls.server.subject': 'CN=web.test, O=Lab, C=DE',
      'tls.client.subject': 'O=Lab, CN=billing',
    });
  });

  it.each([
    ['no common version', Outcome.clientError, 70, 'protocol_version'],
    ['no client certificate', Outcome.clientError, 40, 'handshake_failure'],
    ['TLS 1.2, authority unknown to the client', Outcome.serverError, 48, 'unknown_ca'],
    ['TLS 1.3, authority unknown to the client', Outcome.serverError, 48, 'unknown_ca'],
  ])('says who failed and why: %s', (name, outcome, code, codeText) => {
    expect(runSession(tls, pieces(name)).requests[0]).toMatchObject({ outcome, code, codeText });
    expect(attributes(name)).toMatchObject({ 'error.type': codeText, 'tls.established': false });
  });

  it('knows an encrypted alert by its length', () => {
    const [hello, answer] = pieces('TLS 1.3');
    const refused = [hello, answer, client(hex(`140303000101 1703030013${'ab'.repeat(19)}`))];
    expect(runSession(tls, refused).requests[0]).toMatchObject({
      outcome: Outcome.serverError,
      codeText: 'encrypted_alert',
    });
  });

  it('tells a handshake that the connection did not survive', () => {
    const [hello] = pieces('TLS 1.3');
    expect(runSession(tls, [hello]).requests[0]).toMatchObject({ outcome: Outcome.aborted });
    expect(runSession(tls, [hello], { end: 'timed_out' }).requests[0]).toMatchObject({ outcome: Outcome.timeout });
  });

  it('finds the name in the first 512 bytes and marks what else is missing', () => {
    const [request] = runSession(tls, captureOnly(pieces('TLS 1.3, resumed'), 512)).requests;
    expect(request).toMatchObject({ target: 'web.test', flags: RequestFlag.partial, outcome: Outcome.ok });
  });

  it('tells nothing of a connection whose handshake was over before', () => {
    const later = [client(hex(`1703030005${'00'.repeat(5)}`)), server(hex(`1703030005${'00'.repeat(5)}`))];
    const { requests, wants } = runSession(tls, later, { fromTheBeginning: false });
    expect(requests).toEqual([]);
    expect(wants.at(-1)).toBe(Want.counters);
  });
});

describe('reading a certificate', () => {
  const message = pieces('TLS 1.2')[1].bytes;
  const at = Buffer.from(message).indexOf('3082', 0, 'hex');

  it('gives what Node makes of it', () => {
    const truth = new X509Certificate(Buffer.from(message.subarray(at)));
    const read = readCertificate(message, at, message.length);
    expect(read?.subject.split(', ').reverse().join('\n')).toBe(truth.subject);
    expect(read?.issuer.split(', ').reverse().join('\n')).toBe(truth.issuer);
    expect(Date.parse(read?.notAfter ?? '')).toBe(Date.parse(truth.validTo));
    expect(Date.parse(read?.notBefore ?? '')).toBe(Date.parse(truth.validFrom));
  });

  it('gives what there is where it is cut, and never throws', () => {
    for (let end = at; end < message.length; end++) {
      const read = readCertificate(message, at, end);
      if (read !== undefined) expect('O=Lab, CN=Test Authority'.endsWith(read.issuer)).toBe(true);
    }
    expect(readCertificate(message, at, at + 180)?.notAfter).not.toBe('');
  });
});

describe('the TLS recogniser', () => {
  it('is sure of a ClientHello, a ServerHello, and records up to the end of a turn', () => {
    for (const sample of samples) expect(recogniseFirst(tls, sample.pieces, 1)).toBe(Confidence.yes);
    expect(recogniseFirst(tls, [pieces('TLS 1.3')[1]], 1)).toBe(Confidence.yes);
    expect(recogniseFirst(tls, [server(hex(`1703030008${'ff'.repeat(8)}`))], 1)).toBe(Confidence.yes);
  });

  it('declines what looks like a record only at first sight', () => {
    for (const other of [
      '160301002001000000',
      '1603010005010000ff0303aabb',
      `1703030008${'ff'.repeat(9)}`,
      '15030300020228ff00aabbcc',
    ]) {
      expect(recogniseFirst(tls, [client(hex(other))], 443), other).not.toBe(Confidence.yes);
    }
  });
});

describe('names of ciphers', () => {
  it('are those that IANA registers, or the number', () => {
    expect(cipherName(0xc02f)).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
    expect(cipherName(0x000a)).toBe('TLS_RSA_WITH_3DES_EDE_CBC_SHA');
    expect(cipherName(0xfefe)).toBe('0xFEFE');
  });
});

describe.each(samples)('a TLS conversation, $name,', (sample) => {
  it('gives the same however it is cut into chunks', () => {
    expect(changedByChunks(tls, sample, 31)).toEqual([]);
  });
  it('makes nothing up after a cut or a loss anywhere', () => {
    expect(brokenByGaps(tls, sample, { step: 3 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(tls, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(tls, sample, 200)).toEqual([]);
  });
});
