import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import type { ServerPlace } from '../net/servers.ts';
import type { Certificates } from './tls.ts';

/** Runs a client to its end whatever comes of it. */
async function attempt(lab: Lab, command: string, args: readonly string[]): Promise<void> {
  await lab.run(command, args).catch(() => undefined);
}

/** Starts vsftpd for anonymous users: `a.txt` is there, `up` may be written to. */
export function startFtp(lab: Lab, place: ServerPlace): Promise<Program> {
  const folder = lab.folder();
  for (const name of ['home', 'empty', 'home/up']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'home/a.txt'), 'hello\n');
  writeFileSync(
    join(folder, 'vsftpd.conf'),
    `listen=YES
listen_address=127.0.0.1
listen_port=${place.port}
anonymous_enable=YES
anon_root=${folder}/home
secure_chroot_dir=${folder}/empty
background=NO
seccomp_sandbox=NO
`,
  );
  return lab.start('vsftpd', [join(folder, 'vsftpd.conf')], { ...place });
}

/** Fetches a file that is there and one that is not. */
export async function exerciseFtp(lab: Lab, port: number): Promise<void> {
  for (const file of ['a.txt', 'up/none.txt']) await attempt(lab, 'curl', ['-sS', `ftp://127.0.0.1:${port}/${file}`]);
}

/** Starts exim, which takes mail for everybody but `forbidden.test`, and keeps none of it. */
export async function startSmtp(lab: Lab, place: ServerPlace, certificates: Certificates): Promise<Program> {
  const folder = lab.folder();
  const [user, group] = (await lab.run('sh', ['-c', 'id -u Debian-exim; id -g Debian-exim'])).split('\n').map(Number);
  const data = join(folder, 'data');
  mkdirSync(join(data, 'spool'), { recursive: true });
  await lab.run('cp', [certificates.server.certificate, join(data, 'cert.pem')]);
  await lab.run('cp', [certificates.server.key, join(data, 'key.pem')]);
  await lab.run('chown', ['-R', `${user}:${group}`, data]);
  chownSync(folder, user, group);
  const config = join(folder, 'exim.conf');
  writeFileSync(
    config,
    `keep_environment =
spool_directory = ${data}/spool
log_file_path = ${data}/%slog
pid_file_path = ${data}/pid
primary_hostname = mail.test
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = ${data}/cert.pem
tls_privatekey = ${data}/key.pem
acl_smtp_rcpt = recipient
acl_smtp_data = content
begin acl
recipient:
  deny domains = forbidden.test
  accept
content:
  accept
begin routers
nowhere:
  driver = redirect
  data = :blackhole:
`,
  );
  return lab.start('exim4', ['-bdf', '-C', config, '-oX', String(place.port)], { ...place });
}

/** Sends a mail, one to a forbidden domain, and one by way of STARTTLS. */
export async function exerciseSmtp(lab: Lab, port: number): Promise<void> {
  const mail = join(lab.folder(), 'mail');
  writeFileSync(
    mail,
    `From: a@shop.test\r\nSubject: hello\r\n\r\n${'A line of text.\r\n'.repeat(40)}..\r\n.x\r\nend\r\n`,
  );
  const send = (to: string, ...options: string[]) =>
    attempt(lab, 'curl', [
      '-sS',
      `smtp://127.0.0.1:${port}/client.test`,
      '--mail-from',
      'a@shop.test',
      '--mail-rcpt',
      to,
      '-T',
      mail,
      ...options,
    ]);
  await send('b@customer.test');
  await send('c@forbidden.test');
  await send('b@customer.test', '--ssl-reqd', '-k');
}

/** Starts slapd with an empty directory below dc=example,dc=org. */
export function startLdap(lab: Lab, place: ServerPlace, certificates: Certificates): Promise<Program> {
  const folder = lab.folder();
  mkdirSync(join(folder, 'data'));
  const config = join(folder, 'slapd.conf');
  writeFileSync(
    config,
    `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
TLSCertificateFile ${certificates.server.certificate}
TLSCertificateKeyFile ${certificates.server.key}
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw secret
directory ${folder}/data
`,
  );
  return lab.start('slapd', ['-d', '0', '-h', `ldap://127.0.0.1:${place.port}`, '-f', config], { ...place });
}

/** Adds, searches, compares, changes and deletes; logs in wrongly; goes over to TLS. */
export async function exerciseLdap(lab: Lab, port: number): Promise<void> {
  const folder = lab.folder();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const at = ['-x', '-H', `ldap://127.0.0.1:${port}`];
  const admin = [...at, '-D', 'cn=admin,dc=example,dc=org', '-w', 'secret'];
  const alice = 'uid=alice,dc=example,dc=org';
  const entries = file(
    'entries.ldif',
    `dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ${alice}
objectClass: inetOrgPerson
cn: Alice
sn: A
uid: alice
`,
  );
  await attempt(lab, 'ldapadd', [...admin, '-f', entries]);
  await attempt(lab, 'ldapsearch', [...at, '-b', 'dc=example,dc=org', '(objectClass=*)', 'cn']);
  await attempt(lab, 'ldapsearch', [...at, '-b', 'ou=nowhere,dc=example,dc=org']);
  await attempt(lab, 'ldapcompare', [...at, alice, 'sn:B']);
  const change = file('change.ldif', `dn: ${alice}\nchangetype: modify\nreplace: sn\nsn: B\n`);
  await attempt(lab, 'ldapmodify', [...admin, '-f', change]);
  await attempt(lab, 'ldapwhoami', [...at, '-D', 'cn=admin,dc=example,dc=org', '-w', 'wrong']);
  await attempt(lab, 'env', ['LDAPTLS_REQCERT=never', 'ldapwhoami', ...admin, '-ZZ']);
  await attempt(lab, 'ldapdelete', [...admin, alice]);
}

/** Starts sshd with new keys, and gives the path of the key of its only user. */
export async function startSsh(lab: Lab, place: ServerPlace): Promise<{ program: Program; key: string }> {
  const folder = lab.folder();
  const file = (name: string) => join(folder, name);
  for (const name of ['host', 'user']) await lab.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
  mkdirSync('/run/sshd', { recursive: true });
  const options = [
    'ListenAddress=127.0.0.1',
    `AuthorizedKeysFile=${file('user.pub')}`,
    'StrictModes=no',
    'PidFile=none',
    'UsePAM=no',
  ];
  const args = ['-D', '-e', '-f', '/dev/null', '-p', String(place.port), '-h', file('host')];
  const program = await lab.start('/usr/sbin/sshd', [...args, ...options.flatMap((option) => ['-o', option])], {
    ...place,
  });
  return { program, key: file('user') };
}

/** Logs in and runs a command; then finds no algorithm in common. */
export async function exerciseSsh(lab: Lab, port: number, key: string): Promise<void> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap((option) => ['-o', option]);
  const ssh = (...more: string[]) =>
    attempt(lab, 'ssh', ['-F', '/dev/null', '-p', String(port), '-i', key, ...options, ...more, '127.0.0.1', 'true']);
  await ssh();
  await ssh('-o', 'HostKeyAlgorithms=ecdsa-sha2-nistp256');
}
