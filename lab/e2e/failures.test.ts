import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab } from '../net/lab.ts';
import { programPath } from '../run/packages.ts';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');
const observe = [join(root, 'wirelight'), 'observe', '--output', 'json'];

/** A command line in front of another: it takes something away and then runs it. */
type Without = readonly string[];

const inOwnMounts = (change: string): Without => ['unshare', '--mount', 'sh', '-c', `${change} && exec "$@"`, 'sh'];

/** Reading all files is left to it, so that it does not matter where the checkout lies. */
const asNobody: Without = [
  ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  ...['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'],
];

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function end(
  without: Without,
  command: readonly string[] = observe,
  env: Record<string, string> = {},
): Promise<Ending> {
  const [file, ...args] = [...without, ...command];
  const options = { env: { ...process.env, ...env }, timeout: 60_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** One sentence that says what happened, then why and what to do: no stack, no second complaint, no output. */
function expectClear(ending: Ending, sentence: string, next: RegExp): void {
  expect(ending.stderr.split('\n')[0]).toBe(`wirelight: ${sentence}`);
  expect(ending.stderr).toMatch(next);
  expect(ending.stderr).not.toMatch(/^\s+at /m);
  expect(ending.stderr.match(/^wirelight:/gm)).toHaveLength(1);
  expect(ending.stdout).toBe('');
  expect(ending.code).toBeGreaterThan(0);
}

suite('wirelight observe where it cannot work', { root: true, packages: ['util-linux'] }, () => {
  beforeAll(() => end([], [observe[0], 'doctor']));

  it('says that it needs root', async () => {
    expectClear(
      await end(asNobody),
      'Wirelight cannot look into the kernel as this user',
      /next +run it as root: sudo/,
    );
  });

  it('says that the kernel does not describe its types', async () => {
    const ending = await end(inOwnMounts('mount -t tmpfs none /sys/kernel/btf'));
    expectClear(
      ending,
      'this kernel does not describe its types (BTF)',
      /next +use a kernel built with CONFIG_DEBUG_INFO_BTF/,
    );
  });

  it('says that bpf() is refused to it', async () => {
    const ending = await end(['setpriv', '--bounding-set=-bpf,-sys_admin']);
    expectClear(ending, 'connections could not be loaded', /why +the kernel refuses bpf\(\) to this process/);
    expect(ending.stderr).toMatch(/next +run as root, or with CAP_BPF/);
  });

  it('says that there is no cgroup v2 hierarchy', async () => {
    const ending = await end(inOwnMounts('umount -l -t cgroup2 -a'));
    expectClear(ending, 'no cgroup v2 hierarchy is mounted', /next +mount one: /);
  });

  it('says that the cgroup to watch does not exist', async () => {
    const ending = await end([], [...observe, '--cgroup', 'no/such/group']);
    expectClear(ending, 'there is no cgroup no/such/group', /next +choose one of: /);
  });

  it('says that its kernel programs are gone', async () => {
    const ending = await end([], observe, { WIRELIGHT_BPF_DIR: '/nowhere' });
    expectClear(ending, 'the kernel program /nowhere/connections.bpf.o is not there', /next +build it/);
  });

  it('says that libbpf cannot be used', async () => {
    const library = execFileSync('sh', [
      '-c',
      'readlink -f "$(ldconfig -p | sed -n "s/.*libbpf.so.1 .*=> //p" | head -n 1)"',
    ]);
    const ending = await end(inOwnMounts(`mount --bind /dev/null ${library.toString().trim()}`));
    expectClear(ending, 'libbpf cannot be loaded', /next +install it: /);
  });

  it('lets doctor tell the same, with an exit code for scripts', async () => {
    for (const without of [asNobody, inOwnMounts('mount -t tmpfs none /sys/kernel/btf')]) {
      const { code, stdout, stderr } = await end(without, [observe[0], 'doctor', '--output', 'json']);
      expect({ code: code > 0, stderr }).toEqual({ code: true, stderr: '' });
      expect(() => JSON.parse(stdout)).not.toThrow();
    }
  });
});

suite('wirelight observe that is killed', { root: true, packages: ['bpftool'] }, () => {
  const lab = new Lab();
  afterAll(() => lab.close());

  const kinds = ['prog', 'map', 'link'] as const;

  /** Ids of what a process holds in the kernel, by kind, as its file descriptors tell. */
  function heldBy(pid: number): number[][] {
    const infos = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => {
      try {
        return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
      } catch {
        return ''; // closed meanwhile
      }
    });
    return kinds.map((kind) =>
      infos.flatMap((info) =>
        [...info.matchAll(new RegExp(`^${kind}_id:\\s*(\\d+)$`, 'gm'))].map((id) => Number(id[1])),
      ),
    );
  }

  /** How many of these are in the kernel, whoever holds them. */
  function inKernel(ids: number[][]): number[] {
    return kinds.map((kind, index) => {
      const shown = execFileSync(programPath('bpftool') ?? 'bpftool', ['--json', kind, 'show'], { encoding: 'utf8' });
      const entries: { readonly id: number }[] = JSON.parse(shown);
      return entries.filter(({ id }) => ids[index].includes(id)).length;
    });
  }

  it('leaves no program, map or link in the kernel', async () => {
    const program = await lab.start(observe[0], observe.slice(1));
    const links = () => heldBy(program.pid)[2].length;
    for (let before = -1; links() === 0 || links() !== before; await sleep(500)) before = links();
    const held = heldBy(program.pid);
    expect(inKernel(held).every((count) => count > 0)).toBe(true);

    program.child.kill('SIGKILL');
    expect(await program.ended).toBe('SIGKILL');
    // The kernel frees them once no processor can be running one any more.
    for (let attempt = 0; attempt < 100 && inKernel(held).some((count) => count > 0); attempt++) await sleep(50);
    expect(inKernel(held)).toEqual([0, 0, 0]);
  });
});
