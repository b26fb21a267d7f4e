import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Requests, RowIndex } from '../../src/model/api.ts';
import { readStaticFiles } from '../../src/server/http/static-files.ts';
import { startTestServer, type TestServer } from '../../src/server/testing/test-server.ts';
import { suite } from '../run/requires.ts';
import { complaintsOf, startBrowser } from './browser.ts';
import { giveRequests } from './many-requests.ts';

const count = 1_050_000;
const pagesFolder = process.env.WIRELIGHT_PAGES ?? join(import.meta.dirname, '../../build/web');

suite('a million requests', { packages: ['chromium'] }, () => {
  let server: TestServer;
  let origin = '';
  let span = '';
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    server = await startTestServer({ files: readStaticFiles(pagesFolder) });
    origin = `http://127.0.0.1:${server.server.port}`;
    const { from, to } = await giveRequests(server.server, count, 15);
    span = `from=${from}&to=${to}`;
    browser = await startBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    complaints = complaintsOf(page, origin);
    await page.goto(`${origin}/?token=${server.server.token}`);
    await page.waitForSelector('.frame');
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const ask = async <T>(path: string): Promise<T> => (await (await server.fetch(`/api/v1${path}`)).json()) as T;
  /** The moment of a row, '' while it is on its way. */
  const timeOf = (row: number): Promise<string> =>
    page.evaluate<string>(
      `document.querySelector('[role=row][aria-rowindex="${row + 1}"] time')?.getAttribute('datetime') ?? ''`,
    );
  const there = (row: number): Promise<void> =>
    expect
      .poll(() => timeOf(row), { timeout: 15_000 })
      .not.toBe('')
      .then(() => undefined);
  /** What the API itself has at a row, by passing over all before it. */
  const truth = async (row: number, order = 'newest'): Promise<string> =>
    (await ask<Requests>(`/requests?${span}&sides=once&order=${order}&skip=${row - 1}&limit=1`)).items[0]?.time ?? '';

  it('are counted and all within reach: by row, by the scroll bar, by the end key', async () => {
    const { total } = await ask<RowIndex>(`/requests/index?${span}&sides=once`);
    expect(total).toBe(count);
    await page.goto(`${origin}/requests?${span}`);
    await there(1);
    await expect.poll(() => page.textContent('[data-testid=rows]')).toBe(count.toLocaleString('en-US'));
    for (const row of [900_000, 123_456, count]) {
      await page.fill('#row', String(row));
      await page.keyboard.press('Enter');
      await there(row);
      expect(await timeOf(row)).toBe(await truth(row));
    }
    // The bar dragged to its middle shows the middle.
    await page.evaluate(
      `{ const grid = document.querySelector('[role=grid]'); grid.scrollTop = (grid.scrollHeight - grid.clientHeight) / 2; }`,
    );
    const seen = (): Promise<number> =>
      page.evaluate<number>(
        `Math.min(...[...document.querySelectorAll('[role=row]:has(time)')].map((row) => Number(row.getAttribute('aria-rowindex')) - 1))`,
      );
    await expect.poll(async () => Math.abs((await seen()) - count / 2), { timeout: 15_000 }).toBeLessThan(100);
    const first = await seen();
    expect(await timeOf(first)).toBe(await truth(first));
    await page.focus('[role=grid]');
    await page.keyboard.press('End');
    await there(count);
    await expect
      .poll(() => page.locator('[role=row][aria-selected=true]').getAttribute('aria-rowindex'))
      .toBe(String(count + 1));
  });

  it('hold only as much of the page as is seen, and keep their place in the address', async () => {
    await page.goto(`${origin}/requests?${span}&row=700000`);
    await there(700_000);
    expect(await timeOf(700_000)).toBe(await truth(700_000));
    expect(await page.locator('[role=row]').count()).toBeLessThan(80);
    await page.mouse.move(800, 500);
    await page.mouse.wheel(0, 280);
    await expect.poll(() => new URL(page.url()).searchParams.get('row')).toBe('700010');
    await page.reload();
    await there(700_010);
    expect(await timeOf(700_010)).toBe(await truth(700_010));
  });

  it('are ordered by a click on a title, and gone through by j, k, Enter and Escape', async () => {
    await page.goto(`${origin}/requests?${span}`);
    await there(1);
    await page.click('[role=columnheader] >> text=Latency');
    await expect.poll(() => new URL(page.url()).searchParams.get('order')).toBe('slowest');
    await expect.poll(() => timeOf(1), { timeout: 15_000 }).toBe(await truth(1, 'slowest'));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.waitForSelector('.panel .lifeline');
    const { items } = await ask<Requests>(`/requests?${span}&sides=once&order=slowest&limit=1`);
    await expect
      .poll(() => new URL(page.url()).searchParams.get('selected'), { timeout: 10_000 })
      .toBe(`request:${items[0]?.id}`);
    await page.focus('[role=grid]');
    await page.keyboard.press('Enter');
    expect(await page.evaluate<string>('document.activeElement.className')).toBe('panel');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.panel', { state: 'detached' });
    expect(await page.evaluate<string>("document.activeElement.getAttribute('role')")).toBe('grid');
  });

  it('have columns that are chosen, made wider, moved, and found again after a reload', async () => {
    await page.goto(`${origin}/requests?${span}`);
    await there(1);
    const titles = (): Promise<string[]> =>
      page.$$eval('[role=columnheader]', (found) => found.map((one) => one.getAttribute('data-column') ?? ''));
    const before = await titles();
    await page.click('summary:has-text("Columns")');
    await page.click('.columns-menu label:has-text("Authority")');
    await page.click('.columns-menu label:has-text("Waited")');
    await page.click('summary:has-text("Columns")');
    expect(await titles()).toEqual([...before.filter((id) => id !== 'waited'), 'authority']);
    // By keyboard wider, by dragging elsewhere.
    await page.focus('[role=separator][aria-label="Width of Protocol"]');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    const protocol = page.locator('[data-column=protocol]');
    await expect.poll(async () => Math.round((await protocol.boundingBox())?.width ?? 0)).toBe(90 + 48);
    const [from, to] = [await protocol.boundingBox(), await page.locator('[data-column=time]').boundingBox()];
    if (from === null || to === null) throw new Error('no titles');
    await page.mouse.move(from.x + 20, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(to.x + 30, to.y + 10, { steps: 5 });
    await page.mouse.move(to.x + 8, to.y + 10);
    await page.mouse.up();
    await expect.poll(async () => (await titles()).slice(0, 2)).toEqual(['protocol', 'time']);
    await page.goto(`${origin}/requests?${span}`);
    await there(1);
    expect((await titles()).slice(0, 2)).toEqual(['protocol', 'time']);
    expect(await titles()).toContain('authority');
    expect(Math.round((await protocol.boundingBox())?.width ?? 0)).toBe(138);
    await page.click('summary:has-text("Columns")');
    await page.click('.columns-menu .button');
    expect(await titles()).toEqual(before);
  });

  it('become a filter and a span of what is chosen in the heat map by keys', async () => {
    await page.goto(`${origin}/requests?${span}`);
    await expect
      .poll(() => page.getAttribute('.heat canvas', 'aria-label'), { timeout: 15_000 })
      .toMatch(/, [1-9]\d* requests/);
    await page.focus('.heat canvas');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowLeft');
    for (let i = 0; i < 12; i++) await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toMatch(/^latency:[\d.]+(?:us|ms|s)\.\./);
    const search = new URL(page.url()).searchParams;
    const { total } = await ask<RowIndex>(`/requests/index?${search}&sides=once`);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThan(count / 10);
    await expect
      .poll(() => page.textContent('[data-testid=rows]'), { timeout: 15_000 })
      .toBe(total.toLocaleString('en-US'));
  });
});
