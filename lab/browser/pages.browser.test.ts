import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Graph, Requests } from '../../src/model/api.ts';
import { Lab } from '../net/lab.ts';
import { suite } from '../run/requires.ts';
import { complaintsOf, startBrowser } from './browser.ts';
import { axeSource, type Shop, sendHostileNames, startShop } from './shop.ts';

const orders = 30;

/** Expressions for the page. */
const loaded = "document.querySelector('.skeleton') === null";
const overhang = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const counted = (count: number): string => `document.querySelector('.facets p')?.textContent === '${count} requests'`;

/** What `orders` orders make: every edge with its requests. */
const made = [
  ['checkout', 'shop', 'http', orders],
  ['inventory', 'shop', 'http', orders],
  ['nginx', 'curl', 'http', orders],
  ['redis-server', 'inventory', 'redis', orders],
  ['shop', 'nginx', 'http', orders],
] as const;

suite('the pages', { root: true, packages: ['chromium', 'curl', 'dnsmasq', 'iproute2', 'nginx', 'redis'] }, () => {
  const lab = new Lab();
  let shop: Shop;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  /** A span that holds all orders, and nothing that comes later. */
  let span = '';

  beforeAll(async () => {
    const from = Date.now();
    shop = await startShop(lab);
    await shop.order(orders);
    for (let i = 0; i < 60; i++) {
      const { edges } = await shop.ask<Graph>('/graph?from=-5m');
      if (edges.filter(({ requests }) => requests >= orders).length >= made.length) break;
      await sleep(500);
    }
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

  /** Waits for an expression to become true. Asked from outside: the pages' security policy forbids eval within. */
  const until = (expression: string): Promise<void> =>
    expect.poll(() => page.evaluate<boolean>(expression), { timeout: 20_000 }).toBe(true);

  it('takes the token out of the address, and stays logged in', async () => {
    expect(page.url()).not.toContain('token');
    await page.reload();
    await page.waitForSelector('.frame');
  });

  it('shows as edges exactly the traffic that was made', async () => {
    await page.goto(`${shop.origin}/map?as=table&${span}`);
    await page.waitForSelector('table[aria-label="Edges"] tbody tr');
    const rows = await page.$$eval('table[aria-label="Edges"] tbody tr', (found) =>
      found.map((row) => [...row.querySelectorAll('td')].slice(0, 5).map((cell) => cell.textContent ?? '')),
    );
    const shown = rows
      .filter(([, , , , requests]) => Number(requests) > 0)
      .map(([source, destination, protocol, , requests]) => [destination, source, protocol, Number(requests)]);
    expect(shown.sort()).toEqual(made.map((edge) => [...edge]));
  });

  it('shows a request within moments after it was made, without a reload', async () => {
    await page.goto(`${shop.origin}/requests?from=-5m&filter=path:/api/orders/*`);
    await page.waitForSelector('[role=row][aria-rowindex="2"]');
    const time = () => page.getAttribute('[role=row][aria-rowindex="2"] time', 'datetime');
    const before = await time();
    await shop.order(1);
    await expect.poll(time, { timeout: 10_000 }).not.toBe(before);
  });

  it('opens a request with its times, its ends and its neighbours, by keyboard alone, and keeps it in the address', async () => {
    await page.goto(`${shop.origin}/requests?${span}&filter=to:checkout`);
    await page.waitForSelector('[role=row][aria-rowindex="2"]');
    await page.focus('[role=grid]');
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector('.panel .golden');
    const panel = (await page.textContent('.panel')) ?? '';
    for (const word of [
      'worked on',
      'waited in the socket',
      'node',
      '127.0.0.1:8002',
      'Connection',
      'Before and after',
    ])
      expect(panel).toContain(word);
    expect(page.url()).toContain('selected=request');
    await page.reload();
    await page.waitForSelector('.panel .golden');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.panel', { state: 'detached' });
  });

  it('adds a value to the filter by a click, and then shows those requests only', async () => {
    await page.goto(`${shop.origin}/requests?${span}`);
    await page.click('.facets button:has-text("redis"):not([aria-label])');
    await until(counted(30));
    expect(new URL(page.url()).searchParams.get('filter')).toMatch(/redis/);
  });

  it('makes a filter and a span of what is dragged over in the heat map', async () => {
    await page.goto(`${shop.origin}/requests?${span}`);
    await until(`/, [1-9]\\d* requests/.test(document.querySelector('.heat canvas')?.getAttribute('aria-label'))`);
    const box = await page.locator('.heat canvas').boundingBox();
    if (box === null) throw new Error('no heat map');
    await page.mouse.move(box.x + 5, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 5, box.y + box.height * 0.6);
    await page.mouse.up();
    const search = new URL(page.url()).searchParams;
    expect(search.get('filter')).toMatch(/^latency:[\d.]+(?:us|ms|s)\.\.[\d.]+(?:ms|s)$/);
    const { items } = await shop.ask<Requests>(`/requests?${search}&limit=1000`);
    expect(items.length).toBeGreaterThan(0);
    await until(counted(items.length));
  });

  it('runs a ready statement, and gives the answer as CSV', async () => {
    await page.goto(`${shop.origin}/query?${span}`);
    await page.click('text=Most requests');
    await page.waitForSelector('[role=grid] [role=row][aria-rowindex="2"]');
    const coming = page.waitForEvent('download');
    await page.click('text=Download CSV');
    const file = await (await coming).createReadStream();
    let csv = '';
    for await (const part of file) csv += part;
    expect(csv).toContain('"service"'.replaceAll('"', ''));
    expect(csv).toMatch(/^checkout,http,GET \/api\/orders\/\{id\},30,3,/m);
  });

  it('says on the health page which agent watches, and how the store is', async () => {
    await page.goto(`${shop.origin}/health`);
    await page.waitForSelector('.agent');
    const text = (await page.textContent('.health')) ?? '';
    for (const word of ['kernel', 'ClickHouse', 'requests', 'behind by']) expect(text).toContain(word);
  });

  it('lists connections with what they carried', async () => {
    await page.goto(`${shop.origin}/events?tab=connections&${span}&filter=to:redis-server`);
    await page.waitForSelector('[role=row][aria-rowindex="2"]');
    expect(await page.textContent('[role=row][aria-rowindex="2"]')).toContain('inventory');
  });

  const everywhere = ['map', 'map?as=table', 'requests', 'events', 'events?tab=connections', 'health', 'query'];

  for (const theme of ['dark', 'light'] as const) {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ]) {
      it(`has nothing that axe objects to, ${theme}, ${width}x${height}`, async () => {
        await page.setViewportSize({ width, height });
        await page.evaluate(`localStorage.setItem('wirelight-theme', '${theme}')`);
        const found: string[] = [];
        for (const path of everywhere) {
          await page.goto(`${shop.origin}/${path}${path.includes('?') ? '&' : '?'}${span}`);
          await page.waitForSelector('.frame main');
          await until(loaded);
          await page.evaluate(axeSource());
          const violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as {
              axe: {
                run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
              };
            };
            return (await axe.run()).violations.map(
              ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary?.slice(0, 300)}`,
            );
          });
          found.push(...violations.map((violation) => `${path}: ${violation}`));
          const wide = await page.evaluate<number>(overhang);
          if (wide > 0) found.push(`${path}: ${wide} pixels wider than the window`);
        }
        expect(found).toEqual([]);
      });
    }
  }

  it('takes no harm from hostile names', async () => {
    await sendHostileNames(lab, shop);
    await expect
      .poll(async () => (await shop.ask<Requests>('/requests?from=-5m&filter=path:*script*')).items.length, {
        timeout: 15_000,
      })
      .toBeGreaterThan(0);
    for (const path of everywhere) {
      await page.goto(`${shop.origin}/${path}${path.includes('?') ? '&' : '?'}from=-5m`);
      await until(loaded);
      await sleep(700);
      expect(await page.title()).toMatch(/ · Wirelight$/);
      expect(await page.locator('main script, main svg[onload], main img[src="x"]').count()).toBe(0);
      expect(await page.evaluate<number>(overhang)).toBe(0);
    }
  });
});
