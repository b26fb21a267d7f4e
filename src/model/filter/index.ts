/** The one filter grammar of Wirelight: parser, printer, and what a filter is compiled to. docs/filters.md describes it. */
export * from './ast.ts';
export { FilterError } from './error.ts';
export { type Field, type FieldKind, fieldNamed, fields } from './fields.ts';
export { parseFilter, parseTerm } from './parse.ts';
export { compileFilter, type Predicate } from './predicate.ts';
export { printFilter } from './print.ts';
export { filterToSql, type SqlColumns, type SqlCondition, type SqlText } from './sql.ts';
