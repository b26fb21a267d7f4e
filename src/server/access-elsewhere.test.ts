import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Users } from './access/users.ts';
import { startTestServer } from './testing/test-server.ts';

test('a server that others can reach opens to nobody by a token, and sends its cookies over TLS alone', async () => {
  const data = mkdtempSync(join(tmpdir(), 'wirelight-elsewhere-'));
  await new Users(join(data, 'users.json')).set('ada', 'viewer', 'a long password of ada');
  const anyToken = 'ab'.repeat(32);
  await using open = await startTestServer({ host: '0.0.0.0', data, behindTls: true });
  expect(open.server.token).toBeUndefined();
  const at = `http://127.0.0.1:${open.server.port}/api/v1`;
  expect((await fetch(`${at}/health`, { headers: { authorization: `Bearer ${anyToken}` } })).status).toBe(401);
  const entered = await fetch(`${at}/login`, {
    method: 'POST',
    body: JSON.stringify({ user: 'ada', password: 'a long password of ada' }),
    headers: { 'content-type': 'application/json' },
  });
  expect([entered.status, entered.headers.get('set-cookie')]).toEqual([
    200,
    expect.stringMatching(/HttpOnly; SameSite=Strict; .*Secure/),
  ]);
  const token = /wirelight_session=([^;]+)/.exec(entered.headers.get('set-cookie') ?? '')?.[1];
  const asProgram = { authorization: `Bearer ${token}` };
  expect((await fetch(`${at}/health`, { headers: asProgram })).status).toBe(200);
  expect((await fetch(`${at}/config`, { headers: asProgram })).status).toBe(403);
  // What no browser adds by itself needs no further proof.
  expect(
    (
      await fetch(`${at}/query`, {
        method: 'POST',
        headers: { ...asProgram, 'content-type': 'application/json' },
        body: '{"sql":"SELECT 1 FROM requests"}',
      })
    ).status,
  ).toBe(200);
  rmSync(data, { recursive: true, force: true });
}, 60_000);
