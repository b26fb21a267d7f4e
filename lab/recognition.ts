/** Conversations that none of the protocols is: what else is found on a network, and on ports where one would not expect it. */
import { randomOf } from '../src/protocols/robustness.ts';
import { bytesOf, client, hex, type Piece, server } from '../src/protocols/testing.ts';

/** A conversation in something that Wirelight does not read. */
export interface Foreign {
  readonly name: string;
  readonly transport: 'tcp' | 'udp';
  readonly pieces: readonly Piece[];
}

const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const tcp = (name: string, ...pieces: Piece[]): Foreign => ({ name, transport: 'tcp', pieces });
const udp = (name: string, ...pieces: Piece[]): Foreign => ({ name, transport: 'udp', pieces });

/** Real protocols as their first messages go. */
export const foreign: readonly Foreign[] = [
  tcp(
    'POP3',
    server('+OK POP3 ready\r\n'),
    client('USER alice\r\n'),
    server('+OK\r\n'),
    client('PASS x\r\n'),
    server('-ERR no\r\n'),
  ),
  tcp('IMAP', server('* OK IMAP4rev1 ready\r\n'), client('a1 LOGIN a b\r\n'), server('a1 NO\r\n')),
  tcp(
    'IRC',
    client('NICK x\r\nUSER x 0 * :x\r\n'),
    server(':irc NOTICE * :hello\r\n'),
    client('PING :irc\r\n'),
    server('PONG irc\r\n'),
  ),
  tcp('STOMP', client('CONNECT\naccept-version:1.2\nhost:/\n\n\0'), server('CONNECTED\nversion:1.2\n\n\0')),
  tcp(
    'SIP',
    client('INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP x\r\nContent-Length: 0\r\n\r\n'),
    server('SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
  ),
  tcp('RTSP', client('OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n'), server('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')),
  tcp(
    'XMPP',
    client("<?xml version='1.0'?><stream:stream to='x' xmlns='jabber:client'>"),
    server("<?xml version='1.0'?><stream:stream id='1'>"),
  ),
  tcp('telnet', server([255, 253, 24, 255, 253, 32]), client([255, 251, 24]), server('login: '), client('root\r\n')),
  tcp('VNC', server('RFB 003.008\n'), client('RFB 003.008\n'), server([1, 1])),
  tcp(
    'RDP',
    client(hex('0300001302e000000000000100080003000000')),
    server(hex('030000130ed000001234000200080001000000')),
  ),
  tcp(
    'SMB',
    client(hex('00000054fe534d4240000000000000000000000000000000'), new Uint8Array(64)),
    server(hex('00000054fe534d4240000000'), new Uint8Array(76)),
  ),
  tcp(
    'SOCKS5',
    client([5, 2, 0, 2]),
    server([5, 0]),
    client([5, 1, 0, 3, 7], 'example', [0, 80]),
    server([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ),
  tcp('SOCKS4', client([4, 1, 0, 80, 10, 0, 0, 1], 'me', [0]), server([0, 90, 0, 0, 0, 0, 0, 0])),
  tcp(
    'PROXY protocol 2 and bytes',
    client(hex('0d0a0d0a000d0a515549540a2111000c7f0000017f00000130390050'), [1, 2, 3, 4]),
  ),
  tcp(
    'BitTorrent',
    client([19], 'BitTorrent protocol', new Uint8Array(48)),
    server([19], 'BitTorrent protocol', new Uint8Array(48)),
  ),
  tcp(
    'git',
    client('0032git-upload-pack /x.git\0host=example.com\0'),
    server('003f7217a7c7e582c46cec22a130adf4b9d7d950fba0 HEAD\n0000'),
  ),
  tcp('rsync', server('@RSYNCD: 31.0\n'), client('@RSYNCD: 31.0\nmodule\n'), server('@RSYNCD: OK\n')),
  tcp('Subversion', server('( success ( 2 2 ( ) ( ) ) ) '), client('( 2 ( edit-pipeline ) 10:svn://host/ ) ')),
  tcp('NNTP', server('200 news ready\r\n'), client('GROUP x.y\r\n'), server('211 1 1 1 x.y\r\n')),
  tcp('whois', client('example.com\r\n'), server('Domain Name: EXAMPLE.COM\r\n')),
  tcp('finger', client('alice\r\n'), server('Login: alice\r\n')),
  tcp('gopher', client('/\r\n'), server('iWelcome\tfake\t(NULL)\t0\r\n.\r\n')),
  tcp(
    'ZooKeeper',
    client(hex('0000002d000000000000000000000000000075300000000000000000000000100000000000000000000000000000000000')),
    server(hex('00000025000000000000753001000000000000010000001000000000000000000000000000000000')),
  ),
  tcp('ZooKeeper, a read', client(hex('000000120000000100000004000000052f'), '/a/b', [0])),
  tcp(
    'Thrift',
    client(hex('00000020800100010000000470696e6700000001'), new Uint8Array(16)),
    server(hex('00000014800100020000000470696e670000000100'), new Uint8Array(3)),
  ),
  tcp(
    'SQL Server',
    client(hex('1201002f0000010000001a000600010020000102002100010300220004040026000100ff'), new Uint8Array(11)),
    server(hex('0401002b0000010000001a000600010020'), new Uint8Array(26)),
  ),
  tcp(
    'Oracle',
    client(hex('00c30000010000000139012c0c412000ffff7f0800000100'), new Uint8Array(171)),
    server(hex('0008000004000000')),
  ),
  tcp(
    'DB2',
    client(hex('0026d00100010020104100'), new Uint8Array(28)),
    server(hex('0015d04200010000'), new Uint8Array(13)),
  ),
  tcp(
    'BGP',
    client([...new Array(16).fill(255)], hex('001d0104fde800b40a00000100')),
    server([...new Array(16).fill(255)], hex('001304')),
  ),
  tcp('X11', client(hex('6c000b000000000000000000')), server(hex('01000b00000040'), new Uint8Array(9))),
  tcp(
    'NFS',
    client(hex('80000028'), u32(12345), hex('00000000000000020001 86a30000000300000000'), new Uint8Array(16)),
    server(hex('80000018'), u32(12345), hex('000000010000000000000000'), new Uint8Array(8)),
  ),
  tcp(
    'ZMTP',
    client(hex('ff00000000000000017f0300'), 'NULL', new Uint8Array(48)),
    server(hex('ff00000000000000017f0300'), 'NULL', new Uint8Array(48)),
  ),
  tcp(
    'Diameter',
    client(hex('0100009480000101000000001234567812345678'), new Uint8Array(128)),
    server(hex('0100009400000101000000001234567812345678'), new Uint8Array(128)),
  ),
  tcp(
    'Minecraft',
    client(hex('1000fb05096c6f63616c686f737463dd01')),
    client([1, 0]),
    server(hex('7d007b'), '{"version":{"name":"1.20"}}'),
  ),
  tcp('RTMP', client([3], new Uint8Array(1536).fill(7)), server([3], new Uint8Array(3072).fill(9))),
  tcp('Graphite', client('servers.web.cpu 42 1700000000\nservers.web.mem 7 1700000000\n')),
  tcp('syslog', client('<34>1 2026-01-01T00:00:00Z host app - - - message\n')),
  tcp('InfluxDB lines', client('cpu,host=a value=0.64 1434055562000000000\n')),
  tcp('JSON lines', client('{"op":"ping","id":1}\n'), server('{"ok":true,"id":1}\n')),
  tcp('MessagePack', client(hex('93a470696e670193c0')), server(hex('94a4706f6e6701c2'))),
  tcp('Java serialization', client(hex('aced0005737200116a6176612e6c616e672e496e7465676572'))),
  tcp('Java RMI', client(hex('4a524d4900024b')), server(hex('4e00093132372e302e302e3100001f90'))),
  tcp('Erlang distribution', client(hex('00156e000500037fbd'), 'rabbit@host'), server(hex('0003736f6b'))),
  tcp('epmd', client(hex('00017a'), 'x'.slice(0, 0)), server('rabbit at port 25672\n')),
  tcp('Consul serf', client(hex('82a7436f6d6d616e64a968616e647368616b65a353657101'))),
  tcp('Modbus', client(hex('000100000006010300000001')), server(hex('0001000000050103020000'))),
  tcp(
    'S7',
    client(hex('0300001611e00000000100c1020100c2020102c0010a')),
    server(hex('0300001611d00001000100c0010ac1020100c2020102')),
  ),
  tcp(
    'OPC UA',
    client('HELF', hex('3800000000000000ffff0000ffff000000000000000000'), new Uint8Array(29)),
    server('ACKF', hex('1c00000000000000ffff0000ffff00000000000000000000')),
  ),
  tcp('Bitcoin', client(hex('f9beb4d976657273696f6e0000000000660000006410'), new Uint8Array(80))),
  tcp('PPTP', client(hex('009c00011a2b3c4d00010000'), new Uint8Array(144))),
  tcp('LPD', client([2], 'queue\n'), server([0])),
  tcp('AJP', client(hex('123400050a')), server(hex('4142000109'))),
  tcp(
    'FastCGI',
    client(hex('0101000100080000000100000000000001040001'), new Uint8Array(40)),
    server(hex('0106000100200000'), new Uint8Array(40)),
  ),
  tcp('uwsgi', client(hex('00140000'), [6, 0], 'METHOD', [3, 0], 'GET', [4, 0], 'PATH', [1, 0], '/')),
  tcp(
    'gzip',
    client(
      hex('1f8b0800000000000003'),
      new Uint8Array(80).map((_, i) => (i * 89) & 255),
    ),
  ),
  tcp('an executable', server(hex('7f454c4602010100000000000000000002003e0001000000'), new Uint8Array(60))),
  tcp('SSLv2', client(hex('802e0100020015000000100100800200800300800400800500800600400700c0'), new Uint8Array(16))),
  tcp('a shell', server('$ '), client('ls -la\n'), server('total 0\n$ '), client('exit\n')),
  tcp('text without ends of lines', client('x'.repeat(600)), server('y'.repeat(700))),
  tcp('zeros', client(new Uint8Array(300)), server(new Uint8Array(300))),
  tcp('ones', client(new Uint8Array(300).fill(255)), server(new Uint8Array(300).fill(255))),
  udp('NTP', client(hex('1b'), new Uint8Array(47)), server(hex('1c0203e8'), new Uint8Array(44))),
  udp('SNMP', client(hex('302602010104067075626c6963a019020426b1c80e020100020100300b300906052b060102010500'))),
  udp('DHCP', client(hex('0101060012345678'), new Uint8Array(228), hex('63825363350101ff'))),
  udp('SSDP', client('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n\r\n')),
  udp('syslog over UDP', client('<34>Oct 11 22:14:15 host su: failed')),
  udp('StatsD', client('page.views:1|c\n')),
  udp(
    'STUN',
    client(hex('000100002112a442b7e7a701bc34d686fa87dfae')),
    server(hex('0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643')),
  ),
  udp('DTLS', client(hex('16fefd0000000000000000007a0100006e000000000000006efefd'), new Uint8Array(110))),
  udp(
    'WireGuard',
    client(
      hex('01000000'),
      new Uint8Array(144).map((_, i) => (i * 37) & 255),
    ),
    server(hex('02000000'), new Uint8Array(88)),
  ),
  udp('OpenVPN', client(hex('38d3a7b2c1e4f5a6b70000000000'))),
  udp('IKE', client(hex('b1c2d3e4f5a6b7c800000000000000002120220800000000000001b8'), new Uint8Array(412))),
  udp('RADIUS', client(hex('010100380f403f9473978057bd83d5cb98f4227a'), new Uint8Array(36))),
  udp('TFTP', client(hex('0001'), 'file', [0], 'octet', [0]), server(hex('00030001'), 'data')),
  udp('CoAP', client(hex('40017d34bb74657374')), server(hex('60457d34ff'), 'ok')),
  udp(
    'RTP',
    client(hex('80600001000000a0deadbeef'), new Uint8Array(160)),
    client(hex('8060000200000140deadbeef'), new Uint8Array(160)),
  ),
  udp('NetFlow', client(hex('0009000100000000'), new Uint8Array(60))),
  udp('BitTorrent DHT', client('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')),
  udp(
    'VXLAN',
    client(
      hex('0800000000000100'),
      new Uint8Array(60).map((_, i) => (i * 71) & 255),
    ),
  ),
  udp('zeros over UDP', client(new Uint8Array(1300))),
];

/** Conversations of random bytes: alone, behind a length in several ways, and as lines of random words. */
export function junk(count: number, seed: number): Foreign[] {
  const random = randomOf(seed);
  const bytes = (size: number) => Uint8Array.from({ length: size }, () => random(256));
  const words = () => Array.from({ length: 1 + random(5) }, () => Math.max(1, random(1e6)).toString(36)).join(' ');
  const message = (): Uint8Array => {
    const body = bytes(1 + random(600));
    switch (random(6)) {
      case 0:
        return bytesOf(u32(body.length), body);
      case 1:
        return bytesOf([body.length & 255, body.length >> 8, 0, 0], body);
      case 2:
        return bytesOf([random(4), 0], u32(body.length), body);
      case 3:
        return bytesOf(Array.from({ length: 1 + random(4) }, () => `${words()}\r\n`).join(''));
      case 4:
        return bytesOf(u32(random(64)), u32(random(4)), u32(random(16)), body);
      default:
        return body;
    }
  };
  return Array.from({ length: count }, (_, i) => ({
    name: `junk ${seed}.${i}`,
    transport: random(4) === 0 ? ('udp' as const) : ('tcp' as const),
    pieces: Array.from({ length: 1 + random(8) }, () => (random(2) === 0 ? client(message()) : server(message()))),
  }));
}
