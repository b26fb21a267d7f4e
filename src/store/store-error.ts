import { WirelightError } from '../base/errors.ts';

/** What went wrong in the store, for programs. */
export type StoreErrorCode =
  /** The directory is in use by another process. */
  | 'store_locked'
  /** No room on the disk. */
  | 'disk_full'
  /** A statement ran longer than it may. */
  | 'query_timeout'
  /** A statement wanted more memory than it may have. */
  | 'query_memory'
  /** A statement read or gave more rows than it may. */
  | 'query_too_large'
  /** A statement is not understood, or names something that does not exist. */
  | 'bad_query'
  /** A statement does what it may not: writes, reads files, reaches other databases. */
  | 'query_forbidden'
  | 'query_cancelled'
  /** A block whose values the engine refuses. */
  | 'bad_data'
  /** More comes in than can be stored. */
  | 'store_busy'
  /** The server of a remote store cannot be reached. */
  | 'store_unreachable'
  /** It does not know us. */
  | 'store_denied'
  /** The store was made by a later version. */
  | 'store_too_new'
  /** Something is where a backup was to be written. */
  | 'backup_exists'
  /** What was to be restored is no backup. */
  | 'no_backup'
  /** A backup was to be restored over something. */
  | 'store_not_empty'
  /** The embedded engine does not run on this system. */
  | 'store_unavailable'
  | 'store_closed'
  | 'store_failed';

/** An error of the store. `clickhouse` is the engine's own error number, 0 where it gave none. */
export class StoreError extends WirelightError {
  readonly clickhouse: number;

  constructor(
    code: StoreErrorCode,
    what: string,
    more: { why?: string; next?: string; cause?: unknown; clickhouse?: number } = {},
  ) {
    super(code, what, more);
    this.name = 'StoreError';
    this.clickhouse = more.clickhouse ?? 0;
  }
}

/** ClickHouse's error numbers that mean something to us; all others are `store_failed` or, for statements, `bad_query`. */
const codes: Readonly<Record<number, StoreErrorCode>> = {
  6: 'bad_data',
  27: 'bad_data',
  32: 'bad_data',
  33: 'bad_data',
  34: 'bad_data',
  38: 'bad_data',
  41: 'bad_data',
  70: 'bad_data',
  117: 'bad_data',
  131: 'bad_data',
  691: 'bad_data',
  16: 'bad_query',
  36: 'bad_query',
  42: 'bad_query',
  43: 'bad_query',
  46: 'bad_query',
  47: 'bad_query',
  53: 'bad_query',
  60: 'bad_query',
  62: 'bad_query',
  81: 'bad_query',
  115: 'bad_query',
  158: 'query_too_large',
  159: 'query_timeout',
  160: 'query_timeout',
  164: 'query_forbidden',
  194: 'store_denied',
  215: 'bad_query',
  241: 'query_memory',
  243: 'disk_full',
  291: 'query_forbidden',
  344: 'query_forbidden',
  349: 'bad_query',
  386: 'bad_query',
  394: 'query_cancelled',
  396: 'query_too_large',
  452: 'query_forbidden',
  497: 'query_forbidden',
  516: 'store_denied',
  598: 'backup_exists',
  599: 'no_backup',
};

/** Turns an engine's message (`Code: 241. DB::Exception: ...`) into an error that a person may see. */
export function engineError(message: string, doing: string, cause?: unknown): StoreError {
  const number = Number(/Code: (\d+)/.exec(message)?.[1] ?? 0);
  const why = message
    .replace(/^.*?DB::(?:NetException|Exception|ErrnoException): /s, '')
    .replace(/\. \(([A-Z0-9_]+)\).*$/s, '')
    .slice(0, 2000);
  if (/No space left on device|NOT_ENOUGH_SPACE/.test(message)) {
    return new StoreError('disk_full', `${doing}: the disk is full`, {
      why,
      next: 'free space, or give the store a smaller disk budget so that the oldest rows go sooner',
      clickhouse: number,
      cause,
    });
  }
  if (/Cannot lock file/.test(message)) {
    return new StoreError('store_locked', 'the store is in use by another process', {
      why,
      next: 'stop the other server that uses this data directory, or choose another directory',
      clickhouse: number,
      cause,
    });
  }
  const code = codes[number] ?? 'store_failed';
  return new StoreError(code, `${doing}: ${phrases[code] ?? 'the store failed'}`, {
    why,
    clickhouse: number,
    cause,
    ...(nexts[code] === undefined ? {} : { next: nexts[code] }),
  });
}

const phrases: Partial<Readonly<Record<StoreErrorCode, string>>> = {
  bad_query: 'the statement is not understood',
  query_timeout: 'it took longer than it may',
  query_memory: 'it wants more memory than it may have',
  query_too_large: 'it reads or gives more rows than it may',
  query_forbidden: 'the statement does what it may not',
  query_cancelled: 'it was cancelled',
  store_denied: 'the server refuses our credentials',
  disk_full: 'the disk is full',
  bad_data: 'a value is refused',
  backup_exists: 'there is a backup already',
  no_backup: 'there is no backup',
};

const nexts: Partial<Readonly<Record<StoreErrorCode, string>>> = {
  query_timeout: 'choose a shorter span of time or a narrower filter',
  query_memory: 'choose a shorter span of time, fewer columns or fewer groups',
  query_too_large: 'choose a shorter span of time or add a LIMIT',
  backup_exists: 'choose a directory that is empty or not there yet',
  no_backup: 'give the directory that wirelight backup wrote',
  store_denied: 'check user, password and grants of the store',
};
