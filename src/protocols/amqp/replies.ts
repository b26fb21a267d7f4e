import { Outcome } from '../../model/request.ts';

/** Reply codes (AMQP 0-9-1, section 1.3, constants). */
const names: Readonly<Record<number, string>> = {
  311: 'CONTENT_TOO_LARGE',
  312: 'NO_ROUTE',
  313: 'NO_CONSUMERS',
  320: 'CONNECTION_FORCED',
  402: 'INVALID_PATH',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  501: 'FRAME_ERROR',
  502: 'SYNTAX_ERROR',
  503: 'COMMAND_INVALID',
  504: 'CHANNEL_ERROR',
  505: 'UNEXPECTED_FRAME',
  506: 'RESOURCE_ERROR',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
};

/** Name of a reply code; the first word of the server's text where the code is not in the specification. */
export function replyName(code: number, text: string): string {
  return names[code] ?? text.split(' ')[0].slice(0, 60);
}

/** Whose fault it is that a channel or connection was closed with this code. */
export function replyOutcome(code: number): Outcome {
  if (code === 200) return Outcome.ok;
  return code === 320 || code === 506 || code >= 540 ? Outcome.serverError : Outcome.clientError;
}
