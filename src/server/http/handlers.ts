import type { BodyOf, ParamsOf, QueryOf, ResponseOf, RouteName } from '../../model/api.ts';
import type { Asker } from './request-context.ts';

/** What a handler is given: all checked. */
export interface Call<Name extends RouteName> {
  readonly query: QueryOf<Name>;
  readonly params: ParamsOf<Name>;
  readonly body: BodyOf<Name>;
  readonly asker: Asker;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Of a stream that was interrupted: the id of the last message that the client got. */
  readonly lastEventId: string | undefined;
  /** Adds a header to the answer. */
  header(name: string, value: string): void;
}

/** Server-sent events on their way to one client. */
export interface EventStream {
  /** Sends one, with an id that the client says when it comes back. @returns false where the client does not keep up */
  send(event: string, data: string, id?: string): boolean;
  /** Resolves when the client takes more again. */
  drained(): Promise<void>;
}

/** Routes that answer with a stream. */
export type StreamName = 'live' | 'liveGraph';

export type Handlers = {
  readonly [Name in Exclude<RouteName, StreamName>]: (call: Call<Name>) => Promise<ResponseOf<Name>>;
};
export type StreamHandlers = {
  /** Runs until the signal is aborted. */
  readonly [Name in StreamName]: (call: Call<Name>, stream: EventStream) => Promise<void>;
};
