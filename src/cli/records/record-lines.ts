import type { Connection, ConnectionChange } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { RequestFields } from '../../model/request.ts';

/** Makes lines of records, each with a line break at its end. */
export interface RecordLines {
  /** What stands above the first line, '' where nothing does. */
  header(): string;
  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): string;
  connection(connection: Readonly<Connection>, change: ConnectionChange): string;
  event(event: Readonly<EventFields>): string;
}

/** Which records are shown. */
export interface Shown {
  readonly requests: boolean;
  readonly connections: boolean;
  readonly events: boolean;
}
