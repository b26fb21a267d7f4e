/**
 * Conversations as text, so that real ones can stand in the source: one line a piece, `>` from the client or `<` from the
 * server, then the bytes as a JSON string (one character a byte) or as `base64:...`. `lab/record.ts` writes them.
 *
 * @example
 * recording(String.raw`
 * < "INFO {\"server_id\":\"ND\"}\r\n"
 * > base64:UElORw0K
 * `)
 */
import { Buffer } from 'node:buffer';
import { Side } from '../model/request.ts';
import type { Piece } from './testing.ts';

/** The pieces that a recording describes. Throws on a line that is not of the form above: samples are ours. */
export function recording(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([<>]) (?:(".*")|base64:([A-Za-z0-9+/=]*))\s*$/.exec(line);
    if (match === null) throw new Error(`not a line of a recording: ${line.slice(0, 80)}`);
    const [, side, quoted, base64] = match;
    pieces.push({
      from: side === '>' ? Side.client : Side.server,
      bytes: quoted === undefined ? Buffer.from(base64, 'base64') : Buffer.from(String(JSON.parse(quoted)), 'latin1'),
    });
  }
  return pieces;
}

/** The line of a recording for one piece: text where most of it is printable, base64 otherwise. */
export function recordingLine(from: Side, bytes: Uint8Array): string {
  let printable = 0;
  for (const b of bytes) if ((b >= 0x20 && b < 0x7f) || b === 10 || b === 13) printable++;
  const sign = from === Side.client ? '>' : '<';
  if (printable < bytes.length * 0.9) return `${sign} base64:${Buffer.from(bytes).toString('base64')}`;
  const quoted = JSON.stringify(Buffer.from(bytes).toString('latin1'))
    .replace(/[\x7f-\xff`]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('${', '\\u0024{');
  return `${sign} ${quoted}`;
}
