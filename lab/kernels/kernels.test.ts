import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suite } from '../run/requires.ts';
import { type DebianKernel, fetchKernel, releases } from './debian-kernel.ts';
import type { GuestReport } from './guest/main.ts';
import { writeInitramfs } from './initramfs.ts';
import { bootMachine } from './machine.ts';

const root = join(import.meta.dirname, '../..');

/** Emulation is slow, and slower still where somebody else works on the same machine. */
const LONGEST_SECONDS = 400;

suite("Wirelight on Debian's kernels", {
  packages: ['qemu-system-x86', 'busybox-static', 'cpio', 'clang', 'libbpf-dev'],
  unless: process.arch === 'x64' ? undefined : 'boots x86-64 kernels only',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirelight-kernels-'));
  const initramfs = join(folder, 'initramfs.img');
  beforeAll(() => writeInitramfs(root, initramfs));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.for(Object.entries(releases))('captures all HTTP and DNS on Linux %s', async ([series, release], { skip }) => {
    let kernel: DebianKernel;
    try {
      kernel = await fetchKernel(release);
    } catch (error) {
      return skip(
        `the kernel of ${release} is not to be had: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      );
    }
    const { output, console: printed, exitCode } = await bootMachine(kernel.vmlinuz, initramfs, LONGEST_SECONDS);
    if (exitCode !== 0) throw new Error(`the guest failed:\n${output}\n${printed}`);
    const report: GuestReport = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    console.log(
      `Linux ${report.kernel}: ${report.seen.length} of ${report.made.length} requests seen, read times of ${report.read}, ` +
        `${report.named} of ${report.connections} connections named, ` +
        `not offered: ${report.missing.map(({ concern, why }) => `${concern} (${why})`).join(', ') || 'nothing'}`,
    );
    expect(report.kernel.startsWith(series)).toBe(true);
    expect(report.seen).toEqual(report.made);
    expect(report.losses).toEqual({});
    // One connection that was kept and a new one for every second request, all of this machine's one process.
    expect(report.connections).toBe(51);
    expect(report.named).toBe(51);
  });
});
