import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Graph, GraphDiff } from '../../../src/model/api.ts';
import { duration, quantityText, rate } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, useView } from '../data/view.ts';
import { momentOf } from '../frame/scrubber.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type Camera, curve, draw } from './draw.ts';
import { EdgePanel, NodePanel } from './panels.tsx';
import {
  focusOn,
  forgetPositions,
  keepPositions,
  pin,
  type Scene,
  type SceneEdge,
  type SceneNode,
  sceneOf,
  sceneOfDiff,
} from './scene.ts';
import { MapTable } from './table.tsx';

/** The live service graph, at any time, and how it differs from another. */
export function MapPage(): ReactNode {
  const view = useView();
  const compares = view.before !== '';
  const span = { from: view.from, to: view.to, filter: view.filter, group: view.group };
  const graph = useApi<Graph>(compares ? undefined : '/graph', span, isLive(view) ? 2000 : 0);
  const length = momentOf(view.to) - momentOf(view.from);
  const beforeAt = compares ? momentOf(view.before) : 0;
  const diff = useApi<GraphDiff>(
    compares ? '/graph/diff' : undefined,
    {
      before_from: String(Math.round(beforeAt - length)),
      before_to: String(Math.round(beforeAt)),
      after_from: view.from,
      after_to: view.to,
      filter: view.filter,
      group: view.group,
    },
    isLive(view) ? 5000 : 0,
  );
  const whole = useMemo((): Scene | undefined => {
    if (compares) return diff.data === undefined ? undefined : sceneOfDiff(diff.data);
    return graph.data === undefined ? undefined : sceneOf(graph.data);
  }, [compares, diff.data, graph.data]);
  const focus = view.more.focus ?? '';
  const scene = useMemo(() => {
    if (whole === undefined || focus === '' || !whole.nodes.some((node) => node.id === focus)) return whole;
    return focusOn(whole, focus, Number(view.more.depth ?? '2'));
  }, [whole, focus, view.more.depth]);
  const asked = compares ? diff : graph;
  const [, kind, id = ''] = /^(node|edge):(.*)$/.exec(view.selected) ?? [];
  const asTable = view.more.as === 'table';
  return (
    <>
      <div className="page">
        <div className="toolbar">
          <label htmlFor="group">by</label>
          <select id="group" value={view.group} onChange={(event) => go({ group: event.target.value, selected: '' })}>
            <option value="workload">workload</option>
            <option value="process">process</option>
            <option value="namespace">namespace</option>
            <option value="host">host</option>
          </select>
          <label htmlFor="before">compare with</label>
          <select
            id="before"
            value={compares ? (view.before.startsWith('-') ? view.before : 'at') : ''}
            onChange={(event) => go({ before: event.target.value })}
          >
            <option value="">nothing</option>
            <option value="-5m">5 minutes ago</option>
            <option value="-1h">an hour ago</option>
            <option value="-24h">a day ago</option>
            <option value="-7d">a week ago</option>
            {compares && !view.before.startsWith('-') && (
              <option value="at">{new Date(beforeAt).toLocaleString()}</option>
            )}
          </select>
          {focus !== '' && (
            <button type="button" className="chip" onClick={() => go({ more: { focus: '', depth: '' } })}>
              focus: {whole?.nodes.find((node) => node.id === focus)?.name ?? 'gone'} ×
            </button>
          )}
          <span style={{ flex: 1 }} />
          {scene !== undefined && (
            <span className="dim" aria-live="polite">
              {scene.nodes.length} services, {scene.edges.length} edges{graph.data?.truncated === true ? ', cut' : ''}
            </span>
          )}
          <button
            type="button"
            className="pill"
            aria-pressed={asTable}
            onClick={() => go({ more: { as: asTable ? '' : 'table' } })}
          >
            as table
          </button>
          <button
            type="button"
            className="pill"
            onClick={() => {
              forgetPositions();
              asked.again();
            }}
          >
            lay out anew
          </button>
        </div>
        {asked.problem !== undefined && scene === undefined ? (
          <Trouble problem={asked.problem} again={asked.again} />
        ) : scene === undefined ? (
          <div style={{ padding: 24 }}>
            <Skeleton lines={4} />
          </div>
        ) : scene.nodes.length === 0 ? (
          <Empty title="Nothing was seen in this time" command="curl http://localhost/">
            {view.filter !== ''
              ? 'Nothing passes the filter. Clear it, or look at another time.'
              : 'The map shows who talks to whom as soon as anybody on this host does. Make a request, or choose another time below.'}
          </Empty>
        ) : asTable ? (
          <MapTable scene={scene} />
        ) : (
          <Canvas scene={scene} selected={id} />
        )}
      </div>
      {kind === 'node' && <NodePanel key={id} id={id} scene={whole} />}
      {kind === 'edge' && <EdgePanel key={id} id={id} scene={whole} />}
    </>
  );
}

interface Hover {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly node?: SceneNode;
  readonly edge?: SceneEdge;
}

/** The picture: pan by dragging, zoom by wheel or pinch, drag a node to pin it. */
function Canvas({ scene, selected }: { scene: Scene; selected: string }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera | undefined>(undefined);
  const [hover, setHover] = useState<Hover | undefined>();
  const state = useRef({ scene, selected, hovered: '' });
  state.current = { scene, selected, hovered: hover?.id ?? '' };
  const queued = useRef(false);
  /** True once the person has chosen what to look at: from then on the picture does not move by itself. */
  const moved = useRef(false);
  const redraw = (): void => {
    if (queued.current) return;
    queued.current = true;
    requestAnimationFrame(() => {
      queued.current = false;
      const element = canvas.current;
      if (element === null) return;
      if (!moved.current || camera.current === undefined) camera.current = fit(state.current.scene, element);
      const { scene: now, selected: chosen, hovered } = state.current;
      const took = draw(element, now, camera.current, { hovered, selected: chosen, found: undefined });
      element.dataset.frameMs = took.toFixed(2);
      element.dataset.drawn = String(Number(element.dataset.drawn ?? '0') + 1);
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: redraw reads everything from references
  useEffect(redraw, [scene, selected, hover]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(redraw);
    observer.observe(element);
    window.addEventListener('theme', redraw);
    void document.fonts.ready.then(redraw);
    const zoom = (factor: number, x: number, y: number): void => {
      const c = camera.current;
      if (c === undefined) return;
      const scale = Math.min(Math.max(c.scale * factor, 0.03), 4);
      c.x = x - ((x - c.x) * scale) / c.scale;
      c.y = y - ((y - c.y) * scale) / c.scale;
      c.scale = scale;
      moved.current = true;
      redraw();
    };
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.0016), event.offsetX, event.offsetY);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.target instanceof Element && event.target.closest('input, textarea, select') !== null) return;
      const [x, y] = [element.clientWidth / 2, element.clientHeight / 2];
      if (event.key === '+' || event.key === '=') zoom(1.25, x, y);
      else if (event.key === '-') zoom(0.8, x, y);
      else if (event.key === '0') {
        moved.current = false;
        redraw();
      } else if (event.key === 'f' && state.current.selected !== '') {
        moved.current = false;
        go({ more: { focus: state.current.selected } });
      }
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    window.addEventListener('keydown', onKey);
    return () => {
      observer.disconnect();
      window.removeEventListener('theme', redraw);
      element.removeEventListener('wheel', onWheel);
      window.removeEventListener('keydown', onKey);
    };
  }, []);

  const drag = useRef<{ x: number; y: number; node: SceneNode | undefined; moved: boolean } | undefined>(undefined);
  const world = (x: number, y: number): readonly [number, number] => {
    const c = camera.current ?? { x: 0, y: 0, scale: 1 };
    return [(x - c.x) / c.scale, (y - c.y) / c.scale];
  };
  return (
    <div className="map">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Service map: ${scene.nodes.length} services, ${scene.edges.length} edges. Choose "as table" for the same as text.`}
        style={{ cursor: hover === undefined ? 'grab' : 'pointer' }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const { offsetX: x, offsetY: y } = event.nativeEvent;
          drag.current = { x, y, node: nodeAt(scene, ...world(x, y)), moved: false };
        }}
        onPointerMove={(event) => {
          const { offsetX: x, offsetY: y } = event.nativeEvent;
          const held = drag.current;
          const c = camera.current;
          if (held !== undefined && c !== undefined) {
            if (!held.moved && Math.hypot(x - held.x, y - held.y) < 4) return;
            held.moved = true;
            moved.current = true;
            if (held.node === undefined) {
              c.x += x - held.x;
              c.y += y - held.y;
            } else {
              held.node.x += (x - held.x) / c.scale;
              held.node.y += (y - held.y) / c.scale;
              pin(held.node.id, { x: held.node.x, y: held.node.y });
            }
            held.x = x;
            held.y = y;
            redraw();
            return;
          }
          const [wx, wy] = world(x, y);
          const node = nodeAt(scene, wx, wy);
          const edge = node === undefined ? edgeAt(scene, wx, wy, 6 / (c?.scale ?? 1)) : undefined;
          const found = node ?? edge;
          if (found === undefined) {
            if (hover !== undefined) setHover(undefined);
          } else if (found.id !== hover?.id)
            setHover({
              id: found.id,
              x,
              y,
              ...(node === undefined ? {} : { node }),
              ...(edge === undefined ? {} : { edge }),
            });
        }}
        onPointerUp={(event) => {
          const held = drag.current;
          drag.current = undefined;
          if (held === undefined) return;
          if (held.moved) {
            keepPositions();
            return;
          }
          const [wx, wy] = world(event.nativeEvent.offsetX, event.nativeEvent.offsetY);
          const edge = held.node === undefined ? edgeAt(scene, wx, wy, 8 / (camera.current?.scale ?? 1)) : undefined;
          go({
            selected: held.node !== undefined ? `node:${held.node.id}` : edge !== undefined ? `edge:${edge.id}` : '',
          });
        }}
        onPointerLeave={() => setHover(undefined)}
        onDoubleClick={(event) => {
          const node = nodeAt(scene, ...world(event.nativeEvent.offsetX, event.nativeEvent.offsetY));
          if (node === undefined) return;
          moved.current = false;
          go({ more: { focus: node.id } });
        }}
      />
      {hover !== undefined && <HoverCard hover={hover} />}
      <div className="map-key" aria-hidden="true">
        <span>width: rate</span>
        <span>violet: slow</span>
        <span className="bad">vermilion: failed</span>
        <span>dashed: only TCP or UDP was understood</span>
      </div>
    </div>
  );
}

function HoverCard({ hover }: { hover: Hover }): ReactNode {
  const { node, edge } = hover;
  const golden = edge?.golden ?? node?.node.in;
  if (golden === undefined) return null;
  const title =
    edge === undefined
      ? (node?.name ?? '')
      : `${edge.source.name} → ${edge.destination.name}${edge.port > 0 ? `:${edge.port}` : ''} ${edge.protocol}`;
  return (
    <div className="hover" style={{ left: hover.x + 14, top: hover.y + 14 }}>
      <div style={{ overflowWrap: 'anywhere' }}>
        <bdi>{title.slice(0, 200)}</bdi>
      </div>
      <div className="dim">
        {quantityText(rate(golden.rate))}
        {golden.p95_ns !== null && ` · p95 ${quantityText(duration(golden.p95_ns))}`}
        {golden.errors > 0 && <span className="bad"> · {golden.errors.toLocaleString()} failed</span>}
        {golden.failed > 0 && <span className="bad"> · {golden.failed.toLocaleString()} connections failed</span>}
      </div>
    </div>
  );
}

/** The camera that shows everything, never larger than life. */
function fit(scene: Scene, canvas: HTMLCanvasElement): Camera {
  const { nodes } = scene;
  if (nodes.length === 0) return { x: 0, y: 0, scale: 1 };
  const x1 = Math.min(...nodes.map((n) => n.x - n.halfWidth));
  const x2 = Math.max(...nodes.map((n) => n.x + n.halfWidth));
  const y1 = Math.min(...nodes.map((n) => n.y - n.halfHeight)) - 24;
  const y2 = Math.max(...nodes.map((n) => n.y + n.halfHeight));
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = Math.min(width / (x2 - x1 + 80), height / (y2 - y1 + 80), 1.15);
  return { scale, x: (width - (x1 + x2) * scale) / 2, y: (height - (y1 + y2) * scale) / 2 };
}

function nodeAt(scene: Scene, x: number, y: number): SceneNode | undefined {
  return scene.nodes.findLast((n) => Math.abs(n.x - x) <= n.halfWidth && Math.abs(n.y - y) <= n.halfHeight);
}

function edgeAt(scene: Scene, x: number, y: number, reach: number): SceneEdge | undefined {
  let best: SceneEdge | undefined;
  let nearest = reach;
  for (const edge of scene.edges) {
    const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = curve(edge);
    if (x < Math.min(x1, x2, cx1, cx2) - reach || x > Math.max(x1, x2, cx1, cx2) + reach) continue;
    if (y < Math.min(y1, y2, cy1, cy2) - reach || y > Math.max(y1, y2, cy1, cy2) + reach) continue;
    for (let i = 0; i <= 24; i++) {
      const t = i / 24;
      const u = 1 - t;
      const px = u * u * u * x1 + 3 * u * u * t * cx1 + 3 * u * t * t * cx2 + t * t * t * x2;
      const py = u * u * u * y1 + 3 * u * u * t * cy1 + 3 * u * t * t * cy2 + t * t * t * y2;
      const away = Math.hypot(px - x, py - y);
      if (away < nearest) {
        nearest = away;
        best = edge;
      }
    }
  }
  return best;
}
