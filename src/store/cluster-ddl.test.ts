import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../model/tables/ddl.ts';
import { type Table, tables } from '../model/tables/index.ts';
import { migrations } from './migrations.ts';

const require = createRequire(import.meta.url);
const { query } = require('chdb') as { query(sql: string, format: string): string };

const alone: Deployment = { database: 'wirelight', cluster: '', retentionDays: {}, fsync: true };
const cluster: Deployment = { ...alone, cluster: 'prod', retentionDays: { requests: 7 } };
const awkward: Deployment = { ...cluster, database: "wire'light`s", cluster: "prod 'cluster`" };
const statementsOf = (deployment: Deployment): string[] => migrations.flatMap((step) => step.statements(deployment));

/** The statement as the engine's parser understands it. Throws where it does not. */
function formatted(sql: string): string {
  const escaped = sql.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return query(`SELECT formatQuerySingleLine('${escaped}')`, 'TSVRaw').trim();
}

describe('DDL', () => {
  test.each([
    ['one server', alone],
    ['a cluster', cluster],
    ['awkward names', awkward],
  ])('for %s is understood by the engine, statement by statement', (_, deployment) => {
    for (const sql of statementsOf(deployment)) expect(formatted(sql)).toMatch(/^(CREATE|ALTER|INSERT)/);
  });

  test('of a cluster makes a replicated table on every node, and a distributed one before it', () => {
    const statements = statementsOf(cluster).map(formatted);
    const creating = (name: string): string | undefined =>
      statements.find((sql) => new RegExp(`^CREATE TABLE (IF NOT EXISTS )?wirelight\\.${name} `).test(sql));
    for (const table of Object.values<Table>(tables)) {
      const local = creating(`${table.name}_local`);
      expect(local).toContain('ON CLUSTER prod');
      expect(local).toMatch(
        /ENGINE = Replicated(Replacing|Aggregating)?MergeTree\('\/clickhouse\/tables\/\{shard\}\/\{database\}/,
      );
      expect(creating(table.name)).toMatch(/ENGINE = Distributed\('prod'/);
    }
    // Views read and fill the tables of their own node: nothing is counted twice.
    const views = statements.filter((sql) => sql.startsWith('CREATE MATERIALIZED VIEW'));
    expect(views.length).toBeGreaterThanOrEqual(6);
    for (const sql of views) {
      expect(sql).toMatch(/ TO wirelight\.\w+_local /);
      expect(sql).toMatch(/ FROM wirelight\.\w+_local/);
    }
    expect(creating('requests_local')).toContain('toIntervalDay(7)');
  });
});
