import { describe, expect, test } from 'vitest';
import { addAgentOptions } from './agent.ts';
import { newCommand } from './command.ts';
import { addServeOptions } from './serve.ts';
import { agentArguments, serveArguments } from './up.ts';

/** Every option that agent or server takes, with a value that is not the usual one. */
const agentLine = [
  ...['--server-token-file', 'token', '--server-ca', 'ca.pem', '--certificate', 'c.pem', '--key', 'k.pem'],
  ...['--cluster', 'blue', '--spool', '5000000', '--cgroup', 'shop.slice', '--capture-bytes', '1024', '--raw'],
  ...['--tls', 'web,api', '--poll', '3ms'],
];
const serveLine = [
  ...[
    '--data',
    '/srv/data',
    '--listen',
    '[::1]:8080',
    '--user',
    'nobody',
    '--name',
    'a.example',
    '--name',
    'b.example',
  ],
  ...['--store', 'http://store:8123', '--store-user', 'me', '--store-password-file', 'pw', '--store-cluster', 'c1'],
  ...['--disk-budget', '2000000000', '--memory', '600000000', '--retention', 'requests=7', '--retention', 'flows=3'],
  ...['--tls-cert', 'cert.pem', '--tls-key', 'key.pem', '--behind-tls', '--ingest-listen', '0.0.0.0:7576'],
  ...['--ingest-token-file', 'it', '--ingest-client-ca', 'ica.pem', '--oidc', 'oidc.yaml'],
];

const parsed = (add: typeof addAgentOptions, line: readonly string[]) => {
  const command = add(newCommand([])).exitOverride();
  command.parse([...line], { from: 'user' });
  return { options: command.opts(), flags: command.options.map(({ long }) => long) };
};

describe('what up passes on', () => {
  test.each([
    ['agent', addAgentOptions, agentLine, agentArguments] as const,
    // The data directory is passed on for both.
    ['server', addServeOptions, serveLine, (o: never) => ['--data', '/srv/data', ...serveArguments(o)]] as const,
  ])('to the %s are all options that it takes, as they were given', (_name, add, line, argumentsOf) => {
    const given = parsed(add, line);
    for (const flag of given.flags) expect(line, 'this test lacks an option').toContain(flag);
    expect(parsed(add, argumentsOf(given.options as never)).options).toEqual(given.options);
  });
});
