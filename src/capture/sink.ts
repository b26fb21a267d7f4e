import type { Connection, ConnectionChange } from '../model/connection.ts';
import type { EventFields } from '../model/event.ts';
import type { RequestFields } from '../model/request.ts';

export type { ConnectionChange } from '../model/connection.ts';

/**
 * Where a capture puts what it finds, live or from a file. Called synchronously; what is handed over is reused or goes on
 * changing after the call, so whoever keeps something copies it.
 */
export interface CaptureSink {
  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): void;
  connection(connection: Readonly<Connection>, change: ConnectionChange): void;
  event(event: Readonly<EventFields>): void;
}
