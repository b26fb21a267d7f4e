import { type Command, Option } from 'commander';
import { countOf, newCommand, type OutputFormat, outputOption } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import type { Shown } from './records/record-lines.ts';
import { shownOf } from './records/shown.ts';
import { stopOnSignals } from './stop-signal.ts';

export interface ReadOptions {
  readonly output: OutputFormat;
  readonly show: Shown;
  readonly raw?: boolean;
  readonly limit?: number;
  readonly quiet?: boolean;
}

/** `wirelight read`: the requests, connections and events of a capture file. */
export function readCommand(io: Io): Command {
  const command = newCommand([
    ['Every request in a capture file', 'wirelight read trace.pcap'],
    ['The same as JSON, one request a line', 'wirelight read trace.pcapng.gz -o json'],
    ['Connections with how they ended, and what went wrong', 'wirelight read trace.pcap --show connections,events'],
    ['Slow or failed requests to one host', "wirelight read trace.pcap to:10.0.0.7 'status:error or latency:>200ms'"],
    ['What tcpdump sees, as it sees it', 'sudo tcpdump -i eth0 -U -w - | wirelight read -'],
  ])
    .description(
      'Shows the requests, connections and events of a capture file (pcap, pcapng, also gzipped; - for standard input), offline and without root. FILTER is written in the filter language (see wirelight filters).',
    )
    .argument('<file>', 'capture file, - for standard input')
    .argument('[filter...]', "which records to show: from:web 'latency:>200ms' not port:53")
    .addOption(
      new Option('-s, --show <kinds>', 'requests, connections, events, all; several with commas')
        .argParser(shownOf)
        .default(shownOf('requests'), 'requests'),
    )
    .addOption(outputOption())
    .option('--raw', 'keep query strings, statements and keys with their values; secrets are redacted all the same')
    .option('-n, --limit <n>', 'end after n records', countOf('--limit'))
    .option('-q, --quiet', 'no summary at the end');
  const filters = addFilterOptions(command);
  return command.action(async (file: string, words: string[], options: ReadOptions) => {
    using stop = stopOnSignals();
    const { read } = await import('./read/run.ts');
    await read(file, filters.build(words), options, io, stop);
  });
}
