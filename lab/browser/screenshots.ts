/** `npm run screenshots`: pictures of the pages with real traffic, into docs/images; with a folder as argument all pages in both themes there. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../net/lab.ts';
import { startBrowser } from './browser.ts';
import { startShop } from './shop.ts';

const images = join(import.meta.dirname, '../../docs/images');
const elsewhere = process.argv[2];
const sizes =
  elsewhere === undefined
    ? [[1280, 800]]
    : [
        [1280, 800],
        [390, 844],
      ];
const themes = elsewhere === undefined ? (['dark'] as const) : (['dark', 'light'] as const);
const folder = elsewhere ?? images;
mkdirSync(folder, { recursive: true });

await using lab = new Lab();
const shop = await startShop(lab);
const end = Date.now() + 30_000;
while (Date.now() < end) {
  await shop.order(8);
  await lab.run('dig', ['+short', '@127.0.0.1', '-p', '5353', 'shop.test'], shop.place);
  if (Math.random() < 0.15) await lab.run('sh', ['-c', 'curl -s http://127.0.0.1:9999/ || true'], shop.place);
  await sleep(100 + Math.random() * 500);
}
await sleep(3000);
const browser = await startBrowser();
try {
  const { items } = await shop.ask<{ items: { id: string }[] }>('/requests?filter=to:shop&order=slowest&limit=1');
  const graph = await shop.ask<{ nodes: { id: string; name: string }[] }>('/graph?from=-5m');
  const checkout = graph.nodes.find(({ name }) => name === 'checkout')?.id ?? '';
  const pages = [
    ['map', `/map?from=-5m&filter=protocol:http,redis,dns&selected=node:${checkout}`],
    ['requests', `/requests?from=-1m&selected=request:${encodeURIComponent(items[0]?.id ?? '')}`],
    ['health', '/health?from=-5m'],
    ...(elsewhere === undefined
      ? []
      : [
          ['events', '/events?from=-5m'],
          ['connections', '/events?from=-5m&tab=connections'],
          [
            'query',
            `/query?from=-5m&sql=${encodeURIComponent('SELECT toStartOfInterval(time, INTERVAL 1 SECOND) AS at, count() AS requests, quantile(0.95)(latency_ns) / 1e6 AS p95_ms FROM requests WHERE counted GROUP BY at ORDER BY at')}`,
          ],
          ['table', '/map?from=-5m&as=table'],
          ['map-all', '/map?from=-5m'],
          ['map-focus', `/map?from=-5m&focus=${checkout}&depth=3&colour=errors&width=bytes`],
          ['map-compared', `/map?from=-10s&before=-20s`],
        ]),
  ] as const;
  for (const [width, height] of sizes) {
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
      const page = await context.newPage();
      await page.goto(shop.url);
      for (const [name, path] of pages) {
        await page.goto(`${shop.origin}${path}`);
        await sleep(2500);
        for (let i = 0; i < 60 && (await page.locator('.skeleton, .axis[aria-busy=true]').count()) > 0; i++)
          await sleep(250);
        await sleep(300);
        const more = elsewhere === undefined ? '' : `-${theme}-${width}`;
        await page.screenshot({ path: join(folder, `${name}${more}.png`) });
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
}
