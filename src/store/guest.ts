/**
 * Statements that people write. Three walls, so that a hole in one is no hole: the statement is parsed by the engine and
 * only SELECTs over our tables, without functions that reach outside, are let through; it runs on a session that the engine
 * itself holds to reading; and it has limits of time, rows and memory.
 */
import { Answer, asText } from './answer.ts';
import type { Engine } from './engine.ts';
import { quoteText } from './parameters.ts';
import { StoreError } from './store-error.ts';

/** Table functions that only make or reshape rows. */
const harmlessTableFunctions: ReadonlySet<string> = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'generate_series',
  'generateseries',
  'values',
  'null',
  'view',
]);

/** Functions that read files, reach other services or tables, wait, or tell about the machine. */
const forbiddenFunctions =
  /^(file|url|dict.*|joinGet.*|hasColumnInTable|sleep.*|catboost.*|modelEvaluate|evalMLMethod|addressTo.*|demangle|getServerPort|getServerSetting|getOSKernelVersion|hostName|hostname|fqdn|tcpPort|buildId|filesystem.*|getMacro|showCertificate|currentUser|user|currentProfiles|enabledProfiles|defaultProfiles|currentRoles|enabledRoles|defaultRoles|serverUUID|queryID|initialQueryID|connectionId|connection_id|zookeeper.*|nonDeterministic.*|llm.*|ai[A-Z].*|embed.*|transactionID.*|getSetting.*|displayName|getMaxTableNameLengthForDatabase|runningConcurrency|initializeAggregation|lowCardinalityIndices.*|estimateCompressionRatio|encrypt|decrypt|tryDecrypt|aes_.*|isIPAddressContainedInFile|executable|icebergHash.*|mergeTreePartInfo|isMergeTreePartCoveredBy|rowNumberInAllBlocks|throwIf|identity.*)$/i;

/** Characters of a statement. */
const longest = 100_000;

/** Checks a person's statement and gives the one to run. Throws a {@link StoreError} that says what is not allowed. */
export async function guestStatement(engine: Engine, database: string, sql: string): Promise<string> {
  if (sql.length > longest) throw new StoreError('bad_query', `a statement is at most ${longest} characters long`);
  const formatted = await format(engine, sql);
  const tree = new Answer(await engine.query(`EXPLAIN AST ${formatted}`)).column('explain').map(asText);
  checkTree(tree, database);
  return formatted;
}

/** One statement without comments, FORMAT or closing semicolon, as the engine itself writes it. Throws where it is no statement. */
async function format(engine: Engine, sql: string): Promise<string> {
  const answer = new Answer(
    await engine.query(`SELECT formatQuery(${quoteText(sql.trim().replace(/;\s*$/, ''))}) AS q`),
  );
  const formatted = asText(answer.first()?.q);
  if (!/^\s*(SELECT|WITH|\()/i.test(formatted)) {
    throw new StoreError('query_forbidden', 'only SELECT statements can be asked here', {
      next: 'write SELECT ... FROM requests, flows, events, edges_1m, entities, ...',
    });
  }
  const bare = formatted.replaceAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"/g, ' ');
  if (/\bINTO\s+OUTFILE\b|\bFORMAT\s+\w+\s*$/i.test(bare)) {
    throw new StoreError('query_forbidden', 'a statement here takes no FORMAT and writes no file', {
      next: 'leave that clause out: the format is chosen beside the statement',
    });
  }
  return formatted;
}

function checkTree(tree: readonly string[], database: string): void {
  let inTableExpression = -1;
  for (const line of tree) {
    const depth = line.search(/\S/);
    const node = line.trim();
    if (inTableExpression >= 0 && depth <= inTableExpression) inTableExpression = -1;
    if (/^TableExpression\b/.test(node)) inTableExpression = depth;
    const table = /^TableIdentifier (\S+)/.exec(node)?.[1];
    if (table !== undefined) checkTable(table, database);
    const name = /^Function (\S+)/.exec(node)?.[1];
    if (name !== undefined) {
      if (inTableExpression >= 0 && depth === inTableExpression + 1) checkTableFunction(name);
      else checkFunction(name);
    }
    if (
      /^(Set|IntoOutfile|Insert|Create|Drop|Alter|System|Rename|Attach|Detach|Optimize|Backup|Grant|Kill)/.test(node)
    ) {
      if (/^Set\b/.test(node)) {
        throw new StoreError('query_forbidden', 'a statement here takes no SETTINGS and no FORMAT');
      }
      throw new StoreError('query_forbidden', 'only SELECT statements can be asked here');
    }
  }
}

/** Tables that are the server's own: who did what, settings, migrations. */
const ownTables: ReadonlySet<string> = new Set(['actions', 'meta', 'migrations']);

function checkTable(name: string, database: string): void {
  const parts = name.replaceAll('`', '').split('.');
  if (ownTables.has((parts.at(-1) ?? '').replace(/_local$/, ''))) {
    throw new StoreError('query_forbidden', `table ${name} cannot be read here`, {
      next: 'the audit is at GET /api/v1/audit, for those who may see it',
    });
  }
  if (parts.length === 1 || parts[0] === database) return;
  throw new StoreError('query_forbidden', `table ${name} cannot be read here`, {
    next: `only the tables of ${database} can: requests, flows, events, edges_1m, entities, ...`,
  });
}

function checkTableFunction(name: string): void {
  if (harmlessTableFunctions.has(name.toLowerCase())) return;
  throw new StoreError('query_forbidden', `the table function ${name} cannot be used here`, {
    next: 'read from the tables: requests, flows, events, edges_1m, entities, ...',
  });
}

function checkFunction(name: string): void {
  if (!forbiddenFunctions.test(name)) return;
  throw new StoreError('query_forbidden', `the function ${name} cannot be used here`);
}
