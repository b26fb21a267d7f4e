import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

describe('commandLine', () => {
  test.each([
    [['psql', 'postgres://app:hunter2@db/shop'], 'psql postgres://app:***@db/shop'],
    [['x', 'amqp://u:p@ss@host/v'], 'x amqp://u:***@host/v'],
    [['x', '--token', 'abc', '--port', '1'], 'x --token *** --port 1'],
    [['x', '--db-password=abc'], 'x --db-password=***'],
    [['java', '-Dspring.datasource.password=abc', '-jar', 'a.jar'], 'java -Dspring.datasource.password=*** -jar a.jar'],
    [['env', 'PGPASSWORD=abc', 'psql'], 'env PGPASSWORD=*** psql'],
    [
      ['curl', '-H', 'Authorization: Bearer abc', 'http://x/?a=1&api_key=abc'],
      'curl -H Authorization: *** http://x/?a=1&api_key=***',
    ],
    [['/usr/bin/mysql', '-uroot', '-pabc'], '/usr/bin/mysql -uroot -p***'],
    [['x', '{"user": "a", "db_password": "a\\"b", "n": 1}'], 'x {"user": "a", "db_password": "***", "n": 1}'],
    [['redis-cli', '-aabc'], 'redis-cli -a***'],
    [['node', '--no-auth', 'server.js'], 'node --no-auth server.js'],
    [['nginx', '-p', '/srv', '-c', 'nginx.conf'], 'nginx -p /srv -c nginx.conf'],
  ])('%j is shown as %s', (argv, shown) => {
    expect(commandLine(argv)).toBe(shown);
  });

  test('cuts a line of 10 KB and keeps it one line', () => {
    const shown = commandLine(['x', `a\n\u202e\0${'y'.repeat(10_240)}`]);
    expect(shown.length).toBe(4096);
    expect(shown.startsWith('x a \ufffd\ufffdyyy')).toBe(true);
    expect(shown.endsWith('…')).toBe(true);
  });

  test('never throws, never takes more than it may, whatever the arguments', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3000 }), { maxLength: 10 }), (argv) => {
        expect(commandLine(argv).length).toBeLessThanOrEqual(4096);
      }),
      { numRuns: 50 },
    );
  });
});
