import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence, type Protocol, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { bytesOf, captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { tls } from '../tls/index.ts';
import { element, integerOf, readElement } from './ber.ts';
import { ftp, ldap, smtp, ssh } from './index.ts';
import { samples } from './samples.ts';

const protocols: readonly Protocol[] = [ssh, smtp, ldap, ftp];
const protocolOf = (name: string) => protocols.find((protocol) => protocol.name === name) ?? ssh;
const pieces = (name: string) => samples.find((sample) => sample.name === name)?.pieces ?? [];
const told = (protocol: Protocol, all: readonly Piece[], how = {}) =>
  runSession(protocol, all, how).requests.map((r) =>
    [r.method, r.target, r.outcome, r.code < 0 ? '' : r.code].filter((x) => x !== '').join(' '),
  );

describe('an SMTP session', () => {
  it('tells commands and their replies, and of addresses the domain alone', () => {
    expect(told(smtp, pieces('SMTP, a mail'))).toEqual([
      'connect 1 220',
      'EHLO 1 250',
      'MAIL shop.test 1 250',
      'RCPT customer.test 1 250',
      'DATA 1 250',
      'QUIT 1 221',
    ]);
    expect(told(smtp, pieces('SMTP, a refused recipient'))[3]).toBe('RCPT forbidden.test 2 550');
    expect(
      JSON.stringify(runSession(smtp, pieces('SMTP, a mail'), { options: { keepRaw: true } }).requests),
    ).not.toContain('@');
  });

  it('counts a message with its command, also where its end was not captured', () => {
    const data = (all: readonly Piece[]) => runSession(smtp, all).requests.find((r) => r.method === 'DATA');
    const whole = data(pieces('SMTP, a mail'));
    expect(whole?.requestBytes).toBe(6 + pieces('SMTP, a mail')[9].bytes.length);
    const cut = runSession(smtp, captureOnly(pieces('SMTP, a mail'), 80)).requests;
    expect(cut.find((r) => r.method === 'DATA')?.requestBytes).toBe(whole?.requestBytes);
    expect(cut.map((r) => r.method)).toEqual(['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT']);
  });

  it('hands over to TLS after STARTTLS', () => {
    const { requests, became } = runSession(smtp, pieces('SMTP, STARTTLS'), { protocols: [tls] });
    expect(became).toEqual(['tls']);
    expect(requests.map((r) => `${r.protocol} ${r.method}`)).toEqual([
      'smtp connect',
      'smtp EHLO',
      'smtp STARTTLS',
      'tls handshake',
    ]);
    expect(requests[2].flags).toBe(RequestFlag.upgrade);
    expect(requests[3].outcome).toBe(Outcome.ok);
  });

  it('pairs what a client asks at once in order, and finds commands behind the end of a message', () => {
    const all = [
      server('220 mx ESMTP\r\n'),
      client('MAIL FROM:<a@x.org>\r\nRCPT TO:<b@y.org>\r\nDATA\r\n'),
      server('250 ok\r\n'),
      server('450 later\r\n354 go\r\n'),
      client('QUIT\r\nno command\r\n.\r\nQUIT\r\n'),
      server('250 taken\r\n221 bye\r\n'),
    ];
    expect(told(smtp, all)).toEqual([
      'connect 1 220',
      'MAIL x.org 1 250',
      'RCPT y.org 3 450',
      'DATA 1 250',
      'QUIT 1 221',
    ]);
  });

  it('keeps nothing of a login', () => {
    const all = [
      server('220 mx ESMTP\r\n'),
      client('AUTH LOGIN dXNlcg==\r\n'),
      server('334 UGFzc3dvcmQ6\r\n'),
      client('c2VjcmV0\r\n'),
      server('235 welcome\r\n'),
      client('topsecret\r\n'),
      server('500 what?\r\n'),
    ];
    const { requests } = runSession(smtp, all, { options: { keepRaw: true } });
    expect(requests.map((r) => `${r.method} ${r.target} ${r.code}`)).toEqual([
      'connect  220',
      'AUTH LOGIN 235',
      'OTHER  500',
    ]);
    expect(JSON.stringify(requests)).not.toMatch(/c2VjcmV0|dXNlcg|topsecret/i);
  });
});

describe('an FTP session', () => {
  it('tells commands with their last reply', () => {
    expect(told(ftp, pieces('FTP, a file'))).toEqual([
      'connect 1 220',
      'USER 1 331',
      'PASS 1 230',
      'PWD 1 257',
      'EPSV 1 229',
      'TYPE I 1 200',
      'SIZE 1 213',
      'RETR 1 226',
      'QUIT 1 221',
    ]);
    const retr = runSession(ftp, pieces('FTP, a file')).requests[7];
    expect(retr.end).toBeGreaterThan(retr.responseStart + 100);
    expect(told(ftp, pieces('FTP, a missing file'))[7]).toBe('SIZE 2 550');
  });

  it('shows folders, files where asked, and never a password', () => {
    const all = [
      server('220 FTP\r\n'),
      client('PASS hunter2\r\n'),
      server('230 in\r\n'),
      client('RETR /reports/2026-01-01/acme.pdf\r\n'),
      server('150 coming\r\n226 done\r\n'),
    ];
    const { requests } = runSession(ftp, all, { options: { keepRaw: true } });
    expect(requests[2]).toMatchObject({ target: '/reports/{date}', resource: '/reports/2026-01-01/acme.pdf' });
    expect(JSON.stringify(requests)).not.toContain('hunter2');
  });

  it('hands over to TLS after AUTH TLS, also where the reply was not seen', () => {
    const hello = client([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]);
    const auth = [server('220 FTP\r\n'), client('AUTH TLS\r\n')];
    expect(runSession(ftp, [...auth, server('234 ok\r\n'), hello]).became).toEqual(['tls']);
    expect(runSession(ftp, [...auth, hello]).became).toEqual(['tls']);
  });
});

describe('an LDAP session', () => {
  it('tells operations with the names they act on and their results', () => {
    expect(told(ldap, pieces('LDAP, adding'))).toEqual([
      'bind cn=admin,dc=example,dc=org 1 0',
      'add dc=example,dc=org 1 0',
      'add uid={id},dc=example,dc=org 1 0',
      'unbind 0',
    ]);
    expect(told(ldap, pieces('LDAP, a search of nothing'))[1]).toBe('search ou=nowhere,dc=example,dc=org 2 32');
    expect(told(ldap, pieces('LDAP, a comparison'))[1]).toBe('compare uid={id},dc=example,dc=org 1 5');
    expect(told(ldap, pieces('LDAP, a change'))[1]).toBe('modify uid={id},dc=example,dc=org 1 0');
    expect(told(ldap, pieces('LDAP, a deletion'))[1]).toBe('delete uid={id},dc=example,dc=org 1 0');
    expect(told(ldap, pieces('LDAP, a wrong password'))[0]).toBe('bind cn=admin,dc=example,dc=org 2 49');
  });

  it('counts the entries of a search, and gives attributes', () => {
    const search = runSession(ldap, pieces('LDAP, a search')).requests[1];
    expect(search).toMatchObject({ responseMessages: 2, flags: 0 });
    expect(ldap.attributes(search)).toEqual({
      'ldap.operation': 'search',
      'ldap.result_code': 0,
      'ldap.base': 'dc=example,dc=org',
      'ldap.entries': 2,
    });
  });

  it('hands over to TLS after StartTLS', () => {
    const { requests, became } = runSession(ldap, pieces('LDAP, StartTLS'), { protocols: [tls] });
    expect(became).toEqual(['tls']);
    expect(requests.map((r) => `${r.protocol} ${r.method} ${r.outcome}`)).toEqual([
      'ldap start_tls 1',
      'tls handshake 1',
    ]);
  });

  it('keeps no password', () => {
    const requests = samples
      .filter((s) => s.protocol === 'ldap')
      .flatMap((s) => runSession(ldap, s.pieces, { options: { keepRaw: true } }).requests);
    expect(JSON.stringify(requests)).not.toMatch(/secret|wrong/);
    expect(JSON.stringify(requests)).toContain('uid=alice');
  });
});

describe('an SSH session', () => {
  it('tells one key exchange with what both agreed on, and asks for nothing more', () => {
    const { requests, wants } = runSession(ssh, pieces('SSH, a login'));
    expect(requests).toMatchObject([
      {
        method: 'handshake',
        outcome: Outcome.ok,
        start: 2000,
        end: 8100,
        flags: 0,
        userAgent: expect.stringContaining('OpenSSH_9.2'),
      },
    ]);
    expect(ssh.attributes(requests[0])).toEqual({
      'ssh.server.version': expect.stringContaining('SSH-2.0-OpenSSH_9.2'),
      'ssh.kex': 'sntrup761x25519-sha512',
      'ssh.host_key': 'ssh-ed25519',
      'ssh.cipher': 'chacha20-poly1305@openssh.com',
    });
    expect(wants.at(-1)).toBe(Want.counters);
  });

  it('tells a key exchange that came to nothing', () => {
    expect(runSession(ssh, pieces('SSH, no algorithm in common')).requests).toMatchObject([
      { outcome: Outcome.aborted },
    ]);
  });
});

describe('basic encoding rules', () => {
  it('are read in every form of length, and not at all where they are cut', () => {
    const bytes = bytesOf([0x02, 0x81, 0x02, 0x01, 0x00]);
    expect(readElement(bytes, 0, 5)).toBe(true);
    expect({ ...element }).toEqual({ tag: 2, from: 3, to: 5 });
    expect(integerOf(bytes, 5)).toBe(256);
    expect(integerOf(bytes, 4)).toBe(-1);
    expect(readElement(bytes, 0, 2)).toBe(false);
    expect(readElement(bytesOf([0x30, 0x80]), 0, 2)).toBe(false);
  });
});

describe('recognisers of greetings', () => {
  it('know their own, from the greeting or the first command', () => {
    for (const sample of samples) {
      expect(recogniseFirst(protocolOf(sample.protocol), sample.pieces, 1), sample.name).toBe(Confidence.yes);
    }
    expect(recogniseFirst(smtp, [client('EHLO x\r\n')], 1)).toBe(Confidence.yes);
  });

  it('leave each other alone, and wait where a greeting does not say', () => {
    for (const sample of samples) {
      for (const other of protocols) {
        if (other.name === sample.protocol) continue;
        expect(recogniseFirst(other, sample.pieces, 1), `${sample.name} as ${other.name}`).not.toBe(Confidence.yes);
      }
    }
    expect([smtp, ftp].map((p) => recogniseFirst(p, [server('220 ready\r\n')], 1))).toEqual([
      Confidence.more,
      Confidence.more,
    ]);
    const texts = [
      '220',
      'HTTP/1.1 200 OK\r\n',
      '250 ok\r\n',
      'SSHX',
      'USER x\r\n',
      'EHLOX\r\n',
      '0\u0005\u0002\u0001\u0001',
    ];
    for (const text of texts) {
      for (const p of protocols)
        expect(recogniseFirst(p, [server(text)], 1), `${text} as ${p.name}`).not.toBe(Confidence.yes);
    }
  });
});

describe.each(samples)('a conversation, $name,', (sample) => {
  const protocol = protocolOf(sample.protocol);
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(protocol, sample, 13)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(protocol, sample, { step: 5 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(protocol, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(protocol, sample, 100)).toEqual([]);
  });
});
