/**
 * The store: everything that Wirelight remembers, in ClickHouse's SQL, embedded or on a server.
 *
 * @example
 * await using store = await openStore({ kind: 'embedded', directory: '/var/lib/wirelight' });
 * await store.write({ agent, sequence, block: readTableBlock('requests', bytes) });
 * const answer = await store.query('SELECT count() AS n FROM requests WHERE time >= {from:DateTime64(9)}', { parameters: { from } });
 */
export { Answer, type AnswerRow, asId, asNumber, asText, asTime } from './answer.ts';
export type { QueryOptions } from './engine.ts';
export type { BlockSettler } from './ingest/block-writer.ts';
export { type EmbeddedStoreOptions, openStore, type RemoteStoreOptions, type StoreOptions } from './open.ts';
export type { Parameter, Parameters } from './parameters.ts';
export { type EdgeKey, type EdgeQuestion, edgeRowsSettings, edgeRowsSql } from './readers/edge-rows.ts';
export { floorsOf } from './readers/floors.ts';
export { answerable, coverSpan, type Span, spanSql } from './readers/span.ts';
export type { IncomingBlock, MigrationReport, RetentionReport, Store, StoreStats, TableStats } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
