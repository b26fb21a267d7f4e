import { Outcome, Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { templateOf } from '../template.ts';
import { textOf } from '../text.ts';
import { CommandSession, type Dialect } from './command-session.ts';
import { isReply } from './reply.ts';

/** Commands whose argument is a path. */
const onFiles = new Set(
  'RETR STOR STOU APPE DELE RMD XRMD MKD XMKD CWD XCWD LIST NLST MLSD MLST SIZE MDTM RNFR RNTO'.split(' '),
);

/** FTP (RFC 959, 2228, 2389, 2428, 3659). */
const dialect: Dialect = {
  name: 'ftp',
  commands: new Set(
    `${[...onFiles].join(' ')} USER PASS ACCT AUTH PBSZ PROT CCC CDUP XCUP SMNT REIN QUIT PORT PASV EPRT EPSV TYPE STRU MODE
    REST ABOR PWD XPWD SITE SYST STAT HELP NOOP FEAT OPTS LANG CLNT HOST MFMT ALLO`.split(/\s+/),
  ),
  target(command, argument) {
    // Of a file its folder: names of files are without number.
    if (onFiles.has(command)) return templateOf(argument.slice(0, Math.max(argument.lastIndexOf('/'), 0)));
    return command === 'TYPE' || command === 'AUTH' || command === 'PROT' ? argument.toUpperCase().slice(0, 12) : '';
  },
  raw: (command, argument) => (onFiles.has(command) ? argument : ''),
  continues: () => undefined,
  messageCommand: '',
  startsTls: (command, argument, code) => command === 'AUTH' && code === 234 && /^(?:TLS|SSL)/i.test(argument),
  outcome(command, code) {
    if (code < 400) return Outcome.ok;
    // 4xx: no data connection, out of space; but 550 says that there is no such file or no right to it.
    if (code < 500) return Outcome.serverError;
    return command === 'connect' ? Outcome.serverError : Outcome.clientError;
  },
};

/** File transfer: the control connection, up to AUTH TLS. Files travel on connections of their own. */
export const ftp: Protocol = {
  name: 'ftp',
  transports: ['tcp'],
  ports: [21],
  recognise(bytes, start, end, from) {
    if (from === Side.server) {
      // The answer to a user's name, where the greeting did not say what it greets for.
      if (isReply(bytes, start, end, 331)) return Confidence.maybe;
      if (!isReply(bytes, start, end, 220)) return Confidence.no;
      const greeting = textOf(bytes, start, Math.min(end, start + 300));
      if (/SMTP/i.test(greeting)) return Confidence.no;
      return /FTP/i.test(greeting) ? Confidence.yes : Confidence.more;
    }
    // Its commands are POP3's too, and telnet's.
    return Confidence.no;
  },
  open: (context) => new CommandSession(context, dialect),
  attributes: (request) => (request.code > 0 ? { 'ftp.response.status_code': request.code } : {}),
};
