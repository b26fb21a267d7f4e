export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is placed. */
export interface LayoutNode {
  readonly id: string;
  /** Half the width and half the height of what is drawn there. */
  readonly halfWidth: number;
  readonly halfHeight: number;
}

export interface LayoutEdge {
  readonly source: string;
  readonly destination: string;
  readonly weight: number;
}
