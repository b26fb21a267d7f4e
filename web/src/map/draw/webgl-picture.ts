/**
 * Draws with WebGL2 where there is a GPU: edges as instanced ribbons along their curves, nodes and hulls as instanced
 * rectangles whose outline is computed per pixel. Panning and zooming change one uniform.
 */
import type { Camera, Frame } from './camera.ts';
import { isFar, ribbonBundles } from './canvas-picture.ts';
import type { Display, DrawnNode } from './display.ts';
import type { Emphasis } from './emphasis.ts';
import type { Rgb } from './inks.ts';

const segments = 20;

const ribbonVertex = `#version 300 es
layout(location=0) in vec2 corner;
layout(location=1) in vec4 start;
layout(location=2) in vec4 end;
layout(location=3) in vec4 ink;
layout(location=4) in vec4 form;
uniform vec3 camera;
uniform vec2 window;
uniform vec3 error;
out vec4 colour;
out vec2 along;
void main() {
  float t = corner.x, u = 1.0 - t;
  vec2 p = u*u*u*start.xy + 3.0*u*u*t*start.zw + 3.0*u*t*t*end.xy + t*t*t*end.zw;
  vec2 d = 3.0*u*u*(start.zw-start.xy) + 6.0*u*t*(end.xy-start.zw) + 3.0*t*t*(end.zw-end.xy);
  vec2 n = normalize(vec2(-d.y, d.x) + vec2(1e-6));
  float wide = max(form.x * (1.0 - 0.62 * t), 0.9 / camera.z);
  vec2 at = (p + n * corner.y * wide * 0.5) * camera.z + camera.xy;
  gl_Position = vec4(at / window * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
  bool bad = form.y > 0.0 && t > 1.0 - min(max(form.y, 0.08), 1.0) * 0.55;
  colour = vec4(bad ? error : ink.rgb, ink.a);
  along = vec2(t * form.w, form.z);
}`;
const ribbonFragment = `#version 300 es
precision mediump float;
in vec4 colour;
in vec2 along;
out vec4 result;
void main() {
  if (along.y > 0.5 && mod(along.x, 11.0) > 6.0) discard;
  result = vec4(colour.rgb * colour.a, colour.a);
}`;
const boxVertex = `#version 300 es
layout(location=0) in vec2 corner;
layout(location=1) in vec4 place;
layout(location=2) in vec4 fill;
layout(location=3) in vec4 stroke;
layout(location=4) in vec4 form;
uniform vec3 camera;
uniform vec2 window;
out vec2 at;
out vec2 half_size;
out vec4 inside;
out vec4 rim;
out vec4 shape;
void main() {
  vec2 grown = place.zw + 2.0 / camera.z;
  at = corner * grown;
  half_size = place.zw;
  inside = fill;
  rim = stroke;
  shape = form;
  vec2 p = (place.xy + at) * camera.z + camera.xy;
  gl_Position = vec4(p / window * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}`;
const boxFragment = `#version 300 es
precision mediump float;
in vec2 at;
in vec2 half_size;
in vec4 inside;
in vec4 rim;
in vec4 shape;
uniform float pixel;
out vec4 result;
float rounded(vec2 p, vec2 b, float r) { vec2 q = abs(p) - b + r; return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - r; }
float hexagon(vec2 p, vec2 b) {
  p = abs(p);
  float slant = (p.x - b.x) * 0.86 + p.y * 0.5 * (20.0 / max(b.y * 2.0, 1.0)) ;
  return max(max(slant, p.y - b.y), p.x - b.x);
}
void main() {
  float d = shape.y > 0.5 ? hexagon(at, half_size) : rounded(at, half_size, min(shape.x, min(half_size.x, half_size.y)));
  float line = shape.z * pixel;
  float cover = 1.0 - smoothstep(-pixel * 0.5, pixel * 0.5, d);
  float edge = 1.0 - smoothstep(line * 0.5 - pixel * 0.5, line * 0.5 + pixel * 0.5, abs(d + line * 0.5));
  if (shape.w > 0.5 && mod((at.x + at.y) , 8.0) > 4.5) edge = 0.0;
  vec4 body = vec4(inside.rgb * inside.a, inside.a) * cover;
  vec4 around = vec4(rim.rgb * rim.a, rim.a) * edge * cover;
  result = around + body * (1.0 - around.a);
}`;

/** One kind of instanced thing: a program, its corners and a buffer of instances. */
class Instances {
  readonly #gl: WebGL2RenderingContext;
  readonly #array: WebGLVertexArrayObject | null;
  readonly #buffer: WebGLBuffer | null;
  readonly #corners: number;
  readonly program: WebGLProgram;
  count = 0;

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string, corners: Float32Array) {
    this.#gl = gl;
    this.program = programOf(gl, vertex, fragment);
    this.#corners = corners.length / 2;
    this.#array = gl.createVertexArray();
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    this.#buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (let i = 0; i < 4; i++) {
      gl.enableVertexAttribArray(i + 1);
      gl.vertexAttribPointer(i + 1, 4, gl.FLOAT, false, 64, i * 16);
      gl.vertexAttribDivisor(i + 1, 1);
    }
  }

  /** Sixteen numbers an instance. */
  fill(numbers: readonly number[]): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(numbers), gl.DYNAMIC_DRAW);
    this.count = numbers.length / 16;
  }

  draw(): void {
    if (this.count === 0) return;
    this.#gl.bindVertexArray(this.#array);
    this.#gl.drawArraysInstanced(this.#gl.TRIANGLE_STRIP, 0, this.#corners, this.count);
  }
}

/** The picture of one frame, drawn by the GPU. */
export class WebGlPicture {
  readonly #gl: WebGL2RenderingContext;
  readonly #hulls: Instances;
  readonly #edges: Instances;
  readonly #nodes: Instances;
  #filled: { display: Display; emphasis: Emphasis; far: boolean; small: boolean; version: number } | undefined;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    const square = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);
    const strip = new Float32Array((segments + 1) * 4);
    for (let i = 0; i <= segments; i++) strip.set([i / segments, -1, i / segments, 1], i * 4);
    this.#hulls = new Instances(gl, boxVertex, boxFragment, square);
    this.#edges = new Instances(gl, ribbonVertex, ribbonFragment, strip);
    this.#nodes = new Instances(gl, boxVertex, boxFragment, square);
  }

  /** Begins a picture. @param ratio window pixels to those of the screen */
  clear(): void {
    const gl = this.#gl;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** @param version changes whenever nodes were moved */
  draw(display: Display, camera: Camera, frame: Frame, ratio: number, emphasis: Emphasis, version: number): void {
    const gl = this.#gl;
    const far = isFar(display, camera);
    const small = camera.scale < 0.2;
    const was = this.#filled;
    if (
      was?.display !== display ||
      was.emphasis !== emphasis ||
      was.far !== far ||
      was.small !== small ||
      was.version !== version
    ) {
      this.#fill(display, emphasis, far, small);
      this.#filled = { display, emphasis, far, small, version };
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.SCISSOR_TEST);
    const bottom = gl.drawingBufferHeight - Math.round((frame.y + frame.height) * ratio);
    const box = [
      Math.round(frame.x * ratio),
      bottom,
      Math.round(frame.width * ratio),
      Math.round(frame.height * ratio),
    ] as const;
    gl.viewport(...box);
    gl.scissor(...box);
    for (const things of [this.#hulls, this.#edges, this.#nodes]) {
      gl.useProgram(things.program);
      gl.uniform3f(gl.getUniformLocation(things.program, 'camera'), camera.x, camera.y, camera.scale);
      gl.uniform2f(gl.getUniformLocation(things.program, 'window'), frame.width, frame.height);
      if (things === this.#edges) {
        const [r, g, b] = display.inks.error;
        gl.uniform3f(gl.getUniformLocation(things.program, 'error'), r / 255, g / 255, b / 255);
      } else gl.uniform1f(gl.getUniformLocation(things.program, 'pixel'), 1 / (camera.scale * ratio));
      things.draw();
    }
  }

  #fill(display: Display, emphasis: Emphasis, far: boolean, small: boolean): void {
    const { inks } = display;
    const ink = ([r, g, b]: Rgb, alpha: number): [number, number, number, number] => [r / 255, g / 255, b / 255, alpha];
    this.#hulls.fill(
      display.hulls.flatMap(({ box: { x1, x2, y1, y2 } }) => [
        (x1 + x2) / 2,
        (y1 + y2) / 2,
        (x2 - x1) / 2,
        (y2 - y1) / 2,
        ...ink(inks['surface-2'], 0.32),
        ...ink(inks.line, 0.7),
        14,
        0,
        1,
        0,
      ]),
    );
    const edges: number[] = [];
    const many = display.edges.length > 1200;
    if (far)
      for (const [rank, { curve, width, colour, bad }] of display.bundles.entries()) {
        const much = rank < ribbonBundles;
        const alpha = (much ? 0.55 : 0.14) * (emphasis.nodes === undefined ? 1 : 0.25);
        edges.push(...curve, ...ink(much ? colour : inks['text-3'], alpha), much ? width * 5 : 1, much ? bad : 0, 0, 1);
      }
    for (const { edge, curve, width, colour, opacity, bad, dashed } of display.edges) {
      const strong = emphasis.edges?.has(edge.id) === true;
      const between =
        edge.source.hull !== edge.destination.hull && edge.source.hull !== '' && edge.destination.hull !== '';
      if (far && !strong && between) continue;
      const usual = emphasis.edges === undefined ? (many ? 0.34 : opacity) : many ? 0.08 : 0.2;
      const length = Math.hypot(curve[6] - curve[0], curve[7] - curve[1]) * 1.1;
      edges.push(...curve, ...ink(colour, strong ? opacity : usual), width, bad, dashed ? 1 : 0, length);
    }
    this.#edges.fill(edges);
    this.#nodes.fill(display.nodes.flatMap((drawn) => this.#node(drawn, display, emphasis, small, ink)));
  }

  #node(
    drawn: DrawnNode,
    { inks }: Display,
    emphasis: Emphasis,
    small: boolean,
    ink: (colour: Rgb, alpha: number) => [number, number, number, number],
  ): number[] {
    const { node, shape } = drawn;
    const chosen = node.id === emphasis.selected || node.id === emphasis.hovered;
    const faded = emphasis.nodes !== undefined && !emphasis.nodes.has(node.id);
    const alpha = faded ? 0.4 : drawn.opacity;
    const { x, y, halfWidth: w, halfHeight: h } = node;
    if (small) {
      const colour = chosen
        ? inks.accent
        : drawn.bad > 0.01
          ? inks.error
          : node.ink === 'added'
            ? inks.new
            : inks['text-3'];
      return [x, y, w * 0.7, h * 0.8, ...ink(colour, faded ? 0.15 : 0.85), ...ink(colour, 0), h, 0, 0, 0];
    }
    const radius = shape === 'pill' ? h : shape === 'square' ? 3 : 9;
    const body = [
      x,
      y,
      w,
      h,
      ...ink(drawn.fill, alpha),
      ...ink(chosen ? inks.accent : drawn.stroke, alpha),
      radius,
      shape === 'hexagon' ? 1 : 0,
      node.id === emphasis.selected ? 2.2 : 1.3,
      drawn.dashed ? 1 : 0,
    ];
    const bad = Math.max(drawn.bad, 0.06);
    const ring =
      drawn.bad > 0
        ? [x - w + 14, y, 5, 5, ...ink(inks.error, 0.12 + 0.8 * bad * alpha), ...ink(inks.error, alpha), 5, 0, 1.6, 0]
        : [];
    const sheet =
      shape === 'stack'
        ? [x, y - 4, w - 5, h, ...ink(inks['surface-1'], alpha), ...ink(drawn.stroke, alpha), 9, 0, 1, 0]
        : [];
    return [...sheet, ...body, ...ring];
  }
}

function programOf(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error('the GPU is gone');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (gl.getShaderParameter(shader, gl.COMPILE_STATUS) !== true)
      throw new Error(gl.getShaderInfoLog(shader) ?? 'shader');
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true)
    throw new Error(gl.getProgramInfoLog(program) ?? 'program');
  return program;
}

/**
 * True where a GPU draws WebGL. Software drawing (SwiftShader, llvmpipe) is slower than Canvas2D, so it does not count.
 */
export function hasGpu(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) return false;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info === null ? gl.RENDERER : info.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(name);
}
