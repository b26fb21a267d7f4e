import { describe, expect, test } from 'vitest';
import { commands } from './commands.ts';
import { run } from './run.ts';
import { keptIo } from './testing/fake-agent.ts';

async function said(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo();
  const code = await run(args, io);
  return { code, out: io.out(), err: io.err() };
}

describe('the command line', () => {
  test('shows every command with one line when nothing is asked', async () => {
    const { code, out } = await said();
    expect(code).toBe(0);
    for (const { name, summary } of commands) expect(out).toContain(`${name.padEnd(14)}  ${summary}`);
  });

  test.each(commands.map(({ name }) => name))('%s --help shows examples', async (name) => {
    const { code, out, err } = await said(name, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples:\n {2}# /);
    expect(out).toContain(`wirelight ${name}`);
    expect(out).not.toMatch(/default:\s*[[{]/);
    expect(err).toBe('');
    expect(await said('help', name)).toEqual({ code, out, err });
  });

  test.each<[string[], RegExp, RegExp]>([
    [['obsrve'], /unknown command 'obsrve'/, /did you mean observe\?/],
    [['observe', '--shwo', 'all'], /unknown option '--shwo'/, /did you mean --show\?/],
    [['observe', '--show', 'reqests'], /--show does not know "reqests"/, /did you mean requests\?/],
    [['observe', 'stauts:5xx'], /there is no field "stauts"/, /did you mean "status"\?/],
    [['observe', '--last', '0'], /--last takes a whole number of at least 1/, /./],
    [['observe', '--duration', 'soon'], /--duration takes a length of time/, /30s/],
    [['observe', '--port', '99999'], /"99999" is more than 65535/, /for example port:8000\.\.8999/],
    [['observe', 'from.port:1..65536'], /is more than 65535/, /./],
    [['serve', '--listen', '127.0.0.1:99999'], /127\.0\.0\.1:99999/, /see wirelight serve --help/],
    [['top', '--sort', 'speed'], /speed/, /see wirelight top --help/],
    [['observe', '-o', 'xml'], /xml/, /see wirelight observe --help/],
  ])('%j ends with code 2, what is wrong and what to do', async (args, what, next) => {
    const { code, out, err } = await said(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^wirelight: /);
    expect(err).toMatch(what);
    expect(err).toMatch(next);
  });

  test('options after the name of a command of a command belong to that', async () => {
    const { out } = await said('demo', 'status', '--help');
    expect(out).toContain('wirelight demo status');
    // No demo runs for a user without rights, and the question is understood all the same.
    expect((await said('demo', 'status', '-o', 'csv')).err).toMatch(/Allowed choices are table, json/);
  });

  test('says its version', async () => {
    const { code, out } = await said('--version');
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('colours help on a terminal, and not where NO_COLOR is set', async () => {
    const terminal = keptIo(100);
    await run(['--help'], terminal);
    expect(terminal.out()).toContain('\x1b[1m');
    const plain = keptIo(100, { NO_COLOR: '1' });
    await run(['--help'], plain);
    expect(plain.out()).not.toContain('\x1b');
  });

  test('the filter language is told in full, for people and for programs', async () => {
    expect((await said('filters')).out).toMatch(/status:5xx +the protocol's code/);
    const all: unknown = JSON.parse((await said('filters', '-o', 'json')).out);
    expect(all).toContainEqual(expect.objectContaining({ name: 'latency', unit: 'nanoseconds' }));
  });
});
