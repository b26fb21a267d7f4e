/**
 * Fails where a folder of src/ imports from a later one. Run by `npm run check`. The order is the journey of the data;
 * features stand side by side and do not know each other.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The folders of src/, earliest first. Folders of one row do not import each other. */
export const layers: readonly (readonly string[])[] = [
  ['base'],
  ['model'],
  ['probe'],
  ['protocols'],
  ['capture'],
  ['identity'],
  ['wire'],
  ['agent'],
  ['store'],
  ['topology', 'tracing', 'detect', 'respond', 'cost', 'integrations'],
  ['server'],
  ['demo'],
  ['cli'],
];

/** Folders that are pure: they import nothing of ours but these. */
const pure: Readonly<Record<string, readonly string[]>> = {
  protocols: ['base', 'model'],
  identity: ['base', 'model'],
};

const rankOf = new Map(layers.flatMap((row, rank) => row.map((folder) => [folder, rank] as const)));

/** Specifiers of all static and dynamic imports and re-exports of a source text, with the line of each. */
export function importsOf(source: string): { specifier: string; line: number }[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return [...withoutComments(source).matchAll(pattern)].map((match) => ({
    specifier: match[2],
    line: source.slice(0, match.index).split('\n').length,
  }));
}

/** Comments turned into blanks, so that positions stay. Strings that hold comment marks are left alone. */
function withoutComments(source: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return source.replace(token, (text) => (text.startsWith('/') ? text.replace(/[^\n]/g, ' ') : text));
}

/**
 * Why a file may not import another, or undefined where it may.
 * @param file path below src/, with slashes
 * @param specifier as written in the import
 */
export function violation(file: string, specifier: string): string | undefined {
  const from = file.split('/')[0];
  const rank = rankOf.get(from);
  if (rank === undefined) return `src/${from} is in no layer: add it to lab/layers.ts`;
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (path.startsWith('..')) return `${specifier} is outside of src`;
  const to = path.split('/')[0];
  if (to === from) return undefined;
  const target = rankOf.get(to);
  if (target === undefined) return `src/${to} is in no layer: add it to lab/layers.ts`;
  if (pure[from] && !pure[from].includes(to)) return `${from} may import only ${pure[from].join(' and ')}, not ${to}`;
  if (target > rank) return `${from} comes before ${to}`;
  if (target === rank) return `${from} and ${to} are features side by side: they meet in model and in server`;
  return undefined;
}

/** All violations below a source folder, as `file:line: why`. */
export function check(sourceFolder: string): string[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .sort()
    .flatMap((file) =>
      importsOf(readFileSync(join(sourceFolder, file), 'utf8')).flatMap(({ specifier, line }) => {
        const why = violation(file, specifier);
        return why === undefined ? [] : [`src/${file}:${line}: ${why} (${specifier})`];
      }),
    );
}

if (process.argv[1] === import.meta.filename) {
  const found = check(join(import.meta.dirname, '../src'));
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
}
