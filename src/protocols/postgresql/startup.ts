import { indexOfByte, textOf } from '../text.ts';

/** Bytes of an option's value that are kept. */
const longest = 128;

/** What a client says of itself when it connects. */
export interface Startup {
  /** The user's name where it does not say. */
  readonly database: string;
  readonly application: string;
  /** It wants to follow the write-ahead log. */
  readonly replication: boolean;
}

/** Reads the options of a StartupMessage: names and values, each ended by a zero. */
export function readStartup(bytes: Uint8Array, at: number, end: number): Startup {
  let database = '';
  let user = '';
  let application = '';
  let replication = false;
  for (;;) {
    const nameEnd = indexOfByte(bytes, 0, at, end);
    if (nameEnd <= at) break;
    const valueEnd = indexOfByte(bytes, 0, nameEnd + 1, end);
    if (valueEnd < 0) break;
    const value = textOf(bytes, nameEnd + 1, Math.min(valueEnd, nameEnd + 1 + longest));
    switch (textOf(bytes, at, nameEnd)) {
      case 'database':
        database = value;
        break;
      case 'user':
        user = value;
        break;
      case 'application_name':
        application = value;
        break;
      case 'replication':
        replication = /^(?:true|on|yes|1|database)$/i.test(value);
        break;
    }
    at = valueEnd + 1;
  }
  return { database: database === '' ? user : database, application, replication };
}
