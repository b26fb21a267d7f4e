import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { suite } from '../run/requires.ts';
import { connect } from './cable.ts';
import { Lab } from './lab.ts';
import { startNginx } from './servers.ts';

describe('closing a lab', () => {
  it('undoes in reverse order and goes on after a failure', async () => {
    const lab = new Lab();
    const undone: number[] = [];
    lab.defer(() => {
      undone.push(1);
    });
    lab.defer(() => Promise.reject(new Error('second')));
    lab.defer(() => {
      undone.push(3);
    });
    await expect(lab.close()).rejects.toThrow('second');
    expect(undone).toEqual([3, 1]);
  });

  it('tells what a program printed when it ends instead of getting ready', async () => {
    const lab = new Lab();
    const start = lab.start('sh', ['-c', 'echo no such luck >&2; exit 3'], { prints: /ready/ });
    await expect(start).rejects.toThrow(/ended with 3.*\n.*no such luck/);
    await lab.close();
  });
});

suite('a lab with namespaces', { root: true, packages: ['iproute2', 'util-linux', 'nginx', 'curl'] }, () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  it('lets a client in one namespace ask a server in another, over IPv4 and IPv6', async () => {
    const [web, user] = [lab.namespace(), lab.namespace()];
    connect(
      { namespace: web, addresses: ['10.81.0.1/24', 'fd81::1/64'] },
      { namespace: user, addresses: ['10.81.0.2/24', 'fd81::2/64'] },
    );
    const nginx = await startNginx(lab, { namespace: web, port: 8080 });
    expect(await lab.run('curl', ['-s', 'http://10.81.0.1:8080/'], { namespace: user })).toBe('ok');
    expect(
      await lab.run('curl', ['-s', 'http://[fd81::1]:8080/status/404', '-o', '/dev/null'], { namespace: user }),
    ).toBe('');
    expect((await nginx.logged(2)).map(({ method, uri, status }) => [method, uri, status])).toEqual([
      ['GET', '/', 200],
      ['GET', '/status/404', 404],
    ]);
  });

  it('leaves neither namespace nor program behind', async () => {
    const namespace = lab.namespace();
    const program = await lab.start('sleep', ['60'], { namespace });
    await lab.close();
    expect(existsSync(namespace.path)).toBe(false);
    expect(existsSync(`/proc/${program.pid}`)).toBe(false);
    expect(await program.ended).toBe('SIGTERM');
  });
});
