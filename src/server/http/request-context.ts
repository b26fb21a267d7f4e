import type { Identified, SessionState } from '../access/sessions.ts';

/** Who asks, and from where. */
export interface Asker {
  readonly who: Identified | undefined;
  /** Where a cookie says who asks. */
  readonly session: SessionState | undefined;
  readonly address: string;
}
