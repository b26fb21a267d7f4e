import { describe, expect, test } from 'vitest';
import { lockdown } from './diagnosis.ts';

const mounted = '24 22 0:7 / /sys/kernel/security rw,relatime - securityfs securityfs rw\n';
const bare = '22 1 0:20 / /sys rw,relatime - sysfs sysfs rw\n';

describe('kernel lockdown', () => {
  test.each([
    ['[none] integrity confidentiality\n', 'ok', 'none'],
    ['none [integrity] confidentiality\n', 'ok', 'integrity'],
    ['none integrity [confidentiality]\n', 'missing', 'confidentiality'],
  ])('is read from %j', (file, result, found) => {
    expect(lockdown(file, mounted)).toMatchObject({ result, found });
  });

  test('is absent where securityfs is mounted and has no such file', () => {
    expect(lockdown(undefined, mounted)).toEqual({ result: 'ok', found: 'none', consequence: '' });
  });

  test('is not known where securityfs is not mounted, and it is said how to see it', () => {
    const { found, consequence } = lockdown(undefined, bare);
    expect(found).toContain('unknown');
    expect(consequence).toContain('mount -t securityfs none /sys/kernel/security');
  });
});
