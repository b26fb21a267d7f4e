import { count, duration, quantityText } from '../model/format.ts';
import type { Io } from './io.ts';
import type { RecordCounts } from './records/record-printer.ts';
import type { Style } from './style.ts';

/** What a capture came to: what passed by, how long, and what was lost. */
export interface Outcome {
  readonly counts: RecordCounts;
  readonly nanoseconds: number;
  /** What was lost, by the name of where; zeros do not matter. */
  readonly losses: ReadonlyMap<string, number>;
}

/** Takes the `^C` that the terminal wrote off the line. */
export function overEcho(io: Io): string {
  return io.stderr.isTTY === true ? '\r\x1b[K' : '';
}

/** Two lines for people when a command ends, with line breaks. */
export function summaryText({ counts, nanoseconds, losses }: Outcome, style: Style): string {
  const seen = [
    number(counts.requests, 'request'),
    number(counts.connections, 'connection'),
    number(counts.events, 'event'),
  ];
  const shown = `${count(counts.matched).number}${count(counts.matched).unit} matched`;
  const time = quantityText(duration(nanoseconds));
  return `${style.dim('seen')}  ${seen.join(', ')} in ${time}; ${shown}\n${lossText(losses, style)}\n`;
}

/** `nothing lost`, or what was lost where. */
export function lossText(losses: ReadonlyMap<string, number>, style: Style): string {
  const lost = [...losses].filter(([, value]) => value > 0);
  if (lost.length === 0) return `${style.dim('lost')}  nothing`;
  const places = lost.map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`);
  return `${style.warning('lost')}  ${places.join(', ')}: the picture is not complete`;
}

function number(value: number, noun: string): string {
  return `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;
}
