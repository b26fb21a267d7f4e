import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { openStore } from './index.ts';
import { testStore } from './testing/store-suite.ts';

describe('an embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wirelight-store-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  testStore(() => openStore({ kind: 'embedded', directory, fsync: false, guest: { seconds: 3 } }));
});
