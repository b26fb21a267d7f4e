import { describe, expect, it } from 'vitest';
import { isSecretName, redactQuery, redactText } from './redact.ts';

describe('redaction', () => {
  it('takes the values of secret parameters out and leaves the others', () => {
    expect(redactQuery('page=2&access_token=abc&password=x&sort=name&X-Amz-Signature=ff')).toBe(
      'page=2&access_token=[redacted]&password=[redacted]&sort=name&X-Amz-Signature=[redacted]',
    );
    expect(redactQuery('flag&keyword=shoes')).toBe('flag&keyword=shoes');
  });

  it('takes credentials out of any text by their look', () => {
    expect(redactText('Authorization: Bearer abcdefgh12345')).toBe('Authorization: [redacted]');
    expect(redactText('see AKIAIOSFODNN7EXAMPLE and ghp_0123456789abcdefghij')).toBe('see [redacted] and [redacted]');
    expect(redactText('postgres://app:hunter2@db:5432/shop')).toBe('postgres://[redacted]@db:5432/shop');
    expect(redactText('SELECT 1')).toBe('SELECT 1');
  });

  it('knows names of secrets from words that only look alike', () => {
    expect(['password', 'api-key', 'sessionid', 'refresh_token', 'sig'].every(isSecretName)).toBe(true);
    expect(['page', 'keyboard', 'sign', 'monkey', 'author'].some(isSecretName)).toBe(false);
  });
});
