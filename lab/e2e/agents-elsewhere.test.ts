/** An agent and a server on two hosts (network namespaces with a cable between them): who gets through, and what is said to who does not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placesIn } from '../../src/cli/up/data-directory.ts';
import { connect } from '../net/cable.ts';
import { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';

const root = join(import.meta.dirname, '../..');
const lab = new Lab();
const [here, there] = [lab.namespace(), lab.namespace()];
const cgroup = lab.cgroup();
const folder = lab.folder();
const file = (name: string): string => join(folder, name);
const wirelight = ['--import', 'tsx', join(root, 'src/cli/main.ts')];

/** A certificate for the server's address, signed by an authority. @param days negative: it has expired */
async function certificate(name: string, authority: string, days: number): Promise<void> {
  const openssl = (...args: string[]) => lab.run('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`];
  writeFileSync(file('names'), 'subjectAltName=IP:10.78.0.2\n');
  await openssl('req', ...newKey, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
  const signed = ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`), '-CAcreateserial'];
  const kept = ['-days', String(days), '-extfile', file('names'), '-out', file(`${name}.pem`)];
  await openssl('x509', '-req', '-in', file(`${name}.csr`), ...signed, ...kept);
}

async function authority(name: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file(`${name}.key`)];
  await lab.run('openssl', [
    'req',
    '-x509',
    ...key,
    '-out',
    file(`${name}.pem`),
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
  ]);
}

beforeAll(async () => {
  connect({ namespace: here, addresses: ['10.78.0.1/24'] }, { namespace: there, addresses: ['10.78.0.2/24'] });
  for (const name of ['ca', 'other-ca']) await authority(name);
  await certificate('server', 'ca', 30);
  await certificate('old-server', 'ca', -1);
  await certificate('agent', 'ca', 30);
  await certificate('old-agent', 'ca', -1);
  await certificate('stranger', 'other-ca', 30);
  writeFileSync(file('token'), 'a token that is long enough\n');
  writeFileSync(file('wrong-token'), 'another token that is long\n');
}, 60_000);
afterAll(() => lab.close());

/** Starts a server over there. */
async function serve(cert: string, ...access: string[]): Promise<{ data: string; program: Program }> {
  const data = lab.folder();
  const tls = ['--tls-cert', file(`${cert}.pem`), '--tls-key', file(`${cert}.key`)];
  const listen = ['--listen', '127.0.0.1:17575', '--ingest-listen', '10.78.0.2:7576', '--user', 'root'];
  const program = await lab.start(
    process.execPath,
    [...wirelight, 'serve', '--data', data, ...listen, ...tls, ...access],
    {
      namespace: there,
      cwd: root,
      prints: /^https?:/m,
    },
  );
  return { data, program };
}

const agents: Program[] = [];

async function agent(...args: string[]): Promise<Program> {
  const all = ['agent', '--data', lab.folder(), '--cgroup', cgroup.path, '--server', 'https://10.78.0.2:7576', ...args];
  const program = await lab.start(process.execPath, [...wirelight, ...all], { namespace: here, cwd: root });
  agents.push(program);
  return program;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 40_000; !(await holds()) && Date.now() < deadline; ) await sleep(200);
}

/** Whether the server has heard of an agent. */
async function connected({ data }: { data: string }): Promise<number> {
  const token = readFileSync(placesIn(data).token, 'utf8').trim();
  const args = ['-sk', '-H', `Authorization: Bearer ${token}`, 'https://127.0.0.1:17575/api/v1/agents'];
  const { items } = JSON.parse(await lab.run('curl', args, { namespace: there })) as {
    items: { connected: boolean }[];
  };
  return items.filter((one) => one.connected).length;
}

async function end(...programs: Program[]): Promise<void> {
  for (const program of [...agents.splice(0), ...programs]) await program.stop();
}

/** What each of some agents says, which are started together. */
async function complaints(cases: readonly (readonly string[])[]): Promise<string[]> {
  const programs = await Promise.all(cases.map((args) => agent(...args)));
  await until(() => programs.every((program) => /wirelight agent: /.test(program.stderr)));
  return programs.map((program) => /wirelight agent: (.*)/.exec(program.stderr)?.[1] ?? program.stderr);
}

const trust = ['--server-ca', file('ca.pem')];
const as = (name: string): string[] => ['--certificate', file(`${name}.pem`), '--key', file(`${name}.key`)];

test('with the right token it gets through; with a wrong one, or a wrong authority, it says what to do', async () => {
  const server = await serve('server', '--ingest-token-file', file('token'));
  await agent(...trust, '--server-token-file', file('token'));
  await until(async () => (await connected(server)) === 1);
  expect(await connected(server)).toBe(1);
  await end();
  const said = await complaints([
    [...trust, '--server-token-file', file('wrong-token')],
    [...trust],
    ['--server-ca', file('other-ca.pem'), '--server-token-file', file('token')],
  ]);
  expect(said).toEqual([
    expect.stringMatching(/token is not the one of this server: --server-token-file must hold/),
    expect.stringMatching(/wants a token, and the agent said none: give --server-token-file/),
    expect.stringMatching(/certificate of https:\/\/10\.78\.0\.2:7576 is not signed by an authority.*--server-ca/),
  ]);
  await end(server.program);
}, 110_000);

test('with the right certificate it gets through; without one, with an old or a strange one, it says what to do', async () => {
  const server = await serve('server', '--ingest-client-ca', file('ca.pem'));
  await agent(...trust, ...as('agent'));
  await until(async () => (await connected(server)) === 1);
  expect(await connected(server)).toBe(1);
  await end();
  const said = await complaints([[...trust], [...trust, ...as('old-agent')], [...trust, ...as('stranger')]]);
  expect(said).toEqual([
    expect.stringMatching(/wants a certificate, and the agent showed none: give --certificate and --key/),
    expect.stringMatching(/agent's certificate has expired: renew it/),
    expect.stringMatching(/agent's certificate is not signed by the authority that this server trusts/),
  ]);
  await end(server.program);
}, 110_000);

test("a server's certificate that has expired, and a server that is not there, are named; what was seen goes through later", async () => {
  const old = await serve('old-server', '--ingest-token-file', file('token'));
  const program = await agent(...trust, '--server-token-file', file('token'));
  await until(() => /has expired/.test(program.stderr));
  expect(program.stderr).toMatch(
    /certificate of https:\/\/10\.78\.0\.2:7576 has expired: renew it there \(--tls-cert\)/,
  );
  await old.program.stop();
  await until(() => /no server listens/.test(program.stderr));
  expect(program.stderr).toMatch(/no server listens at .*: start it, or correct --server/);
  const server = await serve('server', '--ingest-token-file', file('token'));
  await until(() => /takes what is seen again/.test(program.stderr));
  expect(program.stderr).toMatch(/takes what is seen again/);
  expect(await connected(server)).toBe(1);
  await end(server.program);
}, 110_000);
