import { Outcome, Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { startsWithIgnoreCase, textOf } from '../text.ts';
import { CommandSession, type Dialect } from './command-session.ts';
import { isReply } from './reply.ts';

const addressed = new Set(['MAIL', 'RCPT', 'VRFY']);

/** SMTP and LMTP (RFC 5321, RFC 2033). */
const dialect: Dialect = {
  name: 'smtp',
  commands: new Set([
    'HELO',
    'EHLO',
    'LHLO',
    'MAIL',
    'RCPT',
    'DATA',
    'BDAT',
    'RSET',
    'NOOP',
    'QUIT',
    'HELP',
    'VRFY',
    'EXPN',
    'AUTH',
    'STARTTLS',
    'XCLIENT',
  ]),
  target(command, argument) {
    // Of an address the domain: who writes to whom is nobody's business.
    if (addressed.has(command)) return /@([\w.-]{1,100})>?/.exec(argument)?.[1].toLowerCase() ?? '';
    return command === 'AUTH' ? (/^[\w-]{1,20}/.exec(argument)?.[0].toUpperCase() ?? '') : '';
  },
  raw: () => '',
  continues: (code) => (code === 354 ? 'message' : code === 334 ? 'line' : undefined),
  messageCommand: 'DATA',
  startsTls: (command, _argument, code) => command === 'STARTTLS' && code === 220,
  outcome(command, code) {
    if (code < 400) return Outcome.ok;
    // 4xx: not now (the server's queue, disk, load). A server that greets with an error serves nobody.
    return code < 500 || command === 'connect' ? Outcome.serverError : Outcome.clientError;
  },
};

/** Mail in transit: commands and replies, up to STARTTLS. */
export const smtp: Protocol = {
  name: 'smtp',
  transports: ['tcp'],
  ports: [25, 587, 2525, 24],
  recognise(bytes, start, end, from) {
    if (from === Side.server) {
      if (!isReply(bytes, start, end, 220)) return Confidence.no;
      const greeting = textOf(bytes, start, Math.min(end, start + 300));
      if (/\b(?:E?SMTPS?|LMTP)\b/i.test(greeting)) return Confidence.yes;
      return /\bFTP/i.test(greeting) ? Confidence.no : Confidence.more;
    }
    const first = ['ehlo ', 'helo ', 'lhlo ', 'mail from:<', 'rcpt to:<'];
    if (first.some((word) => startsWithIgnoreCase(bytes, start, end, word))) return Confidence.yes;
    const beginning = textOf(bytes, start, end).toLowerCase();
    return end - start < 11 && first.some((word) => word.startsWith(beginning)) ? Confidence.more : Confidence.no;
  },
  open: (context) => new CommandSession(context, dialect),
  attributes: (request) => (request.code > 0 ? { 'smtp.response.status_code': request.code } : {}),
};
