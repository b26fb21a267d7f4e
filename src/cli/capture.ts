import type { Command } from 'commander';
import { countOf, millisecondsOf, newCommand } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import { bytesOf } from './option-values.ts';
import { stopOnSignals } from './stop-signal.ts';

export interface CaptureCommandOptions {
  readonly output: string;
  readonly interface?: string;
  readonly netns?: string;
  readonly snapLength: number;
  readonly duration?: number;
  readonly count?: number;
  readonly rotate?: number;
  readonly keep?: number;
  readonly buffer: number;
  readonly quiet?: boolean;
}

/** Longest packet that is kept by default, as tcpdump has it: above that of segmentation offload. */
const SNAP_LENGTH = 262_144;
const RING = 32 * 1024 * 1024;
/** `wirelight capture`: writes the packets of chosen conversations as pcapng, with the names of their processes. */
export function captureCommand(io: Io): Command {
  const command = newCommand([
    ['Everything, until Ctrl-C', 'sudo wirelight capture -o trace.pcapng'],
    ['What nginx says and hears, heads only', 'sudo wirelight capture -o nginx.pcapng --process nginx -s 256'],
    ['DNS for one minute', 'sudo wirelight capture -o dns.pcapng -d 1m port:53'],
    [
      'One host without SSH, in files of 100 MB of which the last 5 are kept',
      'sudo wirelight capture -o ring.pcapng --rotate 100MB --keep 5 ip:10.0.0.7 not port:22',
    ],
    ['The network of another namespace or container', 'sudo wirelight capture -o pod.pcapng --netns 4711'],
    ['Straight into Wireshark', 'sudo wirelight capture -o - | wireshark -k -i -'],
  ])
    .description(
      'Writes packets as pcapng, with the processes at both ends in the comment of each (frame.comment in Wireshark, understood by wirelight read). FILTER chooses conversations: addresses, ports, transport, processes, containers (see wirelight filters).',
    )
    .argument('[filter...]', 'which conversations to capture: ip:10.0.0.0/8 process:nginx not port:22')
    .requiredOption('-o, --output <file>', 'file to write, - for standard output')
    .option('-i, --interface <name>', 'capture on this interface only; all by default')
    .option('--netns <who>', 'capture in this network namespace: a name, a path, or the pid of a process in it')
    .option('-s, --snap-length <bytes>', 'keep so many bytes of each packet', bytesOf('--snap-length', 64), SNAP_LENGTH)
    .option('-d, --duration <time>', 'end after this time', millisecondsOf('--duration'))
    .option('-n, --count <packets>', 'end after so many packets', countOf('--count'))
    .option('--rotate <size>', 'begin a new file whenever one has this size', bytesOf('--rotate', 4096))
    .option('--keep <files>', 'with --rotate, keep only the latest so many files', countOf('--keep'))
    .option('--buffer <size>', 'memory shared with the kernel', bytesOf('--buffer', 2 * 1024 * 1024), RING)
    .option('-q, --quiet', 'no progress and no summary');
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: CaptureCommandOptions) => {
    using stop = stopOnSignals();
    const { capture } = await import('./capture/run.ts');
    await capture(filters.build(words), options, io, stop);
  });
}
