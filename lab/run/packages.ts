/** Debian packages that tests need, installed by `./wirelight test` before it starts. None of them is needed to use Wirelight. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aptGet, withoutStartingServices } from '../../src/demo/apt.ts';

interface TestPackage {
  /** Programs or absolute paths that show it is there, all of them. */
  readonly proof: readonly string[];
  /** What the tests do with it. */
  readonly why: string;
}

const table = {
  iproute2: { proof: ['ip'], why: 'makes network namespaces and the cables between them' },
  'util-linux': { proof: ['nsenter', 'setpriv', 'unshare'], why: 'starts programs inside namespaces' },
  bpftool: { proof: ['bpftool'], why: 'shows what is attached to the kernel' },
  curl: { proof: ['curl'], why: 'an HTTP client' },
  wget: { proof: ['wget'], why: 'an HTTP client with GnuTLS' },
  'libnss3-tools': { proof: ['tstclnt'], why: 'a TLS client with NSS' },
  nginx: { proof: ['nginx'], why: 'a web server whose log is compared' },
  apache2: { proof: ['apache2'], why: 'a second web server' },
  haproxy: { proof: ['haproxy'], why: 'a proxy between two connections' },
  wrk: { proof: ['wrk'], why: 'an HTTP client that counts' },
  'nghttp2-client': { proof: ['h2load'], why: 'an HTTP/2 client that counts' },
  'nghttp2-server': { proof: ['nghttpd'], why: 'an HTTP/2 server' },
  'nghttp2-proxy': { proof: ['nghttpx'], why: 'a proxy that takes HTTP/2 by upgrade' },
  dnsmasq: { proof: ['dnsmasq'], why: 'a DNS server' },
  nftables: { proof: ['nft'], why: 'loses packets' },
  'bind9-dnsutils': { proof: ['dig'], why: 'a DNS client' },
  dnsperf: { proof: ['dnsperf'], why: 'a DNS client that counts' },
  tcpdump: { proof: ['tcpdump'], why: 'writes capture files to compare with' },
  tshark: { proof: ['tshark'], why: 'reads capture files to compare with' },
  iperf3: { proof: ['iperf3'], why: 'bulk traffic' },
  redis: { proof: ['redis-server', 'redis-benchmark'], why: 'a Redis server and a client that counts' },
  memcached: { proof: ['memcached'], why: 'a memcached server' },
  postgresql: { proof: ['/usr/lib/postgresql'], why: 'a PostgreSQL server' },
  'mariadb-server': { proof: ['mariadbd'], why: 'a MySQL server' },
  'rabbitmq-server': { proof: ['rabbitmq-server'], why: 'an AMQP, MQTT and STOMP broker' },
  'nats-server': { proof: ['nats-server'], why: 'a NATS server' },
  mosquitto: { proof: ['mosquitto'], why: 'an MQTT broker' },
  'mosquitto-clients': { proof: ['mosquitto_pub'], why: 'an MQTT client' },
  'etcd-server': { proof: ['etcd'], why: 'a gRPC server' },
  slapd: { proof: ['slapd'], why: 'an LDAP server' },
  'ldap-utils': { proof: ['ldapsearch'], why: 'an LDAP client' },
  vsftpd: { proof: ['vsftpd'], why: 'an FTP server' },
  'exim4-daemon-light': { proof: ['exim4'], why: 'a mail server' },
  'openssh-server': { proof: ['/usr/sbin/sshd'], why: 'an SSH server' },
  'openssh-client': { proof: ['ssh'], why: 'an SSH client' },
  openssl: { proof: ['openssl'], why: 'certificates and a TLS client' },
  binutils: { proof: ['objdump'], why: 'cuts machine code, to compare with' },
  'gnutls-bin': { proof: ['gnutls-cli', 'gnutls-serv'], why: 'a TLS client and server of another making' },
  clang: { proof: ['clang'], why: 'compiles the kernel programs' },
  'libbpf-dev': { proof: ['/usr/include/bpf/bpf_helpers.h'], why: 'headers that the kernel programs include' },
  'python3-minimal': { proof: ['python3'], why: 'a client in another language' },
  'qemu-system-x86': { proof: ['qemu-system-x86_64'], why: 'boots other kernels' },
  'busybox-static': { proof: ['/bin/busybox'], why: 'the tools inside those machines' },
  cpio: { proof: ['cpio'], why: 'packs their file system' },
  'xz-utils': { proof: ['xz'], why: 'unpacks their modules' },
  chromium: { proof: ['chromium'], why: 'the browser that pages are tested in' },
} as const satisfies Record<string, TestPackage>;

/** A Debian package that a test may ask for. */
export type PackageName = keyof typeof table;

const searched = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'])];

/** Where a program is, also where only root looks for it; undefined where it is not installed. */
export function programPath(program: string): string | undefined {
  if (program.startsWith('/')) return existsSync(program) ? program : undefined;
  return searched.map((directory) => join(directory, program)).find((path) => existsSync(path));
}

/** True where all that the package brings is there, from whatever source. */
export function isInstalled(name: PackageName): boolean {
  return table[name].proof.every((program) => programPath(program) !== undefined);
}

/** Names of packages in a test's source: the lists that follow `packages:`. */
export function packagesNamedIn(source: string): PackageName[] {
  const lists = source.matchAll(/\bpackages:\s*\[([^\]]*)\]/g);
  const names = [...lists].flatMap((list) => [...list[1].matchAll(/'([^']+)'/g)].map((name) => name[1]));
  return [...new Set(names)].filter((name): name is PackageName => Object.hasOwn(table, name));
}

/**
 * Installs what of the packages is missing, where that is possible, and says so. Services that come with them are not
 * started. What cannot be installed is named; the tests that need it then skip themselves.
 */
export function installPackages(names: readonly PackageName[], say: (line: string) => void): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const may = process.getuid?.() === 0 && programPath('apt-get') !== undefined && !process.env.WIRELIGHT_NO_INSTALL;
  if (!may) {
    for (const name of missing) say(`missing ${name}: ${table[name].why}`);
    say(`tests that need them are skipped; on Debian or Ubuntu install them with: ${command}`);
    return;
  }
  for (const name of missing) say(`installing ${name}: ${table[name].why}`);
  withoutStartingServices(() => {
    if (aptGet('install', '-y', '--no-install-recommends', ...missing) === undefined) return;
    aptGet('update');
    const failure = aptGet('install', '-y', '--no-install-recommends', ...missing);
    if (failure !== undefined) say(`some could not be installed, their tests are skipped:\n${failure}`);
  });
}
