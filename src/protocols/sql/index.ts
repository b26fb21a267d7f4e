/** Statements of SQL and CQL without their values: what they do, to which tables, and the trace context they carry. */

export { databaseAttributes } from './attributes.ts';
export { cql, type Dialect, mysql, postgresql } from './dialect.ts';
export { rawStatement } from './raw.ts';
export { StatementReader } from './reader.ts';
export { describeStatement, type Statement, unknownStatement } from './statement.ts';
