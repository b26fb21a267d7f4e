import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { entityId } from '../../src/model/entity.ts';
import { readStaticFiles } from '../../src/server/http/static-files.ts';
import { startTestServer, type TestServer, testAgent } from '../../src/server/testing/test-server.ts';
import { suite } from '../run/requires.ts';
import { objectionsTo } from './axe.ts';
import { complaintsOf, startBrowser } from './browser.ts';

const pagesFolder = process.env.WIRELIGHT_PAGES ?? join(import.meta.dirname, '../../build/web');

/** Names that somebody who means harm, or nobody in particular, gives. */
const hostile = [
  '<img src=x onerror=document.title=1>',
  '"><svg onload=document.title=1>',
  '<script>document.title=1</script>',
  "'); DROP TABLE requests; --",
  '\u202egnp.exe \u2066\u05e9\u05dc\u05d5\u05dd',
  '😀👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'null\0byte\0s',
  'a'.repeat(10_000),
  'x'.repeat(5000) + '\u200b'.repeat(5000),
  '{{constructor.constructor("document.title=1")()}}',
  'javascript:document.title=1',
  'line\r\nbreak\u2028paragraph',
  '%00%0d%0a..%2f..%2f',
  '=HYPERLINK("http://x","y")',
];

suite('hostile names', { packages: ['chromium'] }, () => {
  let server: TestServer;
  let origin = '';
  let span = '';
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    server = await startTestServer({ files: readStaticFiles(pagesFolder) });
    origin = `http://127.0.0.1:${server.server.port}`;
    const to = Date.now();
    const at = (i: number): bigint => BigInt(to - 60_000 + i * 100) * 1_000_000n;
    span = `from=${to - 120_000}&to=${to}`;
    const ids = hostile.map((name) => entityId('', 'workload', '', name));
    const ends = (i: number) => ({
      source: ids[i],
      destination: ids[(i + 1) % ids.length],
      source_instance: ids[i],
      destination_instance: ids[(i + 1) % ids.length],
      transport: 'tcp',
      source_ip: '10.0.0.1',
      source_port: 40_000,
      destination_ip: '10.0.0.2',
      destination_port: 80,
      agent: testAgent,
      host: hostile[i].slice(0, 200),
      connection: 1 + i,
    });
    await server.give(
      'entities',
      hostile.map((name, i) => ({
        id: ids[i],
        kind: 'workload',
        name,
        namespace: name.slice(0, 300),
        first_seen: at(0),
        last_seen: at(99),
        labels: { [name.slice(0, 100)]: name },
        details: { process: name, command: name, user: name.slice(0, 500), unit: name, container: name },
      })),
    );
    await server.give(
      'requests',
      hostile.map((name, i) => ({
        ...ends(i),
        time: at(i),
        side: 'both',
        counted: true,
        protocol: i % 5 === 4 ? name.slice(0, 40) : 'http',
        method: name,
        target: name,
        resource: name,
        authority: name,
        outcome: i % 2 === 0 ? 'ok' : 'server_error',
        code: 200,
        code_text: name,
        latency_ns: 1_000_000 * (i + 1),
        received_ns: 0,
        waited_ns: 1000,
        sent_ns: 1000,
        request_bytes: 10,
        response_bytes: 10,
        flags: 64,
        correlation_id: name,
        user_agent: name,
        content_type: name,
        attributes: { [name]: name },
        block: 1,
      })),
    );
    await server.give(
      'flows',
      hostile.map((name, i) => ({
        ...ends(i),
        time: at(i),
        duration_ns: 1_000_000,
        side: 'both',
        counted: true,
        protocol: name.slice(0, 40),
        connection_start: at(i),
        beginning_seen: true,
        opened: true,
        ended: true,
        state: 'closed',
        connect_ns: 50_000,
        source_bytes: 500,
        destination_bytes: 9000,
      })),
    );
    await server.give(
      'events',
      hostile.map((name, i) => ({
        ...ends(i),
        time: at(i),
        kind: i % 3 === 0 ? 'loss' : 'drop',
        reason: name,
        process: name,
        tcp_state: name.slice(0, 40),
        count: 1,
        pid: 7,
      })),
    );
    browser = await startBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    complaints = complaintsOf(page, origin);
    page.on('dialog', (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${origin}/?token=${server.server.token}`);
    await page.waitForSelector('.frame');
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  /** The page is as it was made, and nothing is wider than the window. */
  const unharmed = async (where: string): Promise<void> => {
    expect([where, await page.title()]).toEqual([where, expect.stringMatching(/ · Wirelight$/)]);
    const strange = 'main script, main svg[onload], main img[src="x"], main a[href^="javascript"]';
    expect([where, await page.locator(strange).count()]).toEqual([where, 0]);
    const over = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect([where, over]).toEqual([where, 0]);
  };
  const settled = async (): Promise<void> => {
    await expect.poll(() => page.locator('.skeleton').count(), { timeout: 20_000 }).toBe(0);
    await sleep(200);
  };
  const rowsShown = (count: number): Promise<void> =>
    expect.poll(() => page.locator('[role=row]:has(time)').count(), { timeout: 20_000 }).toBeGreaterThanOrEqual(count);

  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ]) {
    it(`do no harm in the panel of any request, event or connection, ${width}x${height}`, async () => {
      await page.setViewportSize({ width, height });
      for (const path of ['requests', 'events', 'events?tab=connections']) {
        await page.goto(`${origin}/${path}${path.includes('?') ? '&' : '?'}${span}`);
        await rowsShown(Math.min(hostile.length, 10));
        for (let i = 0; i < hostile.length; i++) {
          await page.keyboard.press('j');
          await page.waitForSelector('.panel .facts');
          if (i % 4 === 0) await unharmed(`${path}, row ${i}`);
        }
        await settled();
        await unharmed(path);
        expect([path, await objectionsTo(page)]).toEqual([path, []]);
      }
    });
  }

  it('are filtered by with a click, whatever signs they are made of', async () => {
    await page.goto(`${origin}/requests?${span}`);
    await rowsShown(10);
    // Each value that was clicked is found: it was quoted as the filter language wants it.
    for (const at of hostile.keys()) {
      const row = page.locator(`[role=row][aria-rowindex="${at + 2}"]`);
      const time = await row.locator('time').getAttribute('datetime');
      await row.locator('[role=gridcell]').nth(1).locator('button').click();
      await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toMatch(/^from:/);
      await expect.poll(() => page.textContent('[data-testid=rows]'), { timeout: 10_000 }).toBe('1');
      await expect.poll(() => page.getAttribute('[role=row][aria-rowindex="2"] time', 'datetime')).toBe(time);
      await page.goBack();
      await rowsShown(10);
    }
  });

  it('do no harm on the other pages, nor in the answer of a statement and its pictures', async () => {
    for (const path of ['health', 'map', 'map?as=table']) {
      await page.goto(`${origin}/${path}${path.includes('?') ? '&' : '?'}${span}`);
      await settled();
      await unharmed(path);
    }
    await page.goto(`${origin}/query?${span}`);
    for (const title of ['Top talkers', 'Most requests', 'Events by reason']) {
      const answered = page.waitForResponse(`${origin}/api/v1/query`);
      await page.click(`.library >> text="${title}"`);
      await answered;
      await page.waitForSelector('[role=grid] [role=row][aria-rowindex="2"]');
      for (const shown of await page.locator('[aria-label="Shown as"] button').allTextContents()) {
        await page.click(`[aria-label="Shown as"] >> text=${shown}`);
        await sleep(300);
        await unharmed(`${title} as ${shown}`);
      }
      await page.click('[aria-label="Shown as"] >> text=Table');
    }
  });
});
