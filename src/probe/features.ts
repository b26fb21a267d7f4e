import { closeSync, readFileSync } from 'node:fs';
import { WirelightError } from '../base/errors.ts';
import { Btf } from './btf.ts';
import { native } from './libbpf.ts';

/** What the running kernel can do, probed by its own type information and not guessed from its version. */
export interface Features {
  /** Tracing programs may ask for socket cookies (5.12); older kernels are joined by addresses. */
  readonly socketCookies: boolean;
  /** Tracing programs may use socket storage (5.11): when a process read its request. */
  readonly socketStorage: boolean;
  /** Dropped packets carry a reason (5.17). */
  readonly dropReasons: boolean;
  /** Names of drop reasons by number; empty where there are none. */
  readonly reasonNames: ReadonlyMap<number, string>;
  /** Packet programs may ask which task is running (6.10); older kernels note the users of sockets elsewhere. */
  readonly packetTask: boolean;
  /** Packet programs may ask for its name too (6.13). */
  readonly packetTaskName: boolean;
  /** Programs can tell what they are attached to (5.15). */
  readonly attachCookies: boolean;
  /** Programs may ask for the registers of the running task (5.15): goroutines are known by them. */
  readonly taskRegisters: boolean;
  /** A program can be attached to many instructions of a file at once (6.6). */
  readonly manyUprobes: boolean;
  /** UDP sockets can be listed (5.9). */
  readonly udpIterator: boolean;
}

/** Where the kernel's type information is; another place may be named for tests and for kernels that lack it. */
export function kernelBtfPath(): string {
  return process.env.WIRELIGHT_KERNEL_BTF ?? '/sys/kernel/btf/vmlinux';
}

/**
 * Probes the running kernel.
 * @throws WirelightError `no_btf` where the kernel does not describe its types
 */
export function probeFeatures(): Features {
  const path = kernelBtfPath();
  let btf: Btf;
  try {
    btf = new Btf(readFileSync(path));
  } catch (cause) {
    throw new WirelightError('no_btf', 'this kernel does not describe its types (BTF)', {
      why: `${path} cannot be read`,
      next: 'use a kernel built with CONFIG_DEBUG_INFO_BTF=y: those of Debian 11+, Ubuntu 20.10+, RHEL 8.2+, Fedora 31+ are',
      cause,
    });
  }
  const reasons = btf.enumeration('skb_drop_reason') ?? [];
  return {
    socketCookies: btf.hasFunction('bpf_get_socket_ptr_cookie'),
    socketStorage: btf.hasFunction('bpf_sk_storage_get_tracing'),
    dropReasons: reasons.length > 0 && (btf.tracepointArguments('kfree_skb') ?? 0) >= 3,
    reasonNames: new Map(reasons.map((r) => [r.value, r.name.replace(/^SKB_(DROP_REASON_)?/, '')])),
    packetTask: packetProgramLoads([CALL_GET_CURRENT_PID_TGID]),
    packetTaskName: packetProgramLoads([R1_IS_STACK, R1_MINUS_16, R2_IS_16, CALL_GET_CURRENT_COMM]),
    attachCookies: btf.hasFunction('bpf_get_attach_cookie_trace'),
    taskRegisters: btf.hasFunction('bpf_task_pt_regs'),
    manyUprobes: (btf.enumeration('bpf_attach_type') ?? []).some(({ name }) => name === 'BPF_TRACE_UPROBE_MULTI'),
    udpIterator: btf.struct('bpf_iter__udp') !== undefined,
  };
}

/** BPF instructions (linux/bpf.h): code, registers, offset, immediate value. */
const CALL_GET_CURRENT_PID_TGID = [0x85, 0, 0, 0, 14, 0, 0, 0];
const CALL_GET_CURRENT_COMM = [0x85, 0, 0, 0, 16, 0, 0, 0];
const R1_IS_STACK = [0xbf, 0xa1, 0, 0, 0, 0, 0, 0];
const R1_MINUS_16 = [0x07, 0x01, 0, 0, 0xf0, 0xff, 0xff, 0xff];
const R2_IS_16 = [0xb7, 0x02, 0, 0, 16, 0, 0, 0];
const R0_IS_1 = [0xb7, 0, 0, 0, 1, 0, 0, 0];
const EXIT = [0x95, 0, 0, 0, 0, 0, 0, 0];
const BPF_PROG_TYPE_CGROUP_SKB = 8;
const EINVAL = 22;

/** True unless the kernel says that a packet program of a cgroup may not do this. */
function packetProgramLoads(instructions: readonly (readonly number[])[]): boolean {
  const code = Uint8Array.from([...instructions, R0_IS_1, EXIT].flat());
  const fd = native().bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, 'probe', 'GPL', code, code.length / 8, null);
  if (fd >= 0) closeSync(fd);
  // Anything else (no right, no memory) will be said when the real programs are loaded.
  return fd !== -EINVAL;
}
