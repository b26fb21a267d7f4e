/** The window onto the map: the camera, what is drawn, and what lies under the pointer. Lives in the worker. */
import { type Camera, type Frame, fitted, zoomed } from './draw/camera.ts';
import { drawPicture, drawTraffic, isFar } from './draw/canvas-picture.ts';
import { distance } from './draw/curve.ts';
import { type Display, type DrawnHull, displayOf, moveEdges } from './draw/display.ts';
import { type Emphasis, emphasisOf, noEmphasis } from './draw/emphasis.ts';
import type { Inks } from './draw/inks.ts';
import { drawLabels } from './draw/labels.ts';
import { hasGpu, WebGlPicture } from './draw/webgl-picture.ts';
import type { Look } from './scene/look.ts';
import type { Scene, SceneEdge, SceneNode } from './scene/scene.ts';

/** What lies under a point. */
export type Found =
  | { readonly kind: 'node'; readonly node: SceneNode }
  | { readonly kind: 'edge'; readonly edge: SceneEdge }
  | { readonly kind: 'hull'; readonly hull: DrawnHull };

export interface Painted {
  readonly renderer: 'webgl' | 'canvas';
  readonly drawn: number;
  readonly milliseconds: number;
  readonly camera: string;
}

/** Pictures that take longer than this are not drawn again and again for the sake of moving dots. */
const lightMilliseconds = 9;
const flight = 220;

export class Stage {
  readonly #picture: OffscreenCanvas;
  readonly #writing: OffscreenCanvas;
  readonly #paint2d: OffscreenCanvasRenderingContext2D | null;
  readonly #gl: WebGlPicture | undefined;
  readonly #calm: boolean;
  readonly #onPainted: (painted: Painted) => void;
  #width = 0;
  #height = 0;
  #ratio = 1;
  #camera: Camera | undefined;
  #displays: readonly Display[] = [];
  #look: Look | undefined;
  #scene: Scene | undefined;
  #emphasis: Emphasis = noEmphasis;
  #hovered = '';
  #version = 0;
  #queued = false;
  #drawn = 0;
  #took = 0;
  /** True once the person has chosen what to look at: from then on the picture does not move by itself. */
  #chosen = false;
  #flying: { from: Camera; to: Camera; began: number } | undefined;

  constructor(
    canvases: {
      picture: OffscreenCanvas;
      writing: OffscreenCanvas;
      renderer: 'auto' | 'webgl' | 'canvas';
      calm: boolean;
    },
    onPainted: (painted: Painted) => void,
  ) {
    this.#picture = canvases.picture;
    this.#writing = canvases.writing;
    this.#calm = canvases.calm;
    this.#onPainted = onPainted;
    const wanted = canvases.renderer === 'webgl' || (canvases.renderer === 'auto' && hasGpu());
    const gl = wanted ? this.#picture.getContext('webgl2', { antialias: true, premultipliedAlpha: true }) : null;
    this.#gl = gl === null ? undefined : new WebGlPicture(gl);
    this.#paint2d = this.#gl === undefined ? this.#picture.getContext('2d') : this.#writing.getContext('2d');
    this.#picture.addEventListener('contextrestored', () => this.redraw());
  }

  get renderer(): 'webgl' | 'canvas' {
    return this.#gl === undefined ? 'canvas' : 'webgl';
  }

  get display(): Display | undefined {
    return this.#displays[this.#displays.length - 1];
  }

  size(width: number, height: number, ratio: number): void {
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return;
    [this.#width, this.#height, this.#ratio] = [width, height, ratio];
    for (const canvas of [this.#picture, this.#writing]) {
      canvas.width = Math.max(Math.round(width * ratio), 1);
      canvas.height = Math.max(Math.round(height * ratio), 1);
    }
    if (this.#displays.length === 0) return;
    if (!this.#chosen) {
      this.#flying = undefined;
      this.#follow(true);
    }
    // At once: a canvas that was resized is empty.
    this.#draw();
  }

  /** Takes what is to be drawn from now on. */
  show(scene: Scene, look: Look, inks: Inks): void {
    const first = this.#scene === undefined;
    [this.#scene, this.#look] = [scene, look];
    this.#displays =
      scene.compares && look.sideBySide
        ? [displayOf(scene, look, inks, 'before'), displayOf(scene, look, inks, 'now')]
        : [displayOf(scene, look, inks)];
    this.#version++;
    this.#emphasize();
    if (!this.#chosen) this.#follow(first);
    this.redraw();
  }

  /** Shows everything again, and again whenever more comes. */
  fit(): void {
    this.#chosen = false;
    this.#follow(false);
    this.redraw();
  }

  zoom(factor: number, x: number, y: number): void {
    if (this.#camera === undefined) return;
    const frame = this.#frameAt(x);
    this.#move(zoomed(this.#camera, factor, x - frame.x, y - frame.y));
  }

  pan(x: number, y: number): void {
    const camera = this.#camera;
    if (camera !== undefined) this.#move({ ...camera, x: camera.x + x, y: camera.y + y });
  }

  /** Brings a point of the plane into the middle, unless it is well in sight already. */
  bring(x: number, y: number): void {
    const camera = this.#camera;
    const frame = this.#frames()[0];
    if (camera === undefined || frame === undefined) return;
    const [wx, wy] = [x * camera.scale + camera.x, y * camera.scale + camera.y];
    const [mx, my] = [frame.width * 0.12, frame.height * 0.12];
    const scale = Math.max(camera.scale, 0.7);
    if (scale === camera.scale && wx > mx && wx < frame.width - mx && wy > my && wy < frame.height - my) return;
    this.#chosen = true;
    this.#fly({ scale, x: frame.width / 2 - x * scale, y: frame.height / 2 - y * scale });
  }

  hover(id: string): void {
    if (id === this.#hovered) return;
    this.#hovered = id;
    this.#emphasize();
    this.redraw();
  }

  /** Moves a node under the pointer. */
  drag(node: SceneNode, x: number, y: number): void {
    const scale = this.#camera?.scale ?? 1;
    node.x += x / scale;
    node.y += y / scale;
    this.#chosen = true;
    this.#version++;
    for (const display of this.#displays) moveEdges(display, node.id);
    this.redraw();
  }

  find(x: number, y: number): Found | undefined {
    const frames = this.#frames();
    const at = frames.findIndex((frame) => x >= frame.x && x < frame.x + frame.width);
    const display = this.#displays[at];
    const camera = this.#camera;
    if (display === undefined || camera === undefined) return undefined;
    const [px, py] = [(x - frames[at].x - camera.x) / camera.scale, (y - frames[at].y - camera.y) / camera.scale];
    const slack = 3 / camera.scale;
    const node = display.nodes.findLast(
      ({ node: n }) => Math.abs(n.x - px) <= n.halfWidth + slack && Math.abs(n.y - py) <= n.halfHeight + slack,
    );
    if (node !== undefined) return { kind: 'node', node: node.node };
    const far = isFar(display, camera);
    const titleHeight = far ? Infinity : Math.max(26, 18 / camera.scale);
    const hull = display.hulls.find(
      ({ box }) => px >= box.x1 && px <= box.x2 && py >= box.y1 && py <= Math.min(box.y2, box.y1 + titleHeight),
    );
    if (hull !== undefined) return { kind: 'hull', hull };
    if (far) return undefined;
    let nearest = 7 / camera.scale;
    let found: SceneEdge | undefined;
    for (const { edge, curve } of display.edges) {
      const away = distance(curve, px, py, nearest);
      if (away < nearest) [nearest, found] = [away, edge];
    }
    return found === undefined ? undefined : { kind: 'edge', edge: found };
  }

  redraw(): void {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      this.#draw();
    });
  }

  /** The whole map as a picture of its own. */
  async png(): Promise<Blob> {
    const display = this.display;
    if (display === undefined) throw new Error('there is nothing to draw yet');
    const { bounds } = display;
    const scale = Math.min(2, 8000 / Math.max(bounds.x2 - bounds.x1 + 80, bounds.y2 - bounds.y1 + 80));
    const [width, height] = [(bounds.x2 - bounds.x1 + 80) * scale, (bounds.y2 - bounds.y1 + 80) * scale];
    const canvas = new OffscreenCanvas(Math.max(Math.round(width), 1), Math.max(Math.round(height), 1));
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('there is no room for the picture');
    const [r, g, b] = display.inks['surface-0'];
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(0, 0, width, height);
    const camera = { scale, x: (40 - bounds.x1) * scale, y: (40 - bounds.y1) * scale };
    const frame = { x: 0, y: 0, width, height };
    drawPicture(context, display, camera, frame, noEmphasis);
    drawLabels(context, display, camera, frame, noEmphasis);
    return await canvas.convertToBlob({ type: 'image/png' });
  }

  #emphasize(): void {
    if (this.#scene === undefined || this.#look === undefined) return;
    const { selected, find } = this.#look;
    this.#emphasis = emphasisOf(this.#scene, this.#hovered, selected, find);
  }

  #frames(): readonly Frame[] {
    const count = Math.max(this.#displays.length, 1);
    const width = this.#width / count;
    return Array.from({ length: count }, (_, i) => ({ x: i * width, y: 0, width, height: this.#height }));
  }

  #frameAt(x: number): Frame {
    const frames = this.#frames();
    return frames.find((frame) => x < frame.x + frame.width) ?? frames[frames.length - 1];
  }

  /** Keeps everything in sight: at once at first, later only where something would be out of it. */
  #follow(first: boolean): void {
    const display = this.display;
    const frame = this.#frames()[0];
    if (display === undefined || frame === undefined || frame.width === 0) return;
    const to = fitted(display.bounds, frame);
    const camera = this.#flying?.to ?? this.#camera;
    if (first || camera === undefined) {
      this.#camera = to;
      return;
    }
    const close = Math.abs(to.scale / camera.scale - 1) < 0.02 && Math.hypot(to.x - camera.x, to.y - camera.y) < 12;
    if (!close) this.#fly(to);
  }

  #move(camera: Camera): void {
    this.#chosen = true;
    this.#flying = undefined;
    this.#camera = camera;
    this.redraw();
  }

  #fly(to: Camera): void {
    if (this.#calm || this.#camera === undefined || this.#took > 40) this.#camera = to;
    else this.#flying = { from: this.#camera, to, began: performance.now() };
    this.redraw();
  }

  #draw(): void {
    const began = performance.now();
    if (this.#width === 0 || this.#displays.length === 0) return;
    if (!this.#chosen && this.#camera === undefined) this.#follow(true);
    this.#camera = this.#flown(began);
    const camera = this.#camera;
    const write = this.#paint2d;
    if (camera === undefined || write === null) return;
    write.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    write.clearRect(0, 0, this.#width, this.#height);
    this.#gl?.clear();
    const active = this.#emphasis.hovered || this.#emphasis.selected;
    for (const [i, frame] of this.#frames().entries()) {
      const display = this.#displays[i];
      if (this.#gl === undefined) drawPicture(write, display, camera, frame, this.#emphasis);
      else this.#gl.draw(display, camera, frame, this.#ratio, this.#emphasis, this.#version + i * 1e9);
      if (active !== '' && !this.#calm && this.#took < lightMilliseconds)
        drawTraffic(write, display, camera, frame, active, (began / 2400) % 1);
      drawLabels(write, display, camera, frame, this.#emphasis);
    }
    this.#took = performance.now() - began;
    this.#drawn++;
    const { x, y, scale } = camera;
    this.#onPainted({
      renderer: this.renderer,
      drawn: this.#drawn,
      milliseconds: this.#took,
      camera: `${x.toFixed(1)},${y.toFixed(1)},${scale.toFixed(4)}`,
    });
    const moves = active !== '' && !this.#calm && this.#took < lightMilliseconds;
    if (this.#flying !== undefined || moves) this.redraw();
  }

  #flown(now: number): Camera | undefined {
    if (this.#flying === undefined) return this.#camera;
    const { from, to, began } = this.#flying;
    const t = Math.min((now - began) / flight, 1);
    const eased = 1 - (1 - t) ** 3;
    if (t >= 1) this.#flying = undefined;
    const between = (a: number, b: number): number => a + (b - a) * eased;
    return { x: between(from.x, to.x), y: between(from.y, to.y), scale: between(from.scale, to.scale) };
  }
}
