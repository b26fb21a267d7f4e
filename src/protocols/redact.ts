/** Takes secrets out of text that is kept. */

/** Names of parameters and fields whose values are never shown. */
const secretName =
  /pass(?:word|wd|phrase)?$|secret|token|api[-_]?key|access[-_]?key|^key$|^sig$|signature|^auth$|authorization|credential|^code$|session|^sid$|jwt|otp|^pin$|assertion|^state$|^nonce$/i;

/** Values that are credentials whatever they are called: JWT, bearer tokens, cloud keys, private keys. */
const secretValue =
  /eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b(?:gh[opsru]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|[rs]k_(?:live|test)_\w{8,}|xox[abprs]-[\w-]{8,}|A(?:KIA|SIA)[A-Z0-9]{16})\b|\bbearer\s+[\w.~+/-]{8,}=*/gi;

/** What stands where a secret stood. */
export const redacted = '[redacted]';

/** True where a parameter, field or header of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Text with credentials in it replaced: tokens by their look, and the user and password of URLs. */
export function redactText(text: string): string {
  return text.replace(secretValue, redacted).replace(/(\w:\/\/)[^/@\s]+@/g, `$1${redacted}@`);
}

/**
 * A query string (without '?') with the values of secret parameters replaced.
 *
 * @example
 * redactQuery('page=2&access_token=abc'); // 'page=2&access_token=[redacted]'
 */
export function redactQuery(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return redactText(pair);
      const name = pair.slice(0, equals);
      return isSecretName(name) ? `${name}=${redacted}` : `${name}=${redactText(pair.slice(equals + 1))}`;
    })
    .join('&');
}
