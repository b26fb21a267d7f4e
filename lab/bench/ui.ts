/**
 * `npm run bench:ui [-- --quick] [-- --json]`: the map with 2,000 services and 10,000 edges in a real browser, from a real
 * server that was told of them by its real ingest.
 *
 * - `first_picture_ms`: from the beginning of the navigation to the first picture of the map, with an empty cache; median.
 * - `frame_js_ms`: JavaScript on the page's main thread for each step of panning and zooming; 95th percentile.
 * - `update_js_ms`: the same for each live update, at two a second; 95th percentile.
 * - `bundle_gzip_kb`: scripts and styles that the first view fetches, gzipped.
 */
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { startBrowser } from '../browser/browser.ts';
import { Mesh } from './ui/mesh.ts';
import { startBenchServer } from './ui/server.ts';

const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
const [services, edges] = [2000, 10_000];

const say = (line: string): void => {
  if (!json) console.log(line);
};
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const quantile = (values: readonly number[], level: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(Math.floor(values.length * level), values.length - 1)] ?? Number.NaN;

/** Milliseconds of script on the page's main thread so far. */
async function scriptTime(cdp: CDPSession): Promise<number> {
  const { metrics } = (await cdp.send('Performance.getMetrics')) as { metrics: { name: string; value: number }[] };
  return (metrics.find((metric) => metric.name === 'ScriptDuration')?.value ?? 0) * 1000;
}

const drawn = (page: Page): Promise<number> =>
  page.evaluate<number>("Number(document.querySelector('.map-canvases')?.dataset.drawn ?? 0)");

/** Script of each of many steps, what the page does in between included. */
async function measureSteps(cdp: CDPSession, steps: number, step: (i: number) => Promise<void>): Promise<number[]> {
  const costs: number[] = [];
  let before = await scriptTime(cdp);
  for (let i = 0; i < steps; i++) {
    await step(i);
    const after = await scriptTime(cdp);
    costs.push(after - before);
    before = after;
  }
  return costs;
}

await using server = await startBenchServer();
using mesh = new Mesh(server.socket, services, edges);
say(`told the server of ${services} services and ${mesh.edges.length} edges`);
await mesh.tellNames();
const now = Date.now();
for (const ago of quick ? [60_000, 10_000] : [600_000, 300_000, 120_000, 60_000, 30_000, 10_000])
  await mesh.tellRequests(mesh.edges, now - ago);
await mesh.tellFlows(mesh.edges, now - 5_000);

const browser = await startBrowser();
try {
  const pictures: number[] = [];
  let bundle = 0;
  for (let run = 0; run < (quick ? 3 : 7); run++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const fetched: Promise<void>[] = [];
    bundle = 0;
    // The login is no part of the view, and must not fill the cache: its cookie alone is taken.
    await context.request.get(server.url, { maxRedirects: 0 });
    page.on('response', (response) => {
      if (!/\.(?:js|css)$/.test(new URL(response.url()).pathname)) return;
      fetched.push(
        response.body().then(
          (body) => {
            bundle += gzipSync(body).length;
          },
          () => undefined,
        ),
      );
    });
    await page.goto(`${server.origin}/map`);
    for (let i = 0; i < 400; i++) {
      const at = await page.evaluate<number>("performance.getEntriesByName('map-first-picture')[0]?.startTime ?? 0");
      if (at > 0) {
        pictures.push(at);
        break;
      }
      await sleep(25);
    }
    await Promise.all(fetched);
    await context.close();
  }
  say(`first picture ${pictures.map((value) => value.toFixed(0)).join(', ')} ms`);

  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.goto(`${server.origin}/map`);
  while ((await drawn(page)) === 0) await sleep(50);
  await sleep(1500);
  const cdp = await context.newCDPSession(page);
  // In CPU time of the thread, so that a busy machine does not change the figures.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const box = await page.locator('.map').boundingBox();
  if (box === null) throw new Error('there is no map');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];

  const before = { drawn: await drawn(page), at: performance.now() };
  await page.mouse.move(x, y);
  await page.mouse.down();
  const frames = await measureSteps(cdp, quick ? 60 : 200, (i) =>
    page.mouse.move(x + 160 * Math.sin(i / 9), y + 90 * Math.cos(i / 7)),
  );
  await page.mouse.up();
  frames.push(...(await measureSteps(cdp, quick ? 60 : 200, (i) => page.mouse.wheel(0, (i % 60 < 30 ? -1 : 1) * 80))));
  await sleep(300);
  const perSecond = ((await drawn(page)) - before.drawn) / ((performance.now() - before.at) / 1000);
  const worker = await page.evaluate<number>("Number(document.querySelector('.map-canvases')?.dataset.frameMs)");
  const renderer = await page.evaluate<string>("document.querySelector('.map-canvases')?.dataset.renderer");
  say(
    `pan and zoom: ${frames.length} steps, script p50 ${quantile(frames, 0.5).toFixed(2)} p95 ${quantile(frames, 0.95).toFixed(2)} max ${Math.max(...frames).toFixed(2)} ms; ${renderer} in the worker, ${worker} ms a picture, ${perSecond.toFixed(0)} pictures a second`,
  );

  await page.keyboard.press('0');
  await page.mouse.move(2, 2);
  await sleep(500);
  const camera = (): Promise<string> =>
    page.evaluate<string>("document.querySelector('.map-canvases')?.dataset.camera");
  const stood = await camera();
  const updates = await measureSteps(cdp, quick ? 10 : 40, async () => {
    const began = Date.now();
    await mesh.tellRequests(mesh.edges);
    await sleep(Math.max(500 - (Date.now() - began), 0));
  });
  const jumped = (await camera()) !== stood;
  say(
    `updates of all edges, twice a second: script p50 ${quantile(updates, 0.5).toFixed(2)} p95 ${quantile(updates, 0.95).toFixed(2)} max ${Math.max(...updates).toFixed(2)} ms; the picture ${jumped ? 'JUMPED' : 'did not jump'}`,
  );
  const figures = {
    first_picture_ms: Math.round(quantile(pictures, 0.5)),
    frame_js_ms: Number(quantile(frames, 0.95).toFixed(2)),
    update_js_ms: Number(quantile(updates, 0.95).toFixed(2)),
    bundle_gzip_kb: Number((bundle / 1024).toFixed(1)),
    services,
    edges: mesh.edges.length,
    renderer,
    jumped,
    first_picture_runs_ms: pictures.map(Math.round),
    frame_js_max_ms: Number(Math.max(...frames).toFixed(2)),
    update_js_max_ms: Number(Math.max(...updates).toFixed(2)),
  };
  say(
    `first picture ${figures.first_picture_ms} ms (goal 1500), frame ${figures.frame_js_ms} ms (goal 4), bundle ${figures.bundle_gzip_kb} kB gzipped (goal 350)`,
  );
  if (json) console.log(JSON.stringify(figures));
} finally {
  await browser.close();
}
