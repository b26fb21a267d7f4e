/**
 * Real clients shake hands with real servers of TLS, QUIC, SSH, SMTP, LDAP and FTP while this host is watched: every
 * handshake and command is seen once, in order, within the time that it took the client, and a capture file tells the same.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeNames, RequestFlag } from '../../src/model/request.ts';
import { protocolOf } from '../../src/protocols/index.ts';
import type { Calls } from '../calls.ts';
import {
  exerciseFtp,
  exerciseLdap,
  exerciseSmtp,
  exerciseSsh,
  startFtp,
  startLdap,
  startSmtp,
  startSsh,
} from '../handshakes/greetings.ts';
import { askQuic, quicObstacle, startQuic } from '../handshakes/quic.ts';
import { type Certificates, makeCertificates, shakeHands, startGnutls, startTls } from '../handshakes/tls.ts';
import { Lab } from '../net/lab.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { expectAsMade, type TimedRequest, type WatchedExchange, watchExchange } from './watched-exchange.ts';

/** A server and what a client does with it. */
interface Conversation {
  readonly name: string;
  readonly port: number;
  readonly transport?: 'tcp' | 'udp';
  start(lab: Lab, port: number, certificates: Certificates): Promise<unknown>;
  exercise(lab: Lab, port: number, certificates: Certificates, calls: Calls): Promise<unknown>;
}

const marks = [
  [RequestFlag.partial, 'partial'],
  [RequestFlag.upgrade, 'upgrade'],
] as const;

/** A command and how it ended; of a handshake what both agreed on. */
function line(r: TimedRequest): string {
  const facts = protocolOf(r.protocol)?.attributes(r) ?? {};
  const agreed = ['quic.version', 'tls.protocol.version', 'tls.next_protocol'].map((name) => facts[name] ?? '');
  const special = marks.filter(([flag]) => (r.flags & flag) !== 0).map(([, mark]) => mark);
  const resumed = facts['tls.resumed'] === true ? ['resumed'] : [];
  const code = r.code < 0 ? r.codeText : r.code;
  return [r.protocol, r.method, r.target, outcomeNames[r.outcome], code, ...agreed, ...resumed, ...special]
    .filter((text) => text !== '')
    .join(' ');
}

function test(conversation: Conversation, requirements: Requirements): void {
  suite(`${conversation.name}, watched live and read from a file`, requirements, () => {
    const lab = new Lab();
    let exchange: WatchedExchange;

    beforeAll(async () => {
      const cgroup = lab.ownCgroup();
      const certificates = await makeCertificates(lab);
      const { port, transport } = conversation;
      await conversation.start(lab, port, certificates);
      const exercise = (calls: Calls) => conversation.exercise(lab, port, certificates, calls);
      exchange = await watchExchange(lab, cgroup, port, exercise, transport);
    });
    afterAll(() => lab.close());

    it('shows everything once, in order, with how it ended, while the client waited for it', () => {
      expectAsMade(exchange.live, exchange.made, line);
      expectAsMade(exchange.file, exchange.made, line);
      expect(exchange.losses).toEqual({});
    });

    it('gives the same requests from a capture file', () => {
      expect(exchange.fileLines).toEqual(exchange.liveLines);
    });
  });
}

test(
  {
    name: 'TLS of OpenSSL, with Node and openssl',
    port: 28_601,
    start: (lab, port, certificates) => startTls(lab, { port }, certificates),
    async exercise(lab, port, certificates, calls) {
      const shake = (what: string, options = {}) => calls.note(what, () => shakeHands(port, certificates, options));
      const old = { maxVersion: 'TLSv1.2' } as const;
      const { session } = await shake('tls handshake web.test ok 1.2 h2', old);
      await shake('tls handshake web.test ok 1.2 h2 resumed', { ...old, session });
      const { session: ticket } = await shake('tls handshake web.test ok 1.3');
      await shake('tls handshake web.test ok 1.3 resumed', { session: ticket });
      // The only certificate is one for ECDSA.
      await shake('tls handshake web.test client_error 40 1.2', { ...old, ciphers: 'AES128-SHA' });
      // Whether it trusts the certificate Node looks at once hands are shaken; it then hangs up without an alert.
      await shake('tls handshake web.test ok 1.2 h2', { ...old, ca: [] });
      const client = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'shop.test', '-tls1_2'];
      await calls.note('tls handshake shop.test ok 1.2', () =>
        lab.run('sh', ['-c', 'exec openssl "$@" </dev/null', 'sh', ...client]),
      );
    },
  },
  { root: true, packages: ['openssl', 'tcpdump'] },
);

test(
  {
    name: 'TLS of GnuTLS, with gnutls-cli',
    port: 28_602,
    start: (lab, port, certificates) => startGnutls(lab, { port }, certificates),
    async exercise(lab, port, _certificates, calls) {
      const client = (what: string | string[], ...options: string[]) =>
        calls.note(what, () =>
          lab.run('sh', [
            ...['-c', 'exec gnutls-cli "$@" </dev/null', 'sh', '--insecure', '--sni-hostname=web.test'],
            ...[`--port=${port}`, ...options, '127.0.0.1'],
          ]),
        );
      await client('tls handshake web.test ok 1.3');
      await client('tls handshake web.test ok 1.2 h2', '--priority=NORMAL:-VERS-TLS1.3', '--alpn=h2');
      await client(
        ['tls handshake web.test ok 1.2', 'tls handshake web.test ok 1.2 resumed'],
        ...['--priority=NORMAL:-VERS-TLS1.3', '--resume'],
      );
    },
  },
  { root: true, packages: ['gnutls-bin', 'openssl', 'tcpdump'] },
);

test(
  {
    name: 'QUIC of quic-go',
    port: 28_603,
    transport: 'udp',
    start: (lab, port, certificates) => startQuic(lab, { port }, certificates),
    async exercise(lab, port, { authority }, calls) {
      await calls.note('quic handshake web.test ok 1 1.3', () => askQuic(lab, port, { authority }));
      await calls.note('quic handshake web.test ok 2 1.3', () => askQuic(lab, port, { authority, version2: true }));
    },
  },
  { root: true, packages: ['openssl', 'tcpdump'], unless: quicObstacle() },
);

test(
  {
    name: 'QUIC of quic-go that sends a Retry',
    port: 28_604,
    transport: 'udp',
    start: (lab, port, certificates) => startQuic(lab, { port }, certificates, true),
    exercise: (lab, port, { authority }, calls) =>
      calls.note('quic handshake web.test ok 1 1.3', () => askQuic(lab, port, { authority })),
  },
  { root: true, packages: ['openssl', 'tcpdump'], unless: quicObstacle() },
);

const admin = 'cn=admin,dc=example,dc=org';
let key = '';
test(
  {
    name: 'SSH of OpenSSH',
    port: 28_605,
    async start(lab, port) {
      ({ key } = await startSsh(lab, { port }));
    },
    exercise: (lab, port, _certificates, calls) =>
      calls.note(['ssh handshake ok', 'ssh handshake aborted'], () => exerciseSsh(lab, port, key)),
  },
  { root: true, packages: ['openssh-server', 'openssh-client', 'openssl', 'tcpdump'] },
);

test(
  {
    name: 'SMTP of Exim, with curl',
    port: 28_606,
    start: (lab, port, certificates) => startSmtp(lab, { port }, certificates),
    exercise: (lab, port, _certificates, calls) =>
      calls.note(
        [
          ...['connect ok 220', 'EHLO ok 250', 'MAIL shop.test ok 250', 'RCPT customer.test ok 250', 'DATA ok 250'],
          ...['QUIT ok 221', 'connect ok 220', 'EHLO ok 250', 'MAIL shop.test ok 250'],
          ...['RCPT forbidden.test client_error 550', 'QUIT ok 221', 'connect ok 220', 'EHLO ok 250'],
          'STARTTLS ok 220 upgrade',
        ]
          .map((command) => `smtp ${command}`)
          .concat('tls handshake ok 1.3'),
        () => exerciseSmtp(lab, port),
      ),
  },
  { root: true, packages: ['exim4-daemon-light', 'curl', 'openssl', 'tcpdump'] },
);

test(
  {
    name: 'LDAP of slapd, with its own clients',
    port: 28_607,
    start: (lab, port, certificates) => startLdap(lab, { port }, certificates),
    exercise: (lab, port, _certificates, calls) =>
      calls.note(
        [
          `ldap bind ${admin} ok 0`,
          'ldap add dc=example,dc=org ok 0',
          'ldap add uid={id},dc=example,dc=org ok 0',
          'ldap unbind unset',
          ...['ldap bind ok 0', 'ldap search dc=example,dc=org ok 0', 'ldap unbind unset'],
          ...['ldap bind ok 0', 'ldap search ou=nowhere,dc=example,dc=org client_error 32', 'ldap unbind unset'],
          ...['ldap bind ok 0', 'ldap compare uid={id},dc=example,dc=org ok 5', 'ldap unbind unset'],
          ...[`ldap bind ${admin} ok 0`, 'ldap modify uid={id},dc=example,dc=org ok 0', 'ldap unbind unset'],
          ...[`ldap bind ${admin} client_error 49`, 'ldap unbind unset'],
          ...['ldap start_tls ok 0 upgrade', 'tls handshake ok 1.3'],
          ...[`ldap bind ${admin} ok 0`, 'ldap delete uid={id},dc=example,dc=org ok 0', 'ldap unbind unset'],
        ],
        () => exerciseLdap(lab, port),
      ),
  },
  { root: true, packages: ['slapd', 'ldap-utils', 'openssl', 'tcpdump'] },
);

test(
  {
    name: 'FTP of vsftpd, with curl',
    port: 28_608,
    start: (lab, port) => startFtp(lab, { port }),
    exercise: (lab, port, _certificates, calls) =>
      calls.note(
        [
          ...['connect ok 220', 'USER ok 331', 'PASS ok 230', 'PWD ok 257', 'EPSV ok 229', 'TYPE I ok 200'],
          ...[
            'SIZE ok 213',
            'RETR ok 226',
            'QUIT ok 221',
            'connect ok 220',
            'USER ok 331',
            'PASS ok 230',
            'PWD ok 257',
          ],
          ...['CWD ok 250', 'EPSV ok 229', 'TYPE I ok 200', 'SIZE client_error 550', 'QUIT ok 221'],
        ].map((command) => `ftp ${command}`),
        () => exerciseFtp(lab, port),
      ),
  },
  { root: true, packages: ['vsftpd', 'curl', 'openssl', 'tcpdump'] },
);
