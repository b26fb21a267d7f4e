import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { edgeSchema, recordSchema } from '../../src/model/json.ts';
import { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');
const wirelight = ['--import', 'tsx', join(root, 'src/cli/main.ts')];

suite('The live commands, as people run them', { root: true }, () => {
  const lab = new Lab();
  const server: Server = createServer((request, response) => {
    response.statusCode = request.url === '/fail' ? 500 : 200;
    response.end('hello');
  });
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    lab.defer(() => new Promise((resolve) => server.close(() => resolve())));
  });
  afterAll(() => lab.close());

  const ask = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ port, path, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', resolve)).on(
        'error',
        reject,
      );
    });

  /** Asks again and again until the condition holds: nobody knows when a command begins to see. */
  async function askUntil(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 200 && !condition(); i++) {
      await ask('/users/17');
      await ask('/fail');
      await sleep(50);
    }
    expect(condition()).toBe(true);
  }

  /** Runs a command on a terminal of its own (script gives it one) and lets a test press keys. */
  const onTerminal = (columns: number, ...args: string[]): Promise<Program> => {
    const line = [process.execPath, ...wirelight, ...args].map((word) => `'${word}'`).join(' ');
    return lab.start('script', ['-qefc', `stty cols ${columns} rows 20; exec ${line}`, '/dev/null'], { cwd: root });
  };

  it('observe writes JSON lines that the contract allows, ends on Ctrl-C with a summary, and exits with 0', async () => {
    const args = ['observe', '-o', 'json', '--show', 'all', `port:${port}`];
    const program = await lab.start(process.execPath, [...wirelight, ...args], { cwd: root });
    await askUntil(() => program.stdout.split('\n').length > 20);
    process.kill(program.pid, 'SIGINT');
    expect(await program.ended).toBe(0);
    const records = program.stdout
      .trim()
      .split('\n')
      .map((line) => recordSchema.parse(JSON.parse(line)));
    const requests = records.filter((record) => record.type === 'request');
    expect(requests.map(({ operation, status }) => `${operation} ${status}`)).toEqual(
      expect.arrayContaining(['GET /users/{id} 200', 'GET /fail 500']),
    );
    for (const request of requests) {
      expect(request).toMatchObject({ side: 'both', destination: { port, pid: process.pid, local: true } });
    }
    expect(program.stderr).toMatch(/seen {2}[\d,]+ requests, .* matched\nlost {2}nothing\n$/);
  });

  it('observe ends by itself after so many records', async () => {
    const args = ['observe', '-n', '3', '-o', 'csv', `port:${port}`, 'status:5xx'];
    const program = await lab.start(process.execPath, [...wirelight, ...args], { cwd: root });
    let over = false;
    void program.ended.then(() => {
      over = true;
    });
    await askUntil(() => over);
    expect(program.stdout.trim().split('\n').length).toBe(4);
  });

  it('observe ends quietly when its reader has seen enough', async () => {
    const line = [process.execPath, ...wirelight, 'observe', '-q', `port:${port}`].join(' ');
    const program = await lab.start('bash', ['-c', `${line} | head -n 2; echo "codes \${PIPESTATUS[*]}"`], {
      cwd: root,
    });
    await askUntil(() => program.stdout.includes('codes'));
    expect(program.stdout).toMatch(/^TIME .*\n[\d:.]+ .*GET .*\ncodes 0 0\n$/);
    expect(program.stderr).toBe('');
  });

  it('top draws in place, takes keys, and leaves its last picture behind', async () => {
    const program = await onTerminal(110, 'top', `port:${port}`);
    await askUntil(() => program.stdout.includes(`:${port}`));
    expect(program.stdout).toContain('\x1b[?1049h');
    program.child.stdin?.write('9 ');
    await askUntil(() => program.stdout.includes('paused'));
    program.child.stdin?.write('q');
    expect(await program.ended).toBe(0);
    const after = stripVTControlCharacters(program.stdout.split('\x1b[?1049l')[1]);
    const lines = after.split(/\r?\n/);
    expect(lines[0]).toMatch(/^wirelight top {2}\d edges? .*paused$/);
    expect(lines[1]).toMatch(/^SOURCE .*P95↓/);
    expect(lines[2]).toContain(`:${port}`);
    expect(after).toMatch(/lost {2}nothing\s+$/);
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(110);
  });

  it('top gives scripts one JSON line an edge', async () => {
    const args = ['top', '--once', '-w', '3s', '-o', 'json', `port:${port}`];
    const program = await lab.start(process.execPath, [...wirelight, ...args], { cwd: root });
    let over = false;
    void program.ended.then(() => {
      over = true;
    });
    await askUntil(() => over);
    const edges = program.stdout
      .trim()
      .split('\n')
      .map((line) => edgeSchema.parse(JSON.parse(line)));
    expect(edges.find(({ protocol }) => protocol === 'http')).toMatchObject({ destination: { port } });
  });

  it('a command that may not watch says why and what to do, and nothing else', async () => {
    const line = [process.execPath, ...wirelight, 'observe'].join(' ');
    const program = await lab.start('setpriv', ['--bounding-set=-all', '--inh-caps=-all', 'bash', '-c', line], {
      cwd: root,
    });
    expect(await program.ended).not.toBe(0);
    expect(program.stdout).toBe('');
    expect(program.stderr).toMatch(/^wirelight: .*\n {2}why {2}.*\n {2}next .*\n$/);
  });
});
