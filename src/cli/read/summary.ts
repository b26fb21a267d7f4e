import type { CaptureSummary } from '../../capture/pcap/read-capture.ts';
import { duration, quantityText, size } from '../../model/format.ts';
import type { RecordCounts } from '../records/record-printer.ts';
import type { Style } from '../style.ts';

/** What a capture file came to, for people: what was in it, and every kind of thing that was not read. */
export function readSummary(summary: CaptureSummary, counts: RecordCounts, style: Style): string {
  const { file, packets, skips } = summary;
  const time = quantityText(duration(summary.duration));
  const contents = [
    number(counts.requests, 'request'),
    number(counts.connections, 'connection'),
    number(counts.events, 'event'),
  ].join(', ');
  const lines = [
    `${style.dim('seen')}  ${contents}; ${counts.matched.toLocaleString('en-US')} matched`,
    `${style.dim('file')}  ${number(packets, 'packet')} in ${quantityText(size(file.bytes))} of ${file.format}, ${time} long`,
  ];
  const entries = skips.entries();
  for (const { reason, count, sentence, kinds } of entries.filter(({ weight }) => weight === 'aside')) {
    lines.push(`${style.dim('else')}  ${count.toLocaleString('en-US')} ${reason}: ${sentence}${kindText(kinds)}`);
  }
  const lost = entries.filter(({ weight }) => weight === 'lost');
  for (const { reason, count, sentence, kinds } of lost) {
    lines.push(`${style.warning('lost')}  ${count.toLocaleString('en-US')} ${reason}: ${sentence}${kindText(kinds)}`);
  }
  for (const [name, count] of summary.protocolCounters) {
    lines.push(`${style.warning('lost')}  ${count.toLocaleString('en-US')} ${name}: not understood by the protocol`);
  }
  if (file.damage !== '')
    lines.push(`${style.warning('lost')}  the rest of the file, from byte ${file.bytes.toLocaleString('en-US')} on`);
  else if (lost.length === 0 && summary.protocolCounters.size === 0) lines.push(`${style.dim('lost')}  nothing`);
  return `${lines.join('\n')}\n`;
}

function kindText(kinds: Readonly<Record<string, number>>): string {
  const parts = Object.entries(kinds).map(([kind, count]) => `${kind} ${count.toLocaleString('en-US')}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function number(value: number, noun: string): string {
  return `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;
}
