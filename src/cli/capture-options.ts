import type { Command } from 'commander';
import type { AgentOptions } from '../agent/types.ts';
import { countOf, millisecondsOf } from './option-values.ts';

/** Options of commands that watch this host themselves. */
export interface CaptureOptions {
  readonly cgroup?: string;
  readonly captureBytes?: number;
  readonly poll?: number;
  readonly raw?: boolean;
}

/** Adds them. */
export function addCaptureOptions(command: Command): Command {
  return command
    .option('--cgroup <path>', 'watch only the processes of this cgroup')
    .option('--capture-bytes <n>', 'bytes kept of the head of each message (512)', countOf('--capture-bytes', 64))
    .option('--raw', 'keep query strings, statements and keys with their values; secrets are redacted all the same')
    .option('--poll <time>', 'longest pause between two readings of the kernel (10ms)', millisecondsOf('--poll'));
}

/** The same for the agent. */
export function agentOptionsOf(options: CaptureOptions): AgentOptions {
  return {
    ...(options.cgroup === undefined ? {} : { scope: options.cgroup }),
    ...(options.captureBytes === undefined ? {} : { captureBytes: options.captureBytes }),
    ...(options.poll === undefined ? {} : { pollMilliseconds: options.poll }),
    ...(options.raw === true ? { keepRaw: true } : {}),
  };
}
