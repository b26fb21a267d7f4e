import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, importsOf, violation } from './layers.ts';

describe('the direction of imports', () => {
  it('lets later folders import earlier ones', () => {
    expect(violation('cli/main.ts', '../base/units.ts')).toBeUndefined();
    expect(violation('capture/conversation.ts', '../protocols/protocol.ts')).toBeUndefined();
  });

  it('refuses an upward import, however deep the file lies', () => {
    expect(violation('base/units.ts', '../model/request.ts')).toBe('base comes before model');
    expect(violation('capture/pcap/reader.ts', '../../cli/main.ts')).toBe('capture comes before cli');
  });

  it('keeps protocols and identity to base and model', () => {
    expect(violation('protocols/http/session.ts', '../../model/request.ts')).toBeUndefined();
    expect(violation('protocols/http/session.ts', '../../probe/ring.ts')).toContain('only base and model');
    expect(violation('identity/process.ts', '../capture/sink.ts')).toContain('only base and model');
  });

  it('keeps features apart from each other', () => {
    expect(violation('detect/index.ts', '../topology/graph.ts')).toContain('side by side');
    expect(violation('detect/index.ts', '../model/request.ts')).toBeUndefined();
  });

  it('knows nothing of packages and of node itself', () => {
    expect(violation('base/units.ts', 'node:fs')).toBeUndefined();
    expect(violation('base/units.ts', 'koffi')).toBeUndefined();
  });

  it('refuses a folder that nobody has put in order, and what lies outside', () => {
    expect(violation('extras/a.ts', './b.ts')).toContain('in no layer');
    expect(violation('base/a.ts', '../../lab/test.ts')).toContain('outside of src');
  });
});

describe('finding imports', () => {
  it('finds every form with its line, and none in comments', () => {
    const source = `import { a } from './a.ts';
// import { x } from './x.ts';
import type { B } from "../b.ts"; /* from './y.ts' */
export * from './c.ts';
import './d.ts';
const e = await import('./e.ts');
const url = 'http://from/'; export { f } from './f.ts';
import {
  g,
} from './g.ts';`;
    expect(importsOf(source)).toEqual([
      { specifier: './a.ts', line: 1 },
      { specifier: '../b.ts', line: 3 },
      { specifier: './c.ts', line: 4 },
      { specifier: './d.ts', line: 5 },
      { specifier: './e.ts', line: 6 },
      { specifier: './f.ts', line: 7 },
      { specifier: './g.ts', line: 10 },
    ]);
  });
});

describe('checking a folder', () => {
  let folder: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wirelight-layers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names file, line and reason of each violation', () => {
    write('base/good.ts', `import { readFileSync } from 'node:fs';`);
    write('model/bad.ts', `import '../base/good.ts';\nimport '../cli/main.ts';`);
    write('cli/main.ts', `import '../model/bad.ts';`);
    expect(check(folder)).toEqual(['src/model/bad.ts:2: model comes before cli (../cli/main.ts)']);
  });
});
