import type { Command } from 'commander';
import type { AgentOptions } from '../agent/types.ts';
import { WirelightError } from '../base/errors.ts';
import { countOf, millisecondsOf } from './option-values.ts';

/** Options of commands that watch this host themselves. */
export interface CaptureOptions {
  readonly cgroup?: string;
  readonly captureBytes?: number;
  readonly poll?: number;
  readonly raw?: boolean;
  readonly tls?: 'off' | 'all' | readonly string[];
}

/** Adds them. */
export function addCaptureOptions(command: Command): Command {
  return command
    .option('--cgroup <path>', 'watch only the processes of this cgroup')
    .option('--capture-bytes <n>', 'bytes kept of the head of each message (512)', countOf('--capture-bytes', 64))
    .option('--raw', 'keep query strings, statements and keys with their values; secrets are redacted all the same')
    .option(
      '--tls <whose>',
      'read what is inside TLS: off, all, or names of programs, workloads, containers, pods or units with commas (off)',
      tlsOf,
    )
    .option('--poll <time>', 'longest pause between two readings of the kernel (10ms)', millisecondsOf('--poll'));
}

/** The same for the agent. */
export function agentOptionsOf(options: CaptureOptions): AgentOptions {
  return {
    ...(options.cgroup === undefined ? {} : { scope: options.cgroup }),
    ...(options.captureBytes === undefined ? {} : { captureBytes: options.captureBytes }),
    ...(options.poll === undefined ? {} : { pollMilliseconds: options.poll }),
    ...(options.tls === undefined || options.tls === 'off' ? {} : { tls: options.tls }),
    ...(options.raw === true ? { keepRaw: true } : {}),
  };
}

/** Whose TLS: `off`, `all`, or names. */
function tlsOf(text: string): 'off' | 'all' | readonly string[] {
  if (text === 'off' || text === 'all') return text;
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return names;
  throw new WirelightError('bad_option', `--tls takes off, all, or names, not "${text}"`, {
    next: 'for example --tls nginx,checkout',
    exitCode: 2,
  });
}
