import { Outcome } from '../../model/request.ts';
import type { Exchange } from '../exchange.ts';
import { Interner } from '../interner.ts';
import { startsWith, textOf } from '../text.ts';
import { topicTemplate } from '../topic.ts';

const texts = new Interner(128, { longest: 64 });
const CR = 13;
const VERSION = 'NATS/1.0 ';

/** Status in the first line of headers (`NATS/1.0 503`), 0 where there is none. */
export function readStatus(bytes: Uint8Array, start: number, end: number): number {
  if (!startsWith(bytes, start, end, VERSION) || start + 12 > end) return 0;
  let status = 0;
  for (let i = start + 9; i < start + 12; i++) {
    const digit = bytes[i] - 48;
    if (digit < 0 || digit > 9) return 0;
    status = status * 10 + digit;
  }
  return status;
}

/** The words behind the status: 'No Messages', 'Request Timeout'. Servers send none with 503. */
export function statusText(bytes: Uint8Array, start: number, end: number): string {
  let stop = start + 12;
  while (stop < end && bytes[stop] !== CR) stop++;
  const text = texts.text(bytes, start + 13, stop);
  return text === '' && startsWith(bytes, start, end, 'NATS/1.0 503') ? 'No Responders' : text;
}

/** How much of an answer's JSON is looked at for an error. */
const looked = 400;

/**
 * An answer of JetStream is JSON: `{"stream":...,"seq":...}` confirms a publish, `{"type":"io.nats.jetstream.api...` answers
 * its API, and either may hold an `error` with a code like HTTP's.
 */
export function readJetStreamAnswer(request: Exchange, bytes: Uint8Array, start: number, end: number): void {
  const confirms = startsWith(bytes, start, end, '{"stream":');
  const fails = startsWith(bytes, start, end, '{"error":{"code":');
  if (confirms || fails) {
    if (request.method === 'request' && !request.target.startsWith('$JS.')) request.method = 'publish';
    if (confirms) return;
  } else if (!startsWith(bytes, start, end, '{"type":"io.nats.jetstream.')) return;
  const text = textOf(bytes, start, Math.min(end, start + looked));
  const error = /"error":\{"code":(\d{3})(?:,"err_code":(\d{1,6}))?(?:,"description":"([^"\\]{1,80})")?/.exec(text);
  if (error === null) return;
  const code = Number(error[1]);
  request.ended(code >= 500 ? Outcome.serverError : Outcome.clientError, code, error[3] ?? '');
  if (error[2] !== undefined) request.attribute('nats.jetstream.error_code', error[2]);
}

/** Errors of services (`Nats-Service-Error-Code: 500`, `Nats-Service-Error: text`), as NATS' microservice framework sends. */
export function readServiceError(request: Exchange, bytes: Uint8Array, start: number, end: number): void {
  const text = textOf(bytes, start, Math.min(end, start + looked));
  const code = /\r\nNats-Service-Error-Code: ?(\d{1,6})\r/i.exec(text);
  if (code === null) return;
  const description = /\r\nNats-Service-Error: ?([^\r]{1,80})\r/i.exec(text);
  const number = Number(code[1]);
  const isClients = number >= 400 && number < 500;
  request.ended(isClients ? Outcome.clientError : Outcome.serverError, number, description?.[1] ?? '');
}

/** What a `-ERR` line says. */
export interface ErrorLine {
  /** The message without what varies: 'Permissions Violation', 'Authorization Violation'. */
  readonly name: string;
  /** Subject that it is about, '' where none. */
  readonly subject: string;
  /** True where the server is at fault or out of something. */
  readonly isServers: boolean;
}

/** Reads `-ERR 'Permissions Violation for Publish to "subject"'` and the like. */
export function readErrorLine(bytes: Uint8Array, start: number, end: number): ErrorLine {
  const text = textOf(bytes, start, Math.min(end, start + looked));
  const message = /'([^']*)'?/.exec(text)?.[1] ?? '';
  const subject = /"([^"]+)"/.exec(message)?.[1] ?? '';
  const name = message.replace(/ (?:for|to|on|with) .*$/, '').slice(0, 60);
  return {
    name,
    subject: topicTemplate(subject, '.'),
    isServers: /internal|server shutdown|slow consumer/i.test(name),
  };
}
