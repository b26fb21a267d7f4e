import { afterParenthesis, type Token, tokenAt } from './tokens.ts';

/** First words that are verbs by themselves, in SQL of PostgreSQL, MySQL and MariaDB, and in CQL. */
const verbs = new Set(
  (
    'SELECT INSERT UPDATE DELETE MERGE REPLACE UPSERT VALUES TABLE COPY TRUNCATE CALL DO EXECUTE PREPARE DEALLOCATE ' +
    'BEGIN COMMIT ROLLBACK ABORT END SAVEPOINT RELEASE SET RESET SHOW USE LOCK UNLOCK DECLARE FETCH MOVE CLOSE LISTEN ' +
    'NOTIFY UNLISTEN VACUUM ANALYZE ANALYSE CLUSTER REINDEX CHECKPOINT DISCARD GRANT REVOKE COMMENT SECURITY EXPLAIN ' +
    'DESCRIBE DESC HANDLER HELP KILL FLUSH OPTIMIZE REPAIR CHECK CHECKSUM RENAME INSTALL UNINSTALL PURGE BINLOG CACHE ' +
    'IMPORT IMPORT XA CHANGE STOP SHUTDOWN SIGNAL RESIGNAL GET BACKUP LIST WITH REASSIGN BASE_BACKUP ' +
    'IDENTIFY_SYSTEM START_REPLICATION CREATE_REPLICATION_SLOT DROP_REPLICATION_SLOT READ_REPLICATION_SLOT ' +
    'TIMELINE_HISTORY'
  ).split(' '),
);
/** Words between CREATE, ALTER or DROP and the kind of thing. */
const adjectives = new Set(
  (
    'OR REPLACE GLOBAL LOCAL TEMP TEMPORARY UNLOGGED UNIQUE FULLTEXT SPATIAL CONCURRENTLY RECURSIVE FOREIGN EXTERNAL ' +
    'CONSTRAINT TRUSTED PROCEDURAL DEFINER SQL SECURITY ALGORITHM ONLINE OFFLINE IGNORE CUSTOM AGGREGATE DEFAULT'
  ).split(' '),
);
const kinds = new Set(
  (
    'TABLE INDEX VIEW SEQUENCE SCHEMA DATABASE KEYSPACE TYPE DOMAIN FUNCTION PROCEDURE ROUTINE TRIGGER EVENT RULE ' +
    'EXTENSION LANGUAGE ROLE USER GROUP SERVER POLICY PUBLICATION SUBSCRIPTION STATISTICS COLLATION CONVERSION CAST ' +
    'OPERATOR TABLESPACE TRANSFORM SYSTEM OWNED LOGFILE PACKAGE RESOURCE'
  ).split(' '),
);

/** What one statement does, in upper case; '' where its first word is no verb that is known. */
export function verbOf(tokens: readonly Token[]): string {
  let at = 0;
  while (tokenAt(tokens, at).text === '(') at++;
  const first = tokenAt(tokens, at).word;
  const second = tokenAt(tokens, at + 1).word;
  switch (first) {
    case 'WITH':
      return mainVerb(tokens, at + 1);
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      return `${first}${kindOf(tokens, at + 1)}`;
    case 'BEGIN':
      return second === 'BATCH' || second === 'UNLOGGED' || second === 'COUNTER' || second === 'LOGGED'
        ? 'BATCH'
        : first;
    case 'START':
    case 'LOAD':
      return second === '' ? first : `${first} ${second}`;
    case 'REFRESH':
      return 'REFRESH MATERIALIZED VIEW';
    default:
      return verbs.has(first) ? first : '';
  }
}

/** The verb after the definitions of WITH; 'WITH' where that part is not there. */
function mainVerb(tokens: readonly Token[], at: number): string {
  while (at < tokens.length) {
    const token = tokens[at];
    if (token.text === '(' && !token.isName) {
      at = afterParenthesis(tokens, at);
      continue;
    }
    if (/^(?:SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE|REPLACE)$/.test(token.word)) return token.word;
    at++;
  }
  return 'WITH';
}

function kindOf(tokens: readonly Token[], at: number): string {
  // CREATE DEFINER = `a`@`b` SQL SECURITY INVOKER VIEW: look a little further than the known words.
  for (let i = at; i < tokens.length && i < at + 16; i++) {
    const { word } = tokens[i];
    if (word === 'MATERIALIZED' && tokenAt(tokens, i + 1).word === 'VIEW') return ' MATERIALIZED VIEW';
    if (word === 'EVENT' && tokenAt(tokens, i + 1).word === 'TRIGGER') return ' EVENT TRIGGER';
    if (word === 'FOREIGN' && tokenAt(tokens, i + 1).word === 'TABLE') return ' FOREIGN TABLE';
    if (kinds.has(word)) return ` ${word}`;
    if (word !== '' && !adjectives.has(word) && tokenAt(tokens, at).word !== 'DEFINER') return '';
  }
  return '';
}
