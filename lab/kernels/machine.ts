import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../run/packages.ts';

/** What a machine left behind. */
export interface MachineRun {
  /** What the guest printed. */
  readonly output: string;
  /** What the kernel and init printed. */
  readonly console: string;
  /** The guest's exit code, undefined where it did not come to its end. */
  readonly exitCode: number | undefined;
}

/**
 * Boots a kernel in an emulated machine with two processors and waits until it powers off. No hardware virtualisation is
 * needed. The emulator dies with this process.
 *
 * @param seconds after which it is switched off
 */
export async function bootMachine(vmlinuz: string, initramfs: string, seconds: number): Promise<MachineRun> {
  const folder = mkdtempSync(join(tmpdir(), 'wirelight-machine-'));
  const results = join(folder, 'results');
  const emulator = programPath('qemu-system-x86_64') ?? 'qemu-system-x86_64';
  // biome-ignore format: one option a line
  const args = [
    '--pdeathsig', 'KILL', '--', emulator,
    '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1024',
    '-display', 'none', '-monitor', 'none', '-no-reboot', '-nic', 'none',
    '-serial', 'stdio', '-serial', `file:${results}`,
    '-kernel', vmlinuz, '-initrd', initramfs,
    '-append', 'console=ttyS0 quiet panic=-1 rdinit=/init',
  ];
  try {
    const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        printed += data;
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    await new Promise((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    clearTimeout(timer);
    const output = readFileSync(results, 'utf8').replaceAll('\r\n', '\n');
    const ending = /^exit code (\d+)\n$/m.exec(output);
    return {
      console: printed,
      output: ending ? output.slice(0, ending.index) : output,
      exitCode: ending ? Number(ending[1]) : undefined,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
