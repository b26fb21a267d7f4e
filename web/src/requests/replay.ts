/** A request written so that it can be asked again from a shell, as far as it is known. */
import type { StoredRequest } from '../../../src/model/api.ts';

/** A word for a POSIX shell. Control characters are written as bash and zsh read them. */
export function shellWord(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    const escaped = text
      .replaceAll(/[\\']/g, '\\$&')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replaceAll(/[\u0000-\u001f\u007f]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
    return `$'${escaped}'`;
  }
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const hostOf = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip);
/** Says what a comment must not be ended by. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/**
 * The command that asks the same again. Bodies, credentials and redacted values are not kept, so it is a beginning; what was
 * not a request of a known kind is told as a comment.
 */
export function replayOf(request: StoredRequest): string {
  const { destination, method, target } = request;
  const resource = request.resource ?? target;
  const at = ['-h', shellWord(destination.ip), '-p', String(destination.port)];
  switch (request.protocol) {
    case 'http':
    case 'http2':
    case 'grpc': {
      const scheme = request.flags.includes('tls') ? 'https' : 'http';
      const path = resource.startsWith('/') ? resource : `/${resource}`;
      const words = ['curl', '-sv', '--path-as-is'];
      if (method !== 'GET' && method !== '') words.push('-X', shellWord(method));
      if (request.authority !== undefined) words.push('-H', shellWord(`Host: ${request.authority}`));
      if (request.trace_id !== undefined)
        words.push(
          '-H',
          shellWord(`traceparent: 00-${request.trace_id}-${request.parent_span_id ?? '0'.repeat(16)}-01`),
        );
      words.push(shellWord(`${scheme}://${hostOf(destination.ip)}:${destination.port}${path}`));
      return words.join(' ');
    }
    case 'dns':
      return ['dig', `@${destination.ip}`, '-p', String(destination.port), shellWord(target), shellWord(method)].join(
        ' ',
      );
    case 'redis':
      return ['redis-cli', ...at, shellWord(method), ...(resource === '' ? [] : [shellWord(resource)])].join(' ');
    case 'postgresql':
      return ['psql', ...at, '-c', shellWord(resource)].join(' ');
    case 'mysql':
      return ['mysql', '-h', shellWord(destination.ip), '-P', String(destination.port), '-e', shellWord(resource)].join(
        ' ',
      );
    default:
      return `# ${request.protocol} to ${hostOf(destination.ip)}:${destination.port}: ${oneLine(request.operation)}`;
  }
}
