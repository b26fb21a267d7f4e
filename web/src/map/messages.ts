/** What the page and the worker that draws the map tell one another. */
import type { Golden, GraphNode } from '../../../src/model/api.ts';
import type { Problem } from '../data/api.ts';
import type { KeptPlaces } from './layout/places.ts';
import type { DataEdge } from './scene/data.ts';
import type { Look } from './scene/look.ts';

/** What the server is asked for. */
export interface MapQuestion {
  readonly from: string;
  readonly to: string;
  readonly filter: string;
  /** workload, process, namespace, host: what nodes are. */
  readonly group: string;
  /** A second span to compare with, epoch milliseconds or relative; undefined: none. */
  readonly before: { readonly from: string; readonly to: string } | undefined;
}

export type ExportFormat = 'png' | 'svg' | 'json';
export type StepDirection = 'left' | 'right' | 'up' | 'down';

export type ToMap =
  | {
      readonly kind: 'start';
      readonly picture: OffscreenCanvas;
      readonly writing: OffscreenCanvas;
      readonly kept: KeptPlaces;
      readonly fonts: readonly string[];
      /** 'auto', or what somebody wants to see at work. */
      readonly renderer: 'auto' | 'webgl' | 'canvas';
      readonly calm: boolean;
    }
  | { readonly kind: 'size'; readonly width: number; readonly height: number; readonly ratio: number }
  | { readonly kind: 'inks'; readonly colours: Readonly<Record<string, string>> }
  | { readonly kind: 'question'; readonly question: MapQuestion }
  | { readonly kind: 'look'; readonly look: Look }
  | {
      readonly kind: 'pointer';
      readonly event: 'down' | 'move' | 'up' | 'leave' | 'double';
      readonly x: number;
      readonly y: number;
    }
  | { readonly kind: 'zoom'; readonly factor: number; readonly x: number; readonly y: number }
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'fit' }
  /** Selects the next node in a direction, or the first. */
  | { readonly kind: 'step'; readonly direction: StepDirection }
  /** Moves the camera so that a node or edge is in sight. */
  | { readonly kind: 'show'; readonly id: string }
  /** Moves the camera to what a search finds, the next one with each call. */
  | { readonly kind: 'next-found'; readonly find: string }
  | { readonly kind: 'forget-places' }
  | { readonly kind: 'again' }
  | { readonly kind: 'rows'; readonly wanted: boolean }
  | { readonly kind: 'export'; readonly format: ExportFormat }
  /** Whether anybody sees it. */
  | { readonly kind: 'visible'; readonly visible: boolean };

/** An edge in lists. */
export interface EdgeFacts {
  readonly id: string;
  readonly source: { readonly id: string; readonly name: string };
  readonly destination: { readonly id: string; readonly name: string };
  readonly protocol: string;
  readonly protocols: readonly string[];
  readonly ports: readonly number[];
  readonly golden: Golden;
  readonly before: Golden | null | undefined;
  readonly changes: readonly string[];
}

/** What is known of the selected thing. */
export type Facts =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'node';
      readonly id: string;
      readonly node: GraphNode;
      /** Key of the hull that it stands in, '' for none. */
      readonly hull: string;
      readonly members: readonly { readonly id: string; readonly name: string; readonly rate: number }[];
      readonly in: Golden;
      readonly out: Golden;
      readonly incoming: readonly EdgeFacts[];
      readonly outgoing: readonly EdgeFacts[];
    }
  | {
      readonly kind: 'edge';
      readonly edge: EdgeFacts;
      readonly parts: readonly (DataEdge & { readonly names: string })[];
    };

/** What is shown at the moment, in brief. */
export interface MapState {
  readonly ready: boolean;
  readonly problem: Problem | undefined;
  readonly nodes: number;
  readonly edges: number;
  readonly allNodes: number;
  readonly truncated: boolean;
  readonly hullBy: string;
  readonly hulls: readonly {
    readonly key: string;
    readonly title: string;
    readonly nodes: number;
    readonly collapsed: boolean;
  }[];
  /** Name of the node in focus. */
  readonly focus: string;
  readonly found: number;
  readonly compared: Readonly<Record<string, number>> | undefined;
  readonly span: { readonly from: number; readonly to: number };
  readonly beforeSpan: { readonly from: number; readonly to: number } | undefined;
}

export type Hovered = { readonly x: number; readonly y: number } & (
  | { readonly kind: 'node'; readonly name: string; readonly what: string; readonly golden: Golden }
  | { readonly kind: 'edge'; readonly edge: EdgeFacts }
  | { readonly kind: 'hull'; readonly name: string; readonly nodes: number }
);

export type FromMap =
  | { readonly kind: 'state'; readonly state: MapState }
  | {
      readonly kind: 'painted';
      readonly renderer: 'webgl' | 'canvas';
      readonly drawn: number;
      readonly milliseconds: number;
      readonly camera: string;
    }
  | { readonly kind: 'hover'; readonly hovered: Hovered | undefined }
  /** Clicked, or gone to by keys: the node or edge to select, '' for none. */
  | { readonly kind: 'select'; readonly selected: string }
  | { readonly kind: 'focus'; readonly id: string }
  | { readonly kind: 'collapse'; readonly key: string; readonly collapsed: boolean }
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'rows'; readonly rows: readonly EdgeFacts[] }
  | { readonly kind: 'moved'; readonly kept: KeptPlaces }
  | { readonly kind: 'exported'; readonly blob: Blob; readonly name: string }
  | { readonly kind: 'failed'; readonly why: string };
