import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');

/** ELF header: a relocatable file for the BPF machine (the number that Linux gave it). */
const ET_REL = 1;
const EM_BPF = 247;

suite('the kernel programs', { packages: ['clang', 'libbpf-dev'] }, () => {
  it.each(['x86_64', 'aarch64'])('compile without a warning for %s', (architecture) => {
    const printed = execFileSync('bash', [join(root, 'bpf/build.sh'), architecture], { encoding: 'utf8' });
    expect(printed).toBe('');
    const sources = readdirSync(join(root, 'bpf')).filter((file) => file.endsWith('.bpf.c'));
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) {
      const object = readFileSync(join(root, 'build/bpf', architecture, source.replace(/c$/, 'o')));
      expect([object.readUInt16LE(16), object.readUInt16LE(18)]).toEqual([ET_REL, EM_BPF]);
      expect(object.includes('.BTF')).toBe(true);
    }
  });

  it('are refused for an architecture that nobody has thought of', () => {
    const build = () => execFileSync('bash', [join(root, 'bpf/build.sh'), 'sparc'], { stdio: 'pipe' });
    expect(build).toThrow(/architecture 'sparc' is not supported: x86_64 and aarch64 are/);
  });
});
