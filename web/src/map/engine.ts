/** The map behind the page: follows the question, makes the scene, answers gestures. Runs in a worker, so the page stays free. */
import type { Problem } from '../data/api.ts';
import { type Inks, inksOf } from './draw/inks.ts';
import { nameFont } from './draw/labels.ts';
import { svgOf } from './draw/svg.ts';
import { edgeFacts, factsOf, rowsOf } from './facts.ts';
import { GraphSource } from './graph-source.ts';
import { Places } from './layout/places.ts';
import type { ExportFormat, FromMap, Hovered, MapQuestion, MapState, StepDirection, ToMap } from './messages.ts';
import type { MapData } from './scene/data.ts';
import { type Look, usualLook } from './scene/look.ts';
import { type Scene, type SceneNode, sceneOf } from './scene/scene.ts';
import { type Found, Stage } from './stage.ts';

type Start = Extract<ToMap, { kind: 'start' }>;

/** Scenes are made so often at most, whatever comes in. */
const sceneInterval = 350;
const mostRows = 2000;

export class MapEngine {
  readonly #tell: (message: FromMap, transfer?: Transferable[]) => void;
  readonly #stage: Stage;
  readonly #places: Places;
  #look: Look = usualLook;
  #inks: Inks | undefined;
  #question: MapQuestion | undefined;
  #source: GraphSource | undefined;
  #data: MapData | undefined;
  #problem: Problem | undefined;
  #scene: Scene | undefined;
  #visible = true;
  #wantsRows = false;
  #madeAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held: { x: number; y: number; node: SceneNode | undefined; moved: boolean } | undefined;
  #foundAt = -1;

  constructor(start: Start, tell: (message: FromMap, transfer?: Transferable[]) => void) {
    this.#tell = tell;
    const measuring = new OffscreenCanvas(1, 1).getContext('2d');
    this.#places = new Places((text) => {
      if (measuring === null) return text.length * 7.2;
      measuring.font = nameFont;
      return measuring.measureText(text).width;
    }, start.kept);
    this.#stage = new Stage(start, (painted) => tell({ kind: 'painted', ...painted }));
    void this.#loadFonts(start.fonts);
  }

  take(message: ToMap): void {
    switch (message.kind) {
      case 'start':
        return;
      case 'size':
        this.#stage.size(message.width, message.height, message.ratio);
        this.#turn(message.width < message.height * 0.75);
        return;
      case 'inks':
        this.#inks = inksOf(message.colours);
        this.#make();
        return;
      case 'question':
        this.#ask(message.question);
        return;
      case 'look':
        this.#lookAt(message.look);
        return;
      case 'pointer':
        this.#pointer(message.event, message.x, message.y);
        return;
      case 'zoom':
        this.#stage.zoom(message.factor, message.x, message.y);
        return;
      case 'pan':
        this.#stage.pan(message.x, message.y);
        return;
      case 'fit':
        this.#stage.fit();
        return;
      case 'step':
        this.#step(message.direction);
        return;
      case 'show':
        this.#bring(message.id);
        return;
      case 'next-found':
        this.#nextFound(message.find);
        return;
      case 'forget-places':
        this.#places.forget();
        this.#tell({ kind: 'moved', kept: [] });
        this.#make();
        this.#stage.fit();
        return;
      case 'again':
        if (this.#question !== undefined) this.#ask(this.#question, true);
        return;
      case 'rows':
        this.#wantsRows = message.wanted;
        if (this.#scene !== undefined && message.wanted)
          this.#tell({ kind: 'rows', rows: rowsOf(this.#scene, mostRows) });
        return;
      case 'export':
        void this.#export(message.format);
        return;
      case 'visible':
        this.#visible = message.visible;
        // Nobody looks: the server need not answer, and agents need not hurry.
        if (!message.visible) this.#source?.close();
        else if (this.#question !== undefined) this.#ask(this.#question, true);
    }
  }

  async #loadFonts(urls: readonly string[]): Promise<void> {
    const fonts = (globalThis as { fonts?: FontFaceSet }).fonts;
    if (fonts === undefined) return;
    await Promise.allSettled(
      urls.map(async (url) => {
        const font = new FontFace('Inter Map', `url(${url})`, { weight: '100 900' });
        fonts.add(await font.load());
      }),
    );
    this.#places.forgetWidths();
    this.#make();
  }

  #ask(question: MapQuestion, again = false): void {
    if (!again && JSON.stringify(question) === JSON.stringify(this.#question)) return;
    // What is known stays until the answer is there, but not where nodes mean something else from now on.
    if (question.group !== this.#question?.group) this.#data = undefined;
    this.#question = question;
    this.#source?.close();
    this.#source = new GraphSource(question, {
      data: (data) => {
        this.#data = data;
        this.#problem = undefined;
        this.#makeSoon();
      },
      problem: (problem) => {
        this.#problem = problem;
        this.#tellState();
      },
    });
  }

  /** On a window that is higher than wide callers stand above those whom they ask. */
  #turn(down: boolean): void {
    if (down === this.#places.down) return;
    this.#places.down = down;
    this.#make();
    if (this.#scene !== undefined) this.#stage.fit();
  }

  #lookAt(look: Look): void {
    const was = this.#look;
    this.#look = look;
    if (look.find !== was.find) this.#foundAt = -1;
    this.#make();
    const cut = (one: Look): string => `${one.focus} ${one.depth} ${one.direction} ${one.hull} ${one.sideBySide}`;
    if (cut(was) !== cut(look)) this.#stage.fit();
  }

  #makeSoon(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#madeAt + sceneInterval - performance.now();
    if (wait <= 0) this.#make();
    else this.#timer = setTimeout(() => this.#make(), wait);
  }

  #make(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#data === undefined || this.#inks === undefined || !this.#visible) return;
    // A node that is held must not be made anew under the hand.
    if (this.#held?.node !== undefined) {
      this.#timer = setTimeout(() => this.#make(), sceneInterval);
      return;
    }
    this.#madeAt = performance.now();
    const known = this.#scene?.nodes.length;
    this.#scene = sceneOf(this.#data, this.#look, this.#places);
    this.#stage.show(this.#scene, this.#look, this.#inks);
    if (known !== this.#scene.nodes.length) this.#tell({ kind: 'moved', kept: this.#places.kept() });
    this.#tellState();
    this.#tell({ kind: 'facts', facts: factsOf(this.#look.selected, this.#scene, this.#data) });
    if (this.#wantsRows) this.#tell({ kind: 'rows', rows: rowsOf(this.#scene, mostRows) });
  }

  #tellState(): void {
    const [scene, data] = [this.#scene, this.#data];
    const find = this.#look.find.trim().toLowerCase();
    const compared: Record<string, number> = {};
    if (data?.compares === true)
      for (const edge of scene?.edges ?? [])
        for (const change of edge.changes) compared[change] = (compared[change] ?? 0) + 1;
    const state: MapState = {
      ready: scene !== undefined && data !== undefined,
      problem: this.#problem,
      nodes: scene?.nodes.length ?? 0,
      edges: scene?.edges.length ?? 0,
      allNodes: data?.nodes.length ?? 0,
      truncated: data?.truncated ?? false,
      hullBy: scene?.hullBy ?? 'none',
      hulls: [
        ...(scene?.hulls ?? []).map(({ key, title, nodes }) => ({ key, title, nodes: nodes.length, collapsed: false })),
        ...[...(scene?.collapsed ?? [])].map(([key, title]) => ({ key, title, nodes: 0, collapsed: true })),
      ].sort((a, b) => (a.key < b.key ? -1 : 1)),
      focus: scene?.nodes.find((node) => node.id === this.#look.focus)?.name ?? '',
      found: find === '' ? 0 : (scene?.nodes ?? []).filter((node) => node.name.toLowerCase().includes(find)).length,
      compared: data?.compares === true ? compared : undefined,
      span: data?.span ?? { from: 0, to: 0 },
      beforeSpan: data?.beforeSpan,
    };
    this.#tell({ kind: 'state', state });
  }

  #pointer(event: Extract<ToMap, { kind: 'pointer' }>['event'], x: number, y: number): void {
    const held = this.#held;
    if (event === 'leave') {
      this.#hover(undefined, x, y);
      return;
    }
    if (event === 'down') {
      const found = this.#stage.find(x, y);
      this.#held = { x, y, node: found?.kind === 'node' ? found.node : undefined, moved: false };
      return;
    }
    if (event === 'double') {
      const found = this.#stage.find(x, y);
      if (found?.kind === 'node' && found.node.kind === 'group')
        this.#tell({ kind: 'collapse', key: found.node.id, collapsed: false });
      else if (found?.kind === 'node') this.#tell({ kind: 'focus', id: found.node.id });
      return;
    }
    if (event === 'move') {
      if (held === undefined) {
        this.#hover(this.#stage.find(x, y), x, y);
        return;
      }
      if (!held.moved && Math.hypot(x - held.x, y - held.y) < 4) return;
      held.moved = true;
      if (held.node === undefined) this.#stage.pan(x - held.x, y - held.y);
      else this.#stage.drag(held.node, x - held.x, y - held.y);
      [held.x, held.y] = [x, y];
      return;
    }
    this.#held = undefined;
    if (held === undefined) return;
    if (held.moved) {
      this.#dropped(held.node);
      return;
    }
    const found = this.#stage.find(x, y);
    if (found?.kind === 'hull') this.#tell({ kind: 'collapse', key: found.hull.hull.key, collapsed: true });
    else if (found?.kind === 'edge') this.#tell({ kind: 'select', selected: `edge:${found.edge.id}` });
    else this.#tell({ kind: 'select', selected: found === undefined ? '' : `node:${found.node.id}` });
  }

  #dropped(node: SceneNode | undefined): void {
    if (node === undefined || this.#scene === undefined) return;
    const { focus, depth, direction } = this.#look;
    const space = focus !== '' ? `focus ${focus} ${depth} ${direction}` : this.#scene.hullBy;
    this.#places.pin(this.#scene.down ? `${space} down` : space, node.id, { x: node.x, y: node.y });
    this.#tell({ kind: 'moved', kept: this.#places.kept() });
  }

  #hover(found: Found | undefined, x: number, y: number): void {
    this.#stage.hover(found?.kind === 'node' ? found.node.id : found?.kind === 'edge' ? found.edge.id : '');
    let hovered: Hovered | undefined;
    if (found?.kind === 'node') {
      const { name, kind, members, node } = found.node;
      const what =
        kind === 'group'
          ? `${members.length} services`
          : `${kind}${node.address_class === '' ? '' : `, ${node.address_class.replaceAll('_', ' ')}`}`;
      const golden = found.node.in.requests + found.node.in.opened > 0 ? found.node.in : found.node.out;
      hovered = { kind: 'node', x, y, name, what, golden };
    } else if (found?.kind === 'edge') hovered = { kind: 'edge', x, y, edge: edgeFacts(found.edge) };
    else if (found?.kind === 'hull')
      hovered = { kind: 'hull', x, y, name: found.hull.hull.title, nodes: found.hull.hull.nodes.length };
    this.#tell({ kind: 'hover', hovered });
  }

  /** The nearest node in a direction, seen from the selected one; the busiest where none is. */
  #step(direction: StepDirection): void {
    const nodes = this.#scene?.nodes ?? [];
    const from = nodes.find((node) => node.id === this.#look.selected);
    const way = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction];
    let best = from === undefined ? nodes.toSorted((a, b) => b.in.rate - a.in.rate)[0] : undefined;
    let nearest = Infinity;
    for (const node of from === undefined ? [] : nodes) {
      const [dx, dy] = [node.x - (from?.x ?? 0), node.y - (from?.y ?? 0)];
      const ahead = dx * way[0] + dy * way[1];
      const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (ahead <= 1 || ahead + aside * 2 >= nearest || aside > ahead * 3) continue;
      [nearest, best] = [ahead + aside * 2, node];
    }
    if (best === undefined) return;
    this.#stage.bring(best.x, best.y);
    this.#tell({ kind: 'select', selected: `node:${best.id}` });
  }

  #bring(id: string): void {
    const node = this.#scene?.nodes.find((one) => one.id === id);
    if (node !== undefined) {
      this.#stage.bring(node.x, node.y);
      return;
    }
    const edge = this.#scene?.edges.find((one) => one.id === id || one.parts.some((part) => part.id === id));
    if (edge === undefined) return;
    this.#stage.bring((edge.source.x + edge.destination.x) / 2, (edge.source.y + edge.destination.y) / 2);
  }

  #nextFound(find: string): void {
    const wanted = find.trim().toLowerCase();
    const found = (this.#scene?.nodes ?? []).filter((node) => node.name.toLowerCase().includes(wanted));
    if (wanted === '' || found.length === 0) return;
    this.#foundAt = (this.#foundAt + 1) % found.length;
    const node = found[this.#foundAt];
    this.#stage.bring(node.x, node.y);
    this.#tell({ kind: 'select', selected: `node:${node.id}` });
  }

  async #export(format: ExportFormat): Promise<void> {
    const display = this.#stage.display;
    if (display === undefined || this.#data === undefined) return;
    const stamp = new Date(this.#data.span.to).toISOString().slice(0, 19).replaceAll(':', '-');
    const name = `wirelight-map-${stamp}.${format}`;
    try {
      const blob =
        format === 'png'
          ? await this.#stage.png()
          : format === 'svg'
            ? new Blob([svgOf(display)], { type: 'image/svg+xml' })
            : new Blob([JSON.stringify(this.#data, null, 2)], { type: 'application/json' });
      this.#tell({ kind: 'exported', blob, name });
    } catch (error) {
      this.#tell({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
    }
  }
}
