import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { WirelightError } from '../base/errors.ts';
import { cgroupRoot } from './cgroup.ts';
import { openElf } from './elf/index.ts';
import { kernelBtfPath } from './features.ts';
import { type Kernel, objectDirectory, openKernel } from './kernel.ts';
import { native } from './libbpf.ts';
import { planProbes } from './tls/index.ts';

/** One thing that Wirelight needs or can use. */
export interface Check {
  readonly check: string;
  /** ok: there. limited: works without, but something is not seen. missing: Wirelight cannot run. */
  readonly result: 'ok' | 'limited' | 'missing';
  /** What was found. */
  readonly found: string;
  /** What is used instead, or lost, or to be done; '' where all is well. */
  readonly consequence: string;
}

const capabilities: readonly (readonly [bit: number, name: string])[] = [
  [39, 'CAP_BPF'],
  [38, 'CAP_PERFMON'],
  [12, 'CAP_NET_ADMIN'],
  [21, 'CAP_SYS_ADMIN'],
  [19, 'CAP_SYS_PTRACE'],
];

/** Looks at everything that a live capture depends on, and finally starts one and stops it. */
export function diagnose(): Check[] {
  const checks: Check[] = [];
  const add = (check: string, result: Check['result'], found: string, consequence = ''): void => {
    checks.push({ check, result, found, consequence });
  };
  add('kernel', 'ok', `${release()} ${process.arch}`);
  const root = process.getuid?.() === 0;
  add('user', root ? 'ok' : 'missing', root ? 'root' : `uid ${process.getuid?.()}`, root ? '' : 'run as root (sudo)');
  checkCapabilities(add);
  const btf = existsSync(kernelBtfPath());
  add(
    'type information (BTF)',
    btf ? 'ok' : 'missing',
    btf ? kernelBtfPath() : 'none',
    btf ? '' : 'use a kernel built with CONFIG_DEBUG_INFO_BTF=y',
  );
  const cgroup = cgroupRoot();
  add(
    'cgroup v2',
    cgroup === undefined ? 'missing' : 'ok',
    cgroup ?? 'not mounted',
    cgroup === undefined ? 'mount it: mount -t cgroup2 none /sys/fs/cgroup/unified' : '',
  );
  checkLockdown(add);
  checkLibbpf(add);
  const objects = existsSync(objectDirectory());
  add('kernel programs', objects ? 'ok' : 'missing', objectDirectory(), objects ? '' : 'build them: npm run build:bpf');
  checkCapture(add);
  return checks;
}

type Add = (check: string, result: Check['result'], found: string, consequence?: string) => void;

function checkCapabilities(add: Add): void {
  const effective = BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const lacking = capabilities.filter(([bit]) => ((effective >> BigInt(bit)) & 1n) === 0n).map(([, name]) => name);
  // CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON.
  const needed = lacking.filter((name) => name !== 'CAP_SYS_PTRACE');
  if (lacking.length === 0) add('capabilities', 'ok', capabilities.map(([, name]) => name).join(' '));
  else
    add(
      'capabilities',
      needed.length === 0 ? 'limited' : 'missing',
      `without ${lacking.join(' ')}`,
      needed.length === 0 ? 'processes of other users are not named' : 'add them, or run as root',
    );
}

function checkLockdown(add: Add): void {
  const { result, found, consequence } = lockdown(
    readIfThere('/sys/kernel/security/lockdown'),
    readIfThere('/proc/self/mountinfo') ?? '',
  );
  add('kernel lockdown', result, found, consequence);
}

/**
 * What the lockdown of the kernel means for a capture.
 *
 * @param file /sys/kernel/security/lockdown, undefined where it is not there: no lockdown, or nobody mounted securityfs
 */
export function lockdown(file: string | undefined, mountinfo: string): Omit<Check, 'check'> {
  if (file === undefined) {
    if (/ - securityfs /.test(mountinfo)) {
      return { result: 'ok', found: 'none', consequence: '' };
    }
    return {
      result: 'ok',
      found: 'unknown: securityfs is not mounted',
      consequence: 'nothing, where the checks below are well; to see it: mount -t securityfs none /sys/kernel/security',
    };
  }
  const mode = /\[(\w+)\]/.exec(file)?.[1] ?? 'none';
  return mode === 'confidentiality'
    ? { result: 'missing', found: mode, consequence: 'this mode forbids to read kernel memory: use integrity mode' }
    : { result: 'ok', found: mode, consequence: '' };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function checkLibbpf(add: Add): void {
  try {
    native();
    add('libbpf', 'ok', 'libbpf.so.1');
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    add('libbpf', 'missing', error.why ?? error.message, error.next ?? '');
  }
}

/** The proof: load, attach, and see what this kernel refuses. */
function checkCapture(add: Add): void {
  try {
    using kernel = openKernel({ captureBytes: 512, ringBytes: 1 << 20 });
    const { features } = kernel;
    add('messages (cgroup_skb)', 'ok', 'attached');
    add('connections (inet_sock_set_state)', 'ok', 'attached');
    add(
      'socket cookies in tracing',
      features.socketCookies ? 'ok' : 'limited',
      features.socketCookies ? 'bpf_get_socket_cookie' : 'none before 5.12',
      features.socketCookies ? '' : 'sockets are joined by their addresses instead',
    );
    add(
      'UDP socket list',
      features.udpIterator ? 'ok' : 'limited',
      features.udpIterator ? 'iter/udp' : 'none',
      features.udpIterator ? '' : 'UDP sockets older than the agent are known once they speak',
    );
    add(
      'drop reasons',
      features.dropReasons ? 'ok' : 'limited',
      features.dropReasons ? `${features.reasonNames.size} reasons` : 'none before 5.17',
      features.dropReasons ? '' : 'drops are shown without their reason',
    );
    checkTls(kernel, add);
    for (const part of kernel.missing) add(part.concern, 'limited', part.why, `not seen: ${part.lost}`);
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    add(
      'live capture',
      'missing',
      `${error.message}${error.why === undefined ? '' : `: ${error.why}`}`,
      error.next ?? '',
    );
  }
}

/** Looking into TLS (--tls): loaded, and attached to a function of this very process. */
function checkTls(kernel: Kernel, add: Add): void {
  const check = 'TLS plaintext (uprobes)';
  try {
    const tls = kernel.openTls({ captureBytes: 512 });
    const program = '/proc/self/exe';
    using elf = openElf(program);
    const points = planProbes(elf, 'openssl').slice(0, 1);
    using target = points.length === 0 ? undefined : tls.attach(program, points, undefined);
    const found = target === undefined ? 'loaded' : 'attached';
    if (tls.seesGo) add(check, 'ok', found);
    else add(check, 'limited', 'no registers of tasks before 5.15', 'with --tls: not seen in Go programs');
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    add(check, 'limited', error.why ?? error.message, 'with --tls nothing more is seen than without');
  }
}
