import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Agents, EventFacets, Requests } from '../../src/model/api.ts';
import { Lab } from '../net/lab.ts';
import { startDnsmasq } from '../net/servers.ts';
import { suite } from '../run/requires.ts';
import { objectionsTo } from './axe.ts';
import { complaintsOf, startBrowser } from './browser.ts';
import { type Shop, startShop } from './shop.ts';

const failures = 3;

suite('records of real traffic', {
  root: true,
  packages: ['chromium', 'curl', 'dnsmasq', 'iproute2', 'nginx', 'redis'],
}, () => {
  const lab = new Lab();
  let shop: Shop;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let span = '';

  /** Waits until so many records are stored. */
  const told = async (path: string, count: number): Promise<void> => {
    for (let i = 0; i < 80; i++) {
      if ((await shop.ask<{ items: unknown[] }>(path)).items.length >= count) return;
      await sleep(500);
    }
    throw new Error(`${path} has not ${count} records`);
  };

  beforeAll(async () => {
    const from = Date.now();
    shop = await startShop(lab);
    await shop.order(12);
    // The shop's own answers on the port of multicast DNS, where no answer is nobody's fault.
    await startDnsmasq(lab, { ...shop.place, port: 5300 }, ['--address=/shop.test/10.1.2.3']);
    for (let i = 0; i < failures; i++) {
      await lab.run('dig', ['+tries=1', '@127.0.0.1', '-p', '5300', 'nothing.example'], shop.place);
      await lab.run('sh', ['-c', 'curl -s http://127.0.0.1:9999/ || true'], shop.place);
    }
    await told('/events?from=-5m&filter=event:dns_failure', failures);
    await told('/events?from=-5m&filter=event:connect_failed', failures);
    await told('/requests?from=-5m&filter=to:shop', 12);
    // What connections did is told every ten seconds.
    await told('/flows?from=-5m&filter=to:shop', 1);
    span = `from=${from}&to=${Date.now()}`;
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await lab.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    complaints = complaintsOf(page, shop.origin);
    await page.goto(shop.url);
    await page.waitForSelector('.frame');
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  const search = () => new URL(page.url()).searchParams;
  const firstRow = '[role=row][aria-rowindex="2"]';

  it('names that were not resolved are events with their reason, beside the requests that asked for them', async () => {
    const { facets } = await shop.ask<EventFacets>(`/events/facets?${span}&filter=event:dns_failure`);
    const [reason] = facets.find(({ field }) => field === 'reason')?.values ?? [];
    expect(reason?.count).toBe(failures);
    expect(['NXDOMAIN', 'REFUSED', 'SERVFAIL']).toContain(reason?.value);
    const asked = await shop.ask<Requests>(`/requests?${span}&filter=protocol:dns status:${reason?.value}`);
    expect(asked.items.map(({ target }) => target)).toEqual(new Array(failures).fill('nothing.example'));

    await page.goto(`${shop.origin}/events?${span}`);
    await page.click('.lane:has-text("DNS failures")');
    await expect.poll(() => search().get('filter')).toBe('event:dns_failure');
    await expect.poll(() => page.textContent('[data-testid=rows]')).toBe(String(failures));
    await page.waitForSelector(firstRow);
    expect(await page.textContent(firstRow)).toContain('dns failure');
    await page.keyboard.press('j');
    await page.waitForSelector('.panel');
    expect(await page.textContent('.panel')).toContain(reason?.value ?? 'a reason');
    const address = page.url();
    await page.reload();
    await page.waitForSelector('.panel');
    expect(page.url()).toBe(address);
    await page.click('text=Requests of its connection');
    await page.waitForSelector('[aria-label=Requests] [role=row][aria-rowindex="2"]');
    expect(await page.textContent(firstRow)).toContain('nothing.example');
  });

  it('events are told by trouble, with how many of each there were', async () => {
    await page.goto(`${shop.origin}/events?${span}`);
    const countIn = (lane: string): Promise<string | null> => page.textContent(`.lane:has-text("${lane}") .lane-count`);
    await expect.poll(() => countIn('Failed connects'), { timeout: 10_000 }).toBe(String(failures));
    await expect.poll(() => countIn('DNS failures')).toBe(String(failures));
    await page.click('.lane:has-text("Failed connects")');
    await expect.poll(() => page.textContent('[data-testid=rows]')).toBe(String(failures));
    expect(await page.textContent(firstRow)).toMatch(/connect failed.*refused/i);
    // Chosen again it shows all.
    await page.click('.lane:has-text("Failed connects")');
    await expect.poll(() => search().get('filter')).toBe(null);
  });

  it('a connection is shown with what TCP tells of it, and leads to its requests', async () => {
    await page.goto(`${shop.origin}/events?tab=connections&${span}&filter=to:shop`);
    await page.waitForSelector(firstRow);
    await page.click(firstRow);
    await page.waitForSelector('.panel');
    const panel = (await page.textContent('.panel')) ?? '';
    for (const word of ['round trip', 'established in', 'segments', 'nginx']) expect(panel).toContain(word);
    await page.click('text=Its requests');
    await page.waitForSelector('[aria-label=Requests] [role=row][aria-rowindex="2"]');
    expect(search().get('filter')).toMatch(/^connection:\d+$/);
  });

  it('a request is copied as JSON and as a command, and its three times are drawn', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shop.origin });
    await page.goto(`${shop.origin}/requests?${span}&filter=to:checkout`);
    await page.waitForSelector(firstRow);
    await page.keyboard.press('j');
    await page.waitForSelector('.panel .lifeline');
    expect(await page.getAttribute('.panel .lifeline', 'aria-label')).toMatch(
      /received .*, waited in the socket [\d.]+ .*, worked on [\d.]+ ms, answer sent /,
    );
    const clipboard = (): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');
    await page.click('text=Copy as a command');
    await expect
      .poll(clipboard)
      .toMatch(/^curl -sv --path-as-is -H 'Host: .*http:\/\/127\.0\.0\.1:8002\/api\/orders\//);
    await page.click('text=Copy as JSON');
    await expect.poll(clipboard).toMatch(/^\{/);
    const copied = JSON.parse(await clipboard()) as { request: { destination: { name: string } }; connection: unknown };
    expect(copied.request.destination.name).toBe('checkout');
    // From one neighbour on the same connection to the next.
    const before = search().get('selected');
    await page.click('.neighbours button');
    await expect.poll(() => search().get('selected')).not.toBe(before);
  });

  it('while somebody reads, a live table stands, and follows again on demand', async () => {
    await page.goto(`${shop.origin}/requests?from=-5m&filter=to:shop`);
    await page.waitForSelector(firstRow);
    await page.keyboard.press('j');
    await page.waitForSelector('.standing');
    const time = () => page.getAttribute(`${firstRow} time`, 'datetime');
    const before = await time();
    await shop.order(1);
    await expect
      .poll(async () => (await shop.ask<Requests>(`/requests?from=-5m&filter=to:shop`)).items[0]?.time, {
        timeout: 15_000,
      })
      .not.toBe(before);
    await sleep(1500);
    expect(await time()).toBe(before);
    await page.click('.standing');
    await expect.poll(time, { timeout: 10_000 }).not.toBe(before);
  });

  it('SQL is completed while it is typed, and an answer is kept in the address with how it is shown', async () => {
    await page.goto(`${shop.origin}/query?${span}`);
    await page.waitForSelector('.sql-editor .cm-content');
    await page.click('.sql-editor .cm-content');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('SELECT lat');
    await page.waitForSelector('.sql-editor .cm-tooltip-autocomplete >> text=latency_ns');
    await page.keyboard.press('Escape');
    await page.click('.library >> text="DNS flow graph"');
    await page.waitForSelector('[role=grid] [role=row][aria-rowindex="2"]');
    await page.click('[aria-label="Shown as"] >> text=Graph');
    await page.waitForSelector('.flow-graph .flow-name');
    expect(search().get('as')).toBe('graph');
    await page.reload();
    await page.waitForSelector('.flow-graph .flow-name');
    expect(await page.textContent('.flow-graph')).toMatch(/client.*resolver.*dig.*dnsmasq/s);
    await page.fill('[aria-label="Name to save it under"]', 'who asks');
    await page.keyboard.press('Enter');
    await page.reload();
    await page.waitForSelector('.library >> text="who asks"');
  });

  it('the health page knows each agent with its kernel and version, and nothing is told as lost that was not', async () => {
    const { items } = await shop.ask<Agents>('/agents');
    await page.goto(`${shop.origin}/health?${span}`);
    await page.waitForSelector('.agent');
    const text = (await page.textContent('.health')) ?? '';
    for (const word of [items[0]?.kernel ?? '?', items[0]?.version ?? '?', 'agents connected', 'disk left', 'features'])
      expect(text).toContain(word);
    const lost = Object.entries(items[0]?.losses ?? {}).filter(([, count]) => count > 0);
    if (lost.length === 0) expect(text).toContain('nothing since its start');
    expect(Object.keys(items[0]?.losses ?? {})).not.toContain('joined_midway');
    expect(Object.keys(items[0]?.counters ?? {})).toContain('joined_midway');
  });

  for (const theme of ['dark', 'light'] as const) {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ]) {
      it(`panels, lists and pictures of answers have nothing that axe objects to, ${theme}, ${width}x${height}`, async () => {
        await page.setViewportSize({ width, height });
        await page.evaluate(`localStorage.setItem('wirelight-theme', '${theme}')`);
        const found: string[] = [];
        const sql = encodeURIComponent("SELECT 'a' AS client, 'b' AS service, number AS requests FROM numbers(3)");
        const shown: readonly (readonly [string, string, boolean])[] = [
          [`requests?${span}&filter=to:checkout`, firstRow, true],
          [`events?${span}`, firstRow, true],
          [`events?tab=connections&${span}`, firstRow, true],
          [`query?${span}&sql=${sql}&as=chart`, '.bars li', false],
          [`query?${span}&sql=${sql}&as=graph`, '.flow-graph .flow-name', false],
          [`health?${span}`, '.agent', false],
        ];
        for (const [path, there, chosen] of shown) {
          await page.goto(`${shop.origin}/${path}`);
          await page.waitForSelector(there);
          if (chosen) {
            await page.keyboard.press('j');
            await page.waitForSelector('.panel .facts');
          }
          await expect.poll(() => page.locator('.skeleton').count(), { timeout: 20_000 }).toBe(0);
          found.push(...(await objectionsTo(page)).map((violation) => `${path}: ${violation}`));
          const over = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          if (over > 0) found.push(`${path}: ${over} pixels wider than the window`);
        }
        if (width < 760) {
          await page.goto(`${shop.origin}/requests?${span}`);
          await page.click('.narrow-only');
          await page.waitForSelector('.facets.open .fact');
          found.push(...(await objectionsTo(page)).map((violation) => `values: ${violation}`));
        }
        expect(found).toEqual([]);
      });
    }
  }
});
