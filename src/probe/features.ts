import { readFileSync } from 'node:fs';
import { WirelightError } from '../base/errors.ts';
import { Btf } from './btf.ts';

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
    udpIterator: btf.struct('bpf_iter__udp') !== undefined,
  };
}
