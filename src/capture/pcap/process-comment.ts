import type { Endpoint } from '../../model/connection.ts';

/**
 * How a packet comment names the processes at the two ends of a packet: `curl[4711] > nginx[812]`, `?` where one is not
 * known. Written by `wirelight capture`, understood by `wirelight read`, searched in Wireshark by `frame.comment`.
 */
const pattern = /^(?:(\P{Cc}{1,15}?)\[(\d{1,10})\]|\?) > (?:(\P{Cc}{1,15}?)\[(\d{1,10})\]|\?)$/u;

/** Longest comment that is one of these. */
export const MAX_PROCESS_COMMENT = 128;

/** A process as comments name it. */
export interface CommentedProcess {
  readonly comm: string;
  readonly pid: number;
}

/** The comment of a packet, '' where neither end is known. */
export function processComment(
  source: CommentedProcess | undefined,
  destination: CommentedProcess | undefined,
): string {
  if (source === undefined && destination === undefined) return '';
  return `${name(source)} > ${name(destination)}`;
}

function name(process: CommentedProcess | undefined): string {
  return process === undefined ? '?' : `${printable(process.comm)}[${process.pid}]`;
}

/** A task may name itself with anything; a comment is one line. */
function printable(comm: string): string {
  const text = comm.replace(/[\p{Cc}\p{Cf}]/gu, '_').slice(0, 15);
  return text === '' ? '_' : text;
}

/** Notes in `source` and `destination` what a comment says of their processes; other comments say nothing. */
export function noteProcesses(comment: string, source: Endpoint, destination: Endpoint): void {
  const match = pattern.exec(comment);
  if (match === null) return;
  note(source, match[1], match[2]);
  note(destination, match[3], match[4]);
}

function note(endpoint: Endpoint, comm: string | undefined, pid: string | undefined): void {
  if (comm === undefined || pid === undefined || endpoint.pid !== 0) return;
  endpoint.comm = comm;
  endpoint.pid = Number(pid);
}
