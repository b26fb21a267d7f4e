import { printable } from '../base/printable.ts';

/** Longest command line that is kept. */
const limit = 4096;
const mask = '***';

const secretWord =
  '(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|credentials?|auth(?:orization)?)';
/** `--db-password`, `-Dspring.datasource.password`, `PGPASSWORD`: a name that ends in a word for a secret. */
const secretName = new RegExp(`^(?!--?(?:no|skip|disable|enable|without)-)[\\w.-]*${secretWord}$`, 'i');
const secretHeader = /^((?:proxy-)?authorization|x-api-key|cookie|x-auth-token)\s*:/i;
const userInfo = /([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,200}):[^\s/]+@/gi;
const secretParameter = new RegExp(`([?&;](?:[\\w-]*[-_])?${secretWord}=)[^&;\\s]+`, 'gi');

const secretMember = new RegExp(`("[\\w.-]*${secretWord}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`, 'gi');

/**
 * The arguments as one line that may be shown and stored: joined by spaces, what looks like a secret replaced by `***`
 * (passwords, tokens, keys, also in JSON; the password of a URL, a header with credentials), control characters replaced, at most
 * 4,096 characters long.
 *
 * @example commandLine(['psql', 'postgres://app:hunter2@db/shop', '--token', 'abc']) // 'psql postgres://app:***@db/shop --token ***'
 */
export function commandLine(argv: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  let hideNext = false;
  const program = argv[0]?.slice((argv[0]?.lastIndexOf('/') ?? -1) + 1) ?? '';
  for (const argument of argv) {
    const option = hideNext
      ? mask
      : redacted(argument.length > limit ? argument.slice(0, limit + 1) : argument, program);
    // A lone option that names a secret has it in the next argument; a value that looks like an option is none.
    hideNext = !hideNext && argument.startsWith('-') && argument.length < 200 && secretName.test(argument);
    shown.push(option);
    length += option.length + 1;
    if (length > limit) break;
  }
  return printable(shown.join(' ').trimEnd(), limit);
}

function redacted(argument: string, program: string): string {
  const equals = argument.indexOf('=');
  if (equals > 0 && equals < 200 && secretName.test(argument.slice(0, equals)))
    return argument.slice(0, equals + 1) + mask;
  if (secretHeader.test(argument)) return `${argument.slice(0, argument.indexOf(':') + 1)} ${mask}`;
  if (/^-p./.test(argument) && /^(mysql|mariadb)/.test(program)) return `-p${mask}`;
  if (/^-a./.test(argument) && program === 'redis-cli') return `-a${mask}`;
  return argument
    .replace(userInfo, `$1:${mask}@`)
    .replace(secretParameter, `$1${mask}`)
    .replace(secretMember, `$1"${mask}"`);
}
