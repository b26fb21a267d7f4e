import { type Command, Option } from 'commander';
import type { Graph, GraphEdge, GraphNode } from '../model/api.ts';
import { duration, quantityText, rate, share, size } from '../model/format.ts';
import { newCommand } from './command.ts';
import type { Io } from './io.ts';
import { countOf } from './option-values.ts';
import { numberCell, numberColumn, textColumn } from './remote/cells.ts';
import { clientOf } from './remote/client.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { showRows } from './show-rows.ts';
import { textCell } from './table/cell.ts';

interface MapOptions extends RemoteOptions {
  readonly output: 'table' | 'json' | 'csv' | 'dot' | 'mermaid';
  readonly since: string;
  readonly until: string;
  readonly group: string;
  readonly limit: number;
}

/** `wirelight map`: the service graph of a span. */
export function mapCommand(io: Io): Command {
  const command = newCommand([
    ['Who talked to whom in the last 15 minutes', 'wirelight map'],
    ['A picture of the last hour', 'wirelight map --since 1h -o dot | dot -Tsvg > map.svg'],
    ['What checkout asks, for a document', 'wirelight map from:checkout -o mermaid'],
  ])
    .description(
      'Shows the service graph of a span of time: the edges between workloads with rate, errors, latency and bytes.',
    )
    .argument('[filter...]', 'which traffic to count: from:checkout protocol:http')
    .addOption(
      new Option('-o, --output <format>', 'how to show it')
        .choices(['table', 'json', 'csv', 'dot', 'mermaid'])
        .default('table'),
    )
    .option('--since <time>', 'from when on: 15m, 2h, 2026-11-22T16:00Z', '15m')
    .option('--until <time>', 'until when', 'now')
    .addOption(
      new Option('--group <what>', 'what a node stands for')
        .choices(['workload', 'namespace', 'host', 'process'])
        .default('workload'),
    )
    .option('-n, --limit <n>', 'at most n edges', countOf('--limit'), 1000);
  addRemoteOptions(command);
  return command.action(async (words: string[], options: MapOptions) => {
    const graph = await clientOf(options, io).get('graph', {
      from: ago(options.since),
      to: ago(options.until),
      filter: words.join(' '),
      group: options.group,
      limit: options.limit,
    });
    if (options.output === 'dot') io.stdout.write(dotText(graph));
    else if (options.output === 'mermaid') io.stdout.write(mermaidText(graph));
    else showEdges(io, options.output, graph);
  });
}

/** `2h` means two hours ago. */
export function ago(text: string): string {
  return /^\d+(\.\d+)?\s*[a-z]+$/i.test(text) ? `-${text}` : text;
}

function showEdges(io: Io, output: 'table' | 'json' | 'csv', graph: Graph): void {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  showRows(
    io,
    output,
    {
      rows: graph.edges.map(({ id, ...edge }) => ({
        source_name: names.get(edge.source) ?? edge.source,
        destination_name: names.get(edge.destination) ?? edge.destination,
        ...edge,
      })),
      columns: [
        textColumn('SOURCE', 1, 10),
        textColumn('DESTINATION', 1, 10),
        textColumn('PROTOCOL', 2),
        numberColumn('PORT', 4),
        numberColumn('RATE', 2),
        numberColumn('ERRORS', 3),
        numberColumn('P50', 5),
        numberColumn('P95', 3),
        numberColumn('P99', 5),
        numberColumn('BYTES', 4),
        numberColumn('RETRANS', 6),
      ],
      cells: (edge) => [
        textCell(edge.source_name),
        textCell(edge.destination_name),
        textCell(edge.protocol || '-'),
        textCell(String(edge.port)),
        numberCell(edge.rate, rate),
        numberCell(edge.requests === 0 ? null : edge.errors / edge.requests, share),
        numberCell(edge.p50_ns, duration),
        numberCell(edge.p95_ns, duration),
        numberCell(edge.p99_ns, duration),
        numberCell(edge.bytes_in + edge.bytes_out, size),
        textCell(String(edge.retransmits)),
      ],
    },
    graph,
  );
}

function labelOf(edge: GraphEdge): string {
  const parts = [edge.protocol || `port ${edge.port}`];
  if (edge.requests > 0) parts.push(quantityText(rate(edge.rate)));
  if (edge.p95_ns !== null) parts.push(`p95 ${quantityText(duration(edge.p95_ns))}`);
  if (edge.errors > 0) parts.push(`${quantityText(share(edge.errors / edge.requests))} errors`);
  return parts.join(', ');
}

/** The graph in Graphviz' language. */
export function dotText(graph: Graph): string {
  const quoted = (value: string): string => `"${clean(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const shape = (node: GraphNode): string => (node.kind === 'domain' || node.kind === 'address' ? 'ellipse' : 'box');
  return [
    'digraph wirelight {',
    '  rankdir=LR; node [fontname="sans-serif", style=rounded]; edge [fontname="sans-serif", fontsize=10];',
    ...graph.nodes.map((node) => `  ${quoted(node.id)} [label=${quoted(node.name)}, shape=${shape(node)}];`),
    ...graph.edges.map(
      (edge) =>
        `  ${quoted(edge.source)} -> ${quoted(edge.destination)} [label=${quoted(labelOf(edge))}${edge.errors > 0 ? ', color=red' : ''}];`,
    ),
    '}',
    '',
  ].join('\n');
}

/** The graph in Mermaid's language. */
export function mermaidText(graph: Graph): string {
  const numbers = new Map(graph.nodes.map((node, index) => [node.id, `n${index}`]));
  // Entities by number: whatever a name holds, it stays a name.
  const quoted = (value: string): string =>
    `"${clean(value).replaceAll(/[&"<>#;`\\]/g, (character) => `#${character.codePointAt(0)};`)}"`;
  return [
    'graph LR',
    ...graph.nodes.map((node) => `  ${numbers.get(node.id)}[${quoted(node.name)}]`),
    ...graph.edges.map(
      (edge) => `  ${numbers.get(edge.source)} -->|${quoted(labelOf(edge))}| ${numbers.get(edge.destination)}`,
    ),
    '',
  ].join('\n');
}

function clean(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names come from strangers, and control characters have no place in a line
  return value.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ').slice(0, 200);
}
