import { ByteCache } from '../byte-cache.ts';
import { textOf } from '../text.ts';

/** What matters of a command: where its key stands, and whether it waits on purpose. */
export interface Command {
  /** Upper case. */
  readonly name: string;
  /** The word that holds its (first) key, 0 being the command itself; 0 where it has none. */
  readonly key: number;
  /** For scripts and the like: the word that holds the number of keys, which may be 0. */
  readonly keyCount: number;
  /** The second word says what it does: CONFIG GET, CLIENT LIST. */
  readonly container: boolean;
  readonly kind: CommandKind;
}

/** What is special in how a command is answered. */
export const CommandKind = {
  plain: 0,
  /** It may wait for something to happen. */
  wait: 1,
  /** It waits if the word BLOCK is among its first. */
  waitIfBlock: 2,
  /** It is answered once for each of its arguments. */
  subscribe: 3,
  unsubscribe: 4,
  /** From here on the server tells everything, or the data set. */
  stream: 5,
  select: 6,
  client: 7,
  hello: 8,
} as const;
export type CommandKind = (typeof CommandKind)[keyof typeof CommandKind];

/** Commands without a key. */
const keyless = new Set(
  (
    'PING ECHO AUTH QUIT RESET INFO DBSIZE FLUSHALL FLUSHDB KEYS SCAN TIME MULTI EXEC DISCARD UNWATCH LASTSAVE SAVE ' +
    'BGSAVE BGREWRITEAOF SHUTDOWN REPLICAOF SLAVEOF REPLCONF ROLE ASKING READONLY READWRITE SWAPDB FAILOVER LOLWUT ' +
    'RANDOMKEY WAIT WAITAOF COMMAND MONITOR SYNC PSYNC SELECT HELLO SUBSCRIBE PSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE ' +
    'SUNSUBSCRIBE DEBUG'
  ).split(' '),
);
/** Commands whose second word says what they do, and the word that then holds a key. */
const containers = new Map<string, number>([
  ...'CONFIG CLIENT CLUSTER COMMAND ACL LATENCY MODULE SLOWLOG SCRIPT FUNCTION PUBSUB SENTINEL'
    .split(' ')
    .map((name): [string, number] => [name, 0]),
  ...'OBJECT MEMORY XGROUP XINFO'.split(' ').map((name): [string, number] => [name, 2]),
]);
/** Commands whose key stands elsewhere than in word 1. */
const keyAt = new Map<string, number>([
  ['BITOP', 2],
  ['MIGRATE', 3],
]);
/** Commands that tell how many keys they have before they name them. */
const keyCountAt = new Map<string, number>([
  ...'EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO BLMPOP BZMPOP'
    .split(' ')
    .map((name): [string, number] => [name, 2]),
  ...'LMPOP ZMPOP SINTERCARD ZINTERCARD ZUNION ZINTER ZDIFF'.split(' ').map((name): [string, number] => [name, 1]),
]);
const kinds = new Map<string, CommandKind>([
  ...'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF'
    .split(' ')
    .map((name): [string, CommandKind] => [name, CommandKind.wait]),
  ['XREAD', CommandKind.waitIfBlock],
  ['XREADGROUP', CommandKind.waitIfBlock],
  ...'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE'.split(' ').map((name): [string, CommandKind] => [name, CommandKind.subscribe]),
  ...'UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE'
    .split(' ')
    .map((name): [string, CommandKind] => [name, CommandKind.unsubscribe]),
  ...'MONITOR SYNC PSYNC'.split(' ').map((name): [string, CommandKind] => [name, CommandKind.stream]),
  ['SELECT', CommandKind.select],
  ['CLIENT', CommandKind.client],
  ['HELLO', CommandKind.hello],
]);

/** What is known of a command by its name in any case. Commands of modules have their key in word 1, as nearly all do. */
function commandOf(bytes: Uint8Array): Command {
  const text = textOf(bytes, 0, bytes.length);
  const name = /^[A-Za-z][\w.|-]{0,31}$/.test(text) ? text.toUpperCase() : '';
  const container = containers.get(name);
  const keyCount = keyCountAt.get(name) ?? 0;
  const key =
    name === '' || keyless.has(name) ? 0 : (container ?? keyAt.get(name) ?? (keyCount > 0 ? keyCount + 1 : 1));
  return { name, key, keyCount, container: container !== undefined, kind: kinds.get(name) ?? CommandKind.plain };
}

const commands = new ByteCache<Command>(512, commandOf, 32);
const subcommands = new ByteCache<string>(
  256,
  (bytes) => {
    const text = textOf(bytes, 0, bytes.length);
    return /^[A-Za-z][\w-]{0,31}$/.test(text) ? text.toUpperCase() : '';
  },
  32,
);
const containerNames = new Map<string, Map<string, string>>();

/** The command named by bytes[from] .. bytes[to - 1]. */
export function readCommand(bytes: Uint8Array, from: number, to: number): Command {
  return commands.entry(bytes, from, to).value;
}

/** 'CONFIG GET' of a container and the word after it; just the container where that is no plain word. */
export function fullName(command: Command, bytes: Uint8Array, from: number, to: number): string {
  const second = subcommands.entry(bytes, from, to).value;
  if (second === '') return command.name;
  let names = containerNames.get(command.name);
  if (names === undefined) {
    names = new Map();
    containerNames.set(command.name, names);
  }
  let name = names.get(second);
  if (name === undefined) {
    name = `${command.name} ${second}`;
    if (names.size < 64) names.set(second, name);
  }
  return name;
}
