/**
 * What a process runs, by a name that stays the same across restarts and upgrades. A native program is called after its
 * executable; an interpreter after what it interprets (interpreters.ts).
 */
import { scriptOf } from './interpreters.ts';
import { withoutBuild, withoutVersion } from './stable-name.ts';

/** PATH_MAX. */
const longest = 4096;

/** What is known about a process when it is to be named. */
export interface ProgramFacts {
  readonly comm: string;
  /** '' where it may not be read. */
  readonly executable: string;
  /** Empty for kernel threads and zombies. A process that sets its title has one argument that holds it all. */
  readonly argv: readonly string[];
  readonly kernelThread: boolean;
  /** Working directory; read only when needed, '' where it may not be. */
  readonly cwd: () => string;
}

/**
 * The name under which the process was executed. `argv[0]` where the kernel's own name agrees with it (it knows
 * `redis-server` where the executable is `redis-check-rdb`, and is not cut at 15 bytes), else the executable's.
 */
export function executedName(facts: ProgramFacts): string {
  if (facts.kernelThread) return facts.comm;
  // A program that starts itself once more (Chromium, runc) says only that it is itself.
  const said = /^\/proc\/self\/exe(\s|$)/.test(facts.argv[0] ?? '') ? '' : firstWord(facts.argv[0] ?? '');
  if (said !== '' && Buffer.from(said).subarray(0, 15).toString() === facts.comm) return said;
  return baseName(facts.executable) || said || facts.comm;
}

/** The stable name of what the process runs. '' only where nothing at all is known of it. */
export function programName(facts: ProgramFacts): string {
  if (facts.kernelThread) return kernelThreadName(facts.comm);
  // No path is longer, and a hostile argument shall not cost more than a path does.
  const argv = facts.argv.map((a) => (a.length > longest ? a.slice(0, longest) : a));
  return nameOf({ ...facts, argv }, 0) || executedName(facts);
}

/** `kworker/u8:2-events` → `kworker`, `irq/24-eth0` → `irq`, `nfsd` → `nfsd`. */
function kernelThreadName(comm: string): string {
  return comm.replace(/[/:].*$/, '') || comm;
}

const loader = /^ld-(linux|musl)|^ld64\.so|^qemu-(aarch64|arm|i386|x86_64|riscv64|ppc64(le)?|s390x|mips\w*)(-static)?$/;
const loaderOptions = new Set(['--library-path', '--argv0', '--preload', '--inhibit-rpath', '-L', '-0']);

function nameOf(facts: ProgramFacts, depth: number): string {
  const executed = executedName(facts);
  const binary = baseName(facts.executable) || executed;
  const argv = splitTitle(facts.argv, binary);
  // Several programs in one file, and loaders that are given the program: the next argument says which.
  if (depth < 2 && (binary === 'busybox' || binary === 'toybox')) {
    const applet = firstWord(argv[0] ?? '');
    if (applet !== binary && applet !== '') return named(applet);
    if (argv.length > 1) return nameOf({ ...facts, comm: '', executable: argv[1], argv: argv.slice(1) }, depth + 1);
  }
  if (depth < 2 && loader.test(binary)) {
    const program = firstOperand(argv, loaderOptions);
    if (program > 0) {
      const path = argv[program];
      return nameOf({ ...facts, comm: '', executable: path, argv: argv.slice(program) }, depth + 1);
    }
  }
  const script = scriptOf(binary, argv, facts.cwd);
  return script === undefined ? named(executed) : script || named(executed);
}

/** A native program's name without what an upgrade changes. */
function named(file: string): string {
  const base = file.replace(/^\.(.+)-wrapped$/, '$1').replace(/^(php-fpm)[\d.]+$/, '$1');
  return withoutBuild(withoutVersion(base));
}

/** Index of the first argument that is no option, 0 where there is none. */
export function firstOperand(argv: readonly string[], valued: ReadonlySet<string>): number {
  for (let i = 1; i < argv.length; i++) {
    if (argv[i] === '--') return i + 1 < argv.length ? i + 1 : 0;
    if (argv[i] === '' || !argv[i].startsWith('-')) {
      if (argv[i] !== '') return i;
    } else if (valued.has(argv[i])) i++;
  }
  return 0;
}

/** A process that rewrote its title has all words in one argument; where they are still its command line, split them. */
function splitTitle(argv: readonly string[], binary: string): readonly string[] {
  if (argv.length !== 1 || !argv[0].includes(' ')) return argv;
  const words = argv[0].split(/ +/);
  return baseName(words[0]) === binary ? words : argv;
}

/** `nginx: worker process` → `nginx`, `/usr/bin/redis-server *:6379` → `redis-server`, `-bash` → `bash`. */
function firstWord(argument: string): string {
  const word = argument.split(/\s/, 1)[0].replace(/:$/, '').replace(/^-/, '');
  return baseName(word);
}

function baseName(path: string): string {
  if (path.startsWith('/memfd:')) return ''; // a program without a file: its arguments say more
  const clean = path.replace(/ \(deleted\)$/, '');
  return clean.slice(clean.lastIndexOf('/') + 1);
}
