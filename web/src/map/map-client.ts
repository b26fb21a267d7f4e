/** The page's end of the map: one worker and two canvases that live as long as the page, wherever one goes in between. */
import interCyrillic from '@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2?url';
import interGreek from '@fontsource-variable/inter/files/inter-greek-wght-normal.woff2?url';
import interLatin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import { color } from '../frame/theme.ts';
import { inkRoles } from './draw/inks.ts';
import type { KeptPlaces } from './layout/places.ts';
import type { FromMap, ToMap } from './messages.ts';

const placesKey = 'wirelight-map-places';

function keptPlaces(): KeptPlaces {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(placesKey) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return (kept as KeptPlaces).filter(
      (one) => Array.isArray(one) && typeof one[1] === 'string' && Number.isFinite(one[2]) && Number.isFinite(one[3]),
    );
  } catch {
    return [];
  }
}

type Painted = Extract<FromMap, { kind: 'painted' }>;

export class MapClient {
  /** Holds both canvases; goes into whatever page shows the map. */
  readonly element: HTMLElement;
  readonly #port: MessagePort;
  readonly #listeners = new Set<(message: FromMap) => void>();
  readonly #picture: HTMLCanvasElement;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #last: Painted | undefined;
  /** Undefined before the first picture, null while nothing waits to be written. */
  #painting: ReturnType<typeof setTimeout> | null | undefined;

  constructor() {
    this.element = document.createElement('div');
    this.element.className = 'map-canvases';
    this.#picture = document.createElement('canvas');
    const writing = document.createElement('canvas');
    writing.className = 'map-writing';
    this.element.append(this.#picture, writing);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromMap>) => this.#take(data);
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'map' });
    worker.onerror = () => this.#take({ kind: 'failed', why: 'the part that draws the map did not start' });
    worker.postMessage(port2, [port2]);
    const [drawing, text] = [this.#picture.transferControlToOffscreen(), writing.transferControlToOffscreen()];
    const asked = new URLSearchParams(window.location.search).get('renderer');
    this.send(
      {
        kind: 'start',
        picture: drawing,
        writing: text,
        kept: keptPlaces(),
        fonts: [interLatin, interGreek, interCyrillic],
        renderer: asked === 'webgl' || asked === 'canvas' ? asked : 'auto',
        calm: window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      },
      [drawing, text],
    );
    const inks = (): void =>
      this.send({ kind: 'inks', colours: Object.fromEntries(inkRoles.map((role) => [role, color(role)])) });
    inks();
    window.addEventListener('theme', inks);
  }

  send(message: ToMap, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Listens until what it returns is called. */
  listen(listener: (message: FromMap) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(message: FromMap): void {
    if (message.kind === 'painted') {
      this.#painted(message);
      return;
    }
    if (message.kind === 'moved') {
      clearTimeout(this.#saving);
      this.#saving = setTimeout(() => localStorage.setItem(placesKey, JSON.stringify(message.kept)), 400);
      return;
    }
    if (message.kind === 'exported') {
      saveFile(message.blob, message.name);
      return;
    }
    for (const listener of this.#listeners) listener(message);
  }

  /** What tests and benchmarks read: ten times a second, and the last of it. */
  #painted(message: Painted): void {
    if (this.#painting === undefined) {
      performance.mark('map-first-picture');
      window.dispatchEvent(new Event('map-first-picture'));
      this.#write(message);
    }
    if (this.#painting === null) this.#painting = setTimeout(() => this.#write(this.#last ?? message), 100);
    this.#last = message;
  }

  #write({ drawn, renderer, camera, milliseconds }: Painted): void {
    this.#painting = null;
    Object.assign(this.element.dataset, {
      drawn: String(drawn),
      renderer,
      camera,
      frameMs: milliseconds.toFixed(2),
    });
  }
}

function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let client: MapClient | undefined;

/** The client of this page, made when it is first needed; undefined where the browser cannot draw in a worker. */
export function mapClient(): MapClient | undefined {
  if (typeof HTMLCanvasElement.prototype.transferControlToOffscreen !== 'function') return undefined;
  client ??= new MapClient();
  return client;
}
