/**
 * Which script, module, jar or assembly an interpreter runs, read from its arguments: a family of interpreters is the
 * options that take a value, those that carry code, and what is special about it.
 */
import { javaProgram } from './java-program.ts';
import { nameOfDirectory, nameOfScript } from './script-path.ts';

interface Family {
  /** File names of the executable. */
  readonly binary: RegExp;
  /** Its name where it runs no script: a shell prompt, code on the command line. Stays the same across upgrades. */
  readonly name: string;
  /** Gives the name of what is run, '' for nothing (then {@link name} is used). */
  readonly read: (argv: readonly string[], cwd: () => string) => string;
}

/** How options are written. */
interface Options {
  /** Options whose value is the argument after them. */
  readonly valued: ReadonlySet<string>;
  /** Options after which comes program text instead of a script. */
  readonly code: RegExp;
  /** Words before the script: `deno run`, `bun run`. */
  readonly words?: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const node: Options = {
  valued: words(
    `-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --icu-data-dir
    --openssl-config --redirect-warnings --report-dir --report-directory --report-filename --title --trace-event-categories
    --trace-event-file-pattern --diagnostic-dir --cpu-prof-dir --cpu-prof-name --heap-prof-dir --heap-prof-name --input-type
    --experimental-default-type --dns-result-order --unhandled-rejections --tls-cipher-list --watch-path --inspect-port
    --debug-port --max-http-header-size --secure-heap --secure-heap-min --test-name-pattern --test-reporter
    --test-reporter-destination --localstorage-file`,
  ),
  code: /^(-e|-p|-pe|--eval|--print|-i|--interactive)$/,
};
const shell: Options = { valued: words('-o +o -O +O --rcfile --init-file'), code: /^-[a-z]*[cs][a-z]*$/ };
const perl: Options = { valued: words('-I -C'), code: /^-(?![MmIxVD])[a-zA-Z0-9]*[eE]$/ };
const ruby: Options = { valued: words('-I -r -C -E --encoding --require'), code: /^-[a-z]*e$/ };
const php: Options = {
  valued: words('-c -d -S -t -z --define --php-ini --server --docroot'),
  code: /^-[rBRE]$|^--run$/,
};
const deno: Options = {
  valued: words('-c --config --import-map --location --seed -L --log-level'),
  code: /^eval$/,
  words: words('run serve watch'),
};
const bun: Options = {
  valued: words('-r --preload -c --config --cwd --define'),
  code: /^(-e|--eval|-p)$/,
  words: words('run x'),
};
const plain: Options = { valued: words('-I -l -e -L'), code: /^-e$/ };

const families: readonly Family[] = [
  { binary: /^(python|pypy)[\d.]*(-dbg|d|t)?$/, name: 'python', read: readPython },
  { binary: /^(node|nodejs)[\d.]*$/, name: 'node', read: readNode },
  { binary: /^javaw?$/, name: 'java', read: javaProgram },
  { binary: /^(ruby|jruby)[\d.]*$/, name: 'ruby', read: readRuby },
  { binary: /^php(-cgi)?[\d.]*$/, name: 'php', read: readPhp },
  { binary: /^perl[\d.]*$/, name: 'perl', read: (argv, cwd) => script(argv, perl, cwd) },
  { binary: /^(ba|da|z|k|mk|a|fi)?sh$/, name: '', read: (argv, cwd) => script(argv, shell, cwd) },
  { binary: /^deno$/, name: 'deno', read: (argv, cwd) => script(argv, deno, cwd) },
  { binary: /^bun$/, name: 'bun', read: (argv, cwd) => script(argv, bun, cwd) },
  { binary: /^dotnet$/, name: 'dotnet', read: readDotnet },
  { binary: /^mono(-sgen)?$/, name: 'mono', read: (argv, cwd) => script(argv, plain, cwd) },
  { binary: /^(lua|luajit|texlua)[\d.]*$/, name: 'lua', read: (argv, cwd) => script(argv, plain, cwd) },
  { binary: /^(tclsh|wish)[\d.]*$/, name: 'tcl', read: (argv, cwd) => script(argv, plain, cwd) },
  { binary: /^pwsh$/, name: 'pwsh', read: (argv, cwd) => script(argv, { valued: words('-File'), code: /^-c/i }, cwd) },
  { binary: /^(R|Rscript)$/, name: 'R', read: readR },
  { binary: /^(beam(\.smp)?|erl)$/, name: 'beam', read: readBeam },
];

/**
 * The name of what an interpreter runs; undefined where the executable is no interpreter.
 *
 * @param binary file name of the executable
 * @example scriptOf('python3.11', ['python3', '-m', 'http.server'], cwd) // 'http.server'
 */
export function scriptOf(binary: string, argv: readonly string[], cwd: () => string): string | undefined {
  const family = families.find((f) => f.binary.test(binary));
  if (family === undefined) return undefined;
  const titled = argv.length === 1 ? nameOfTitle(argv[0], binary) : '';
  return titled || family.read(argv, cwd) || family.name || undefined;
}

/** A title that a program gave itself: `gunicorn: worker [shop]`, `puma 6.4 (tcp://…) [shop]`, `npm run dev`. */
function nameOfTitle(title: string, binary: string): string {
  const word = /^\[?([A-Za-z][\w.@+-]*)/.exec(title)?.[1] ?? '';
  if (word === '' || word === binary || title.startsWith('/') || !/[\s:]/.test(title)) return '';
  const app = /\[([\w.:-]+)\]$/.exec(title);
  if (app !== null && /^(gunicorn|puma|unicorn)$/.test(word)) return nameOfModule(app[1]) || word;
  return word;
}

/** The script among the arguments, '' where there is none. */
function script(argv: readonly string[], options: Options, cwd: () => string): string {
  const at = scriptAt(argv, options);
  return at === 0 ? '' : nameOfScript(argv[at], cwd);
}

function scriptAt(argv: readonly string[], options: Options, from = 1): number {
  for (let i = from; i < argv.length; i++) {
    const argument = argv[i];
    if (argument === '' || argument === '-') continue;
    if (argument === '--') return i + 1 < argv.length ? i + 1 : 0;
    if (options.code.test(argument)) return 0;
    if (options.valued.has(argument)) i++;
    else if (argument.startsWith('-') || argument.startsWith('+')) continue;
    else if (options.words?.has(argument) === true && i === from) continue;
    // A number is the value of an option that is not known here (--max-old-space-size 4096).
    else if (!/^\d+$/.test(argument)) return i;
  }
  return 0;
}

function readNode(argv: readonly string[], cwd: () => string): string {
  const at = scriptAt(argv, node);
  if (at === 0) return '';
  const name = nameOfScript(argv[at], cwd);
  // These run another script in the same process.
  if (/^(ts-node(-dev|-esm|-script)?|babel-node|ts-node\.js)$/.test(name)) {
    const inner = scriptAt(argv, { ...node, valued: new Set([...node.valued, '-P', '--project', '-O']) }, at + 1);
    if (inner > 0) return nameOfScript(argv[inner], cwd);
  }
  return name;
}

function readPython(argv: readonly string[], cwd: () => string): string {
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i];
    // Short options may be joined, and the last may carry its value: -um http.server, -mhttp.server, -Wignore.
    const short = /^-[bBdEhiIOPqRsSuvVx?]*([mcWXQ])(.*)$/s.exec(argument);
    if (short !== null) {
      if (short[1] === 'c') return '';
      if (short[1] === 'm') {
        const module = short[2] || (argv[i + 1] ?? '');
        return (
          pythonServer(module.split('.')[0], argv.slice(short[2] === '' ? i + 2 : i + 1), cwd) ||
          nameOfModuleRun(module)
        );
      }
      if (short[2] === '') i++;
    } else if (argument === '--check-hash-based-pycs') i++;
    else if (argument === '-') return '';
    else if (!argument.startsWith('-') && argument !== '') {
      const name = nameOfScript(argument, cwd);
      return pythonServer(name, argv.slice(i + 1), cwd) || name;
    }
  }
  return '';
}

/** `python -m shop.__main__` and `python -m shop` are the same. */
function nameOfModuleRun(module: string): string {
  return module.replace(/\.__main__$/, '').slice(0, 100);
}

/** Servers that are given the application as `package.module:object`: it is the application that people know. */
function pythonServer(server: string, rest: readonly string[], cwd: () => string): string {
  if (!/^(gunicorn|uvicorn|hypercorn|daphne|granian|waitress(-serve)?|uwsgi)$/.test(server)) return '';
  const app =
    rest.find((a) => /^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?$/.test(a)) ??
    rest.findLast((a, i) => /^[A-Za-z_][\w.]*$/.test(a) && !(rest[i - 1] ?? '').startsWith('-'));
  return app === undefined ? server : nameOfModule(app) || nameOfDirectory('.', cwd) || server;
}

/** `shop.main:app` → `shop`; '' where all its parts are names that everybody uses. */
function nameOfModule(reference: string): string {
  const parts = reference.split(':')[0].split('.');
  while (parts.length > 0 && /^(main|app|asgi|wsgi|server|application|config|src|api|core)$/.test(parts.at(-1) ?? ''))
    parts.pop();
  return parts.join('.');
}

function readRuby(argv: readonly string[], cwd: () => string): string {
  const name = script(argv, ruby, cwd);
  // Launchers of the application in the working directory.
  return /^(rails|rackup|puma|unicorn|thin|bundle)$/.test(name) ? nameOfDirectory('.', cwd) || name : name;
}

function readPhp(argv: readonly string[], cwd: () => string): string {
  const file = argv.findIndex((a) => a === '-f' || a === '--file');
  if (file > 0 && file + 1 < argv.length) return nameOfScript(argv[file + 1], cwd);
  const name = script(argv, php, cwd);
  if (name !== '') return name;
  const root = argv.indexOf('-t');
  return argv.includes('-S') ? nameOfDirectory(root > 0 ? (argv[root + 1] ?? '.') : '.', cwd) : '';
}

function readDotnet(argv: readonly string[], cwd: () => string): string {
  const assembly = argv.find((a, i) => i > 0 && /\.(dll|exe)$/i.test(a));
  if (assembly !== undefined) return nameOfScript(assembly, cwd);
  if (argv[1] !== 'run' && argv[1] !== 'watch') return '';
  const project = argv.indexOf('--project');
  return nameOfDirectory(
    project > 0 ? (argv[project + 1] ?? '.').replace(/\/?[^/]*\.[cf]sproj$/, '') || '.' : '.',
    cwd,
  );
}

function readR(argv: readonly string[], cwd: () => string): string {
  const file = argv.find((a) => a.startsWith('--file='))?.slice('--file='.length);
  return file !== undefined ? nameOfScript(file, cwd) : script(argv, plain, cwd);
}

/** Erlang and Elixir: the node's name before '@', else the module that is started. */
function readBeam(argv: readonly string[]): string {
  for (const option of ['-sname', '-name', '--sname', '--name', '-s']) {
    const value = argv[argv.indexOf(option) + 1];
    if (argv.includes(option) && value !== undefined && /^[\w.-]+(@|$)/.test(value)) return value.split('@')[0];
  }
  return '';
}
