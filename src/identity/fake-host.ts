/** A fake file system of a host for tests: /proc of made-up processes, records of made-up containers. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A process to make up. */
export interface FakeProcess {
  readonly pid: number;
  readonly comm?: string;
  readonly argv?: readonly string[];
  readonly executable?: string;
  readonly cgroup?: string;
  readonly startTicks?: number;
  readonly parentPid?: number;
  readonly uid?: number;
  readonly netns?: number;
  readonly cwd?: string;
  readonly kernelThread?: boolean;
}

/** A directory that looks like a host's root, removed when disposed of. */
export class FakeHost implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'fake-host-'));
  readonly procRoot = join(this.root, 'proc');

  constructor() {
    this.file('proc/uptime', '1000.00 2000.00\n');
    this.file('etc/hosts', '127.0.0.1 localhost\n');
    this.file('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n');
  }

  file(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  start(process: FakeProcess): void {
    const { pid, comm = 'nginx', argv = ['nginx'], executable = '/usr/sbin/nginx', cgroup = '0::/\n' } = process;
    this.exit(pid);
    const directory = `proc/${pid}`;
    const flags = process.kernelThread === true ? 0x200040 : 0x400000;
    const zeros = Array<number>(12).fill(0).join(' ');
    const fields = `S ${process.parentPid ?? 1} 1 1 0 -1 ${flags} ${zeros} ${process.startTicks ?? 500}`;
    this.file(`${directory}/stat`, `${pid} (${comm}) ${fields} 0 0\n`);
    this.file(`${directory}/status`, `Name:\t${comm}\nUid:\t0\t${process.uid ?? 33}\t33\t33\n`);
    this.file(`${directory}/cmdline`, argv.map((a) => `${a}\0`).join(''));
    this.file(`${directory}/cgroup`, cgroup);
    if (executable !== '') this.link(`${directory}/exe`, executable);
    this.link(`${directory}/ns/net`, `net:[${process.netns ?? 4026531840}]`);
    if (process.cwd !== undefined) this.link(`${directory}/cwd`, process.cwd);
  }

  exit(pid: number): void {
    rmSync(join(this.procRoot, String(pid)), { recursive: true, force: true });
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    symlinkSync(target, join(this.root, path));
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
