import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../net/lab.ts';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');

/** A checkout in small: the real script around a command line that prints its arguments and a kernel build that counts. */
class Checkout {
  readonly folder: string;

  constructor(lab: Lab) {
    this.folder = join(lab.folder(), 'check out');
    chmodSync(dirname(this.folder), 0o755);
    mkdirSync(this.folder);
    copyFileSync(join(root, 'wirelight'), this.path('wirelight'));
    copyFileSync(join(root, 'tsconfig.json'), this.path('tsconfig.json'));
    copyFileSync(join(root, 'tsconfig.build.json'), this.path('tsconfig.build.json'));
    this.write('package.json', '{ "name": "wirelight", "version": "1.0.0", "type": "module" }');
    this.write('package-lock.json', '{ "lockfileVersion": 3, "packages": { "": { "name": "wirelight" } } }');
    this.write('node_modules/.package-lock.json', '{ "lockfileVersion": 3, "packages": {} }');
    mkdirSync(this.path('node_modules/.bin'));
    for (const part of ['.bin/tsc', '@types', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', part), this.path(join('node_modules', part)));
    }
    this.write('src/cli/wirelight.ts', 'console.log(JSON.stringify(process.argv.slice(2)));\n');
    this.write(
      'bpf/build.sh',
      'cd "$(dirname "$0")/.." && mkdir -p "build/bpf/$(uname -m)" && echo built >>builds && sleep 0.3\n',
    );
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** How often the kernel programs were built. */
  get builds(): number {
    return existsSync(this.path('builds')) ? readFileSync(this.path('builds'), 'utf8').split('\n').length - 1 : 0;
  }
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const env = { ...process.env, ...options.env };
  return new Promise((resolve) => {
    execFile(command[0], command.slice(1), { ...options, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

describe('the wirelight script', () => {
  let lab: Lab;
  let checkout: Checkout;
  beforeEach(() => {
    lab = new Lab();
    checkout = new Checkout(lab);
  });
  afterEach(() => lab.close());
  const wirelight = (...args: string[]) => run([checkout.path('wirelight'), ...args]);

  it('sets up on the first run, says so on standard error, and hands all arguments on', async () => {
    const first = await wirelight('observe', 'a b', '', '--x=*');
    expect(first).toMatchObject({ code: 0, stdout: '["observe","a b","","--x=*"]\n' });
    expect(first.stderr).toBe('wirelight: building the kernel programs\nwirelight: building Wirelight\n');
  });

  it('says nothing and builds nothing when all is there', async () => {
    await wirelight('observe');
    expect(await wirelight('observe')).toEqual({ code: 0, stdout: '["observe"]\n', stderr: '' });
    expect(checkout.builds).toBe(1);
  });

  it('works through a symlink and from any directory', async () => {
    const link = join(lab.folder(), 'wl');
    symlinkSync(checkout.path('wirelight'), link);
    const other = join(lab.folder(), 'wl2');
    symlinkSync(link, other);
    expect(await run([other, 'observe'], { cwd: '/' })).toMatchObject({ code: 0, stdout: '["observe"]\n' });
  });

  it('builds only what changed, and nothing where only times or tests did', async () => {
    await wirelight('observe');
    checkout.write('src/cli/wirelight.ts', 'console.log("new");\n');
    expect(await wirelight('observe')).toEqual({ code: 0, stdout: 'new\n', stderr: 'wirelight: building Wirelight\n' });
    checkout.write('bpf/drops.bpf.c', 'int x;\n');
    expect((await wirelight('observe')).stderr).toBe('wirelight: building the kernel programs\n');
    utimesSync(checkout.path('src/cli/wirelight.ts'), new Date(), new Date());
    checkout.write('src/cli/main.test.ts', 'nonsense');
    expect((await wirelight('observe')).stderr).toBe('');
    expect(checkout.builds).toBe(2);
  });

  it('notices a change that carries an old date', async () => {
    await wirelight('observe');
    checkout.write('src/cli/wirelight.ts', 'console.log("old");\n');
    utimesSync(checkout.path('src/cli/wirelight.ts'), new Date(0), new Date(0));
    expect((await wirelight('observe')).stdout).toBe('old\n');
  });

  it('leaves out what belongs to a removed source', async () => {
    checkout.write('src/base/gone.ts', 'export {};\n');
    await wirelight('observe');
    rmSync(checkout.path('src/base/gone.ts'));
    await wirelight('observe');
    expect(existsSync(checkout.path('dist/base/gone.js'))).toBe(false);
  });

  it('builds once when two start at the same time', async () => {
    const both = await Promise.all([wirelight('observe', '1'), wirelight('observe', '2')]);
    expect(both.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, '["observe","1"]\n'],
      [0, '["observe","2"]\n'],
    ]);
    expect(checkout.builds).toBe(1);
  });

  it('shows what a failing build said, ends with an error, and tries again the next time', async () => {
    checkout.write('bpf/build.sh', 'echo "drops.bpf.c:3: no such thing" >&2; exit 1\n');
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code, stdout, stderr } = await wirelight('observe');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('drops.bpf.c:3: no such thing\nwirelight: building the kernel programs failed.');
    }
  });

  it('does without the kernel programs where a command does', async () => {
    for (const args of [['read', 'x.pcap'], ['observe', '--help'], ['--version']]) {
      expect(await wirelight(...args)).toMatchObject({ code: 0, stdout: `${JSON.stringify(args)}\n` });
    }
    expect(checkout.builds).toBe(0);
  });

  it('takes help that belongs to another program for an argument', async () => {
    await wirelight('capture', '--', 'curl', '--help');
    expect(checkout.builds).toBe(1);
  });
});

const unprivileged = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

suite('the wirelight script and the machine', { root: true, packages: ['util-linux'] }, () => {
  let lab: Lab;
  let checkout: Checkout;
  beforeEach(() => {
    lab = new Lab();
    checkout = new Checkout(lab);
  });
  afterEach(() => lab.close());

  /** Runs the script where /etc/os-release says something else and libbpf's headers are not there. */
  function elsewhere(osRelease: string, as: readonly string[] = []): Promise<Outcome> {
    const file = join(lab.folder(), 'os-release');
    writeFileSync(file, osRelease);
    const hide = 'mount --bind "$0" /etc/os-release && mount -t tmpfs none /usr/include/bpf && exec "$@"';
    const command = ['unshare', '--mount', 'sh', '-c', hide, file, ...as, checkout.path('wirelight'), 'observe'];
    return run(command, { env: { CLANG: '/nowhere/clang' } });
  }

  it.each([
    ['ID=fedora', 'dnf install -y clang libbpf-devel'],
    ['ID=almalinux\nID_LIKE="rhel centos fedora"', 'dnf install -y clang libbpf-devel'],
    ['ID=arch', 'pacman -S --needed clang libbpf'],
    ['ID=alpine', 'apk add clang libbpf-dev'],
    ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', 'zypper install -y clang libbpf-devel'],
  ])('names the packages of %j and installs nothing', async (osRelease, command) => {
    const { code, stdout, stderr } = await elsewhere(osRelease);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('compiles the kernel programs');
    expect(stderr.trimEnd().endsWith(`: ${command}`)).toBe(true);
    expect(checkout.builds).toBe(0);
  });

  it('names what is missing where it knows no package manager', async () => {
    const { code, stderr } = await elsewhere('ID=homemade');
    expect(code).toBe(1);
    expect(stderr).toContain('the headers of libbpf');
    expect(stderr).toContain('install it with your package manager');
  });

  it('names the command to run where it has no right to install', async () => {
    for (const file of ['', 'build', 'node_modules']) {
      mkdirSync(checkout.path(file), { recursive: true });
      chownSync(checkout.path(file), 65534, 65534);
    }
    const { code, stderr } = await elsewhere('ID=debian', unprivileged);
    expect(code).toBe(1);
    expect(stderr.trimEnd().endsWith('sudo apt-get install -y clang libbpf-dev')).toBe(true);
  });

  it('does not install a Node.js that is too old, and says which one is offered', async () => {
    const fakes = lab.folder();
    const fake = (name: string, script: string): void =>
      writeFileSync(join(fakes, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    fake('node', 'echo v18.20.4');
    fake('apt-cache', 'printf "%s:\\n  Installed: (none)\\n  Candidate: 18.20.4+dfsg-1~deb12u1\\n" "$2"');
    fake('apt-get', 'echo "apt-get $*" >>"$(dirname "$0")/ran"');
    const path = `${fakes}:${process.env.PATH}`;
    const { code, stderr } = await run([checkout.path('wirelight'), 'read', 'x'], { env: { PATH: path } });
    expect(code).toBe(1);
    expect(stderr).toContain('this release offers Node.js 18.20.4, and Wirelight needs 20 or newer');
    expect(existsSync(join(fakes, 'ran'))).toBe(false);
  });

  it('serves people who may not write to it, once somebody has built it', async () => {
    const asNobody = () => run([...unprivileged, checkout.path('wirelight'), 'read', 'x']);
    expect((await asNobody()).stderr).toMatch(/has to be built and belongs to root: run .*wirelight once as that user/);
    await run([checkout.path('wirelight'), 'read', 'x']);
    expect(await asNobody()).toEqual({ code: 0, stdout: '["read","x"]\n', stderr: '' });
    utimesSync(checkout.path('src/cli/wirelight.ts'), new Date(), new Date());
    expect(await asNobody()).toEqual({ code: 0, stdout: '["read","x"]\n', stderr: '' });
    checkout.write('src/cli/wirelight.ts', 'console.log("new");\n');
    expect(await asNobody()).toMatchObject({ code: 1, stdout: '' });
  });

  it("leaves what it builds as root in somebody's checkout to them", async () => {
    for (const file of ['.', 'src', 'node_modules', 'wirelight']) chownSync(checkout.path(file), 65534, 65534);
    await run([checkout.path('wirelight'), 'observe']);
    checkout.write('src/cli/wirelight.ts', 'console.log("mine");\n');
    expect(await run([...unprivileged, checkout.path('wirelight'), 'observe'])).toMatchObject({ stdout: 'mine\n' });
  });
});
