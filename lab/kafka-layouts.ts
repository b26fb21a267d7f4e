/**
 * Writes `src/protocols/kafka/layouts.ts`: how the requests and responses of each Kafka API are laid out, as far as Wirelight
 * reads them, derived from the message definitions that the Java client carries (`common/message/*.json` in its jar).
 *
 *   npx tsx lab/kafka-layouts.ts FOLDER_OF_THE_OLDER_CLIENT FOLDER_OF_THE_NEWER_CLIENT > src/protocols/kafka/layouts.ts
 *
 * Newer clients drop old versions; those are taken from the older one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly entityType?: string;
  readonly fields?: readonly Field[];
}

interface Message {
  readonly apiKey: number;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: readonly Field[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly Field[] }[];
}

/** Sizes of types of fixed size. */
const sizes: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

function read(folder: string, file: string): Message | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  return JSON.parse(text) as Message;
}

/** What a field means to us, as one letter; '' for most. */
function meaningOf({ name, type, entityType }: Field, path: readonly string[]): string {
  const bare = type.replace('[]', '');
  if (path.some((parent) => /Forgotten/.test(parent))) return '';
  if (bare === 'string') {
    if (entityType === 'topicName') return 'T';
    if (entityType === 'groupId') return 'G';
    if (entityType === 'transactionalId') return 'X';
    if (/^(Key|CoordinatorKeys|ResourceName|Mechanism)$/.test(name)) return 'N';
    if (name === 'ClientSoftwareName') return 'S';
    if (name === 'ClientSoftwareVersion') return 'V';
  }
  if (bare === 'uuid' && name === 'TopicId') return 'I';
  if (type === 'int16' && /ErrorCode$/.test(name)) return 'E';
  if (type === 'int32' && /^(Partition|PartitionIndex|PartitionId|Index)$/.test(name)) return 'P';
  if (type === 'int16' && name === 'Acks') return 'A';
  if (type === 'int32' && name === 'MaxWaitMs') return 'W';
  if (type === 'records') return 'R';
  return '';
}

function layoutOf(message: Message): string {
  const structs = new Map((message.commonStructs ?? []).map(({ name, fields }) => [name, fields]));
  const token = (field: Field, path: readonly string[]): { text: string; means: boolean } => {
    const isArray = field.type.startsWith('[]');
    const type = field.type.replace('[]', '');
    const meaning = meaningOf(field, path);
    const suffix = meaning === '' ? '' : `=${meaning}`;
    const untagged = untaggedVersions(field);
    const versions = untagged === '0+' ? '' : `${untagged}:`;
    const fields = field.fields ?? structs.get(type);
    if (fields !== undefined) {
      const inner = listOf(fields, [...path, field.name], false);
      const isNullable = !isArray && field.nullableVersions !== undefined && field.nullableVersions !== 'none';
      const body = isArray ? `[ ${inner.text} ]` : `${isNullable ? '?' : ''}( ${inner.text} )`;
      return { text: versions + body, means: inner.means };
    }
    const plain = field.flexibleVersions === 'none' ? '!' : '';
    const size = sizes[type];
    const letter = type === 'string' ? 's' : type === 'bytes' ? 'b' : type === 'records' ? 'r' : String(size);
    if (letter === 'undefined') throw new Error(`${message.name}.${field.name}: unknown type ${field.type}`);
    return {
      text: versions + (isArray ? `{ ${letter}${suffix} }` : plain + letter + suffix),
      means: meaning !== '',
    };
  };
  /** Fields behind the last that means something are left out at the top, where nothing follows them. */
  const listOf = (fields: readonly Field[], path: readonly string[], isTop: boolean) => {
    const tokens = fields.filter((field) => untaggedVersions(field) !== 'none').map((field) => token(field, path));
    const last = tokens.findLastIndex(({ means }) => means);
    return {
      text: (isTop ? tokens.slice(0, last + 1) : tokens).map(({ text }) => text).join(' '),
      means: last >= 0,
    };
  };
  return listOf(message.fields, [], true).text;
}

/** Versions in which a field stands in line rather than among the tagged fields. */
function untaggedVersions({ versions, taggedVersions }: Field): string {
  if (taggedVersions === undefined) return versions;
  const [from, tagged] = [versions, taggedVersions].map((text) => Number.parseInt(text, 10));
  return tagged > from ? `${from}-${tagged - 1}` : 'none';
}

function rangeOf(versions: string): [number, number] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(versions);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? match[1])];
}

/** The first flexible version, 99 where there is none. */
function flexibleFrom(message: Message): number {
  return Number(/^(\d+)/.exec(message.flexibleVersions)?.[1] ?? 99);
}

function nameOf(message: Message): string {
  return message.name
    .replace(/Request$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

const [older, newer] = process.argv.slice(2);
const files = [...new Set([...readdirSync(older), ...readdirSync(newer)])].filter((f) => f.endsWith('Request.json'));
const rows: { key: number; from: number; text: string }[] = [];
for (const file of files) {
  const answer = file.replace('Request', 'Response');
  const now = read(newer, file);
  const before = read(older, file);
  const nowRange = now && rangeOf(now.validVersions);
  const beforeRange = before && rangeOf(before.validVersions);
  const row = (folder: string, request: Message, from: number, to: number) => {
    const response = read(folder, answer);
    if (response === undefined) throw new Error(`no ${answer}`);
    const cells = [layoutOf(request), layoutOf(response)].map((text) => `'${text}'`).join(', ');
    const text = `  [${request.apiKey}, '${nameOf(request)}', ${from}, ${to}, ${flexibleFrom(request)}, ${cells}],`;
    rows.push({ key: request.apiKey, from, text });
  };
  if (before && beforeRange && (!nowRange || beforeRange[0] < nowRange[0])) {
    row(older, before, beforeRange[0], nowRange ? nowRange[0] - 1 : beforeRange[1]);
  }
  if (now && nowRange) row(newer, now, nowRange[0], nowRange[1]);
}
rows.sort((a, b) => a.key - b.key || a.from - b.from);
process.stdout.write(`/**
 * How requests and responses of each Kafka API are laid out, as far as they are read. Written by lab/kafka-layouts.ts.
 *
 * A layout is a list of fields. A field is a type, before it the versions that have it (\`3+:\`, \`0-5:\`; all where nothing is
 * said), after it what it means. Types: a number is that many bytes; s string, b bytes, r records; \`{ x }\` an array of such,
 * \`[ ... ]\` an array of structures, \`( ... )\` a structure, \`?( ... )\` one that may be absent. Meanings: T topic, I topic id,
 * P partition, E error code, G group, X transactional id, N name, A acknowledgements, W longest wait, R records, S and V
 * name and version of the client.
 */
export type Api = readonly [
  key: number,
  name: string,
  from: number,
  to: number,
  /** First version with compact lengths and tagged fields. */
  flexibleFrom: number,
  request: string,
  response: string,
];

/** Every API, for some in two ranges of versions. */
export const apis: readonly Api[] = [
${rows.map(({ text }) => text).join('\n')}
];
`);
