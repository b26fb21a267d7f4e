import type { MeasureName } from './golden.ts';

/** What nodes stand together by. */
export const hullNames = ['none', 'namespace', 'host', 'zone'] as const;
export type HullName = (typeof hullNames)[number];

/** Which way is followed from the node in focus. */
export const directions = ['both', 'up', 'down'] as const;
export type Direction = (typeof directions)[number];

/** How the graph is to be looked at: everything of it is in the address. */
export interface Look {
  readonly width: MeasureName;
  readonly colour: MeasureName;
  /** 'auto': by namespace where there are several. */
  readonly hull: HullName | 'auto';
  /** Keys of hulls that are drawn as one node. */
  readonly collapsed: readonly string[];
  /** Node in focus, '' for none. */
  readonly focus: string;
  readonly depth: number;
  readonly direction: Direction;
  /** Id of the selected node or edge. */
  readonly selected: string;
  /** Part of names to be found, '' for none. */
  readonly find: string;
  /** In a comparison: both spans beside one another instead of one picture with three inks. */
  readonly sideBySide: boolean;
}

export const usualLook: Look = {
  width: 'rate',
  colour: 'p95',
  hull: 'auto',
  collapsed: [],
  focus: '',
  depth: 2,
  direction: 'both',
  selected: '',
  find: '',
  sideBySide: false,
};
