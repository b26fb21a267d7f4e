import type { Identified, SessionState } from '../access/sessions.ts';

/** Who asks, and from where. */
export interface Asker {
  readonly who: Identified | undefined;
  /** Where somebody logged in. */
  readonly session: SessionState | undefined;
  /** Whether a cookie says so, which browsers add by themselves, whoever made them ask. */
  readonly byCookie: boolean;
  readonly address: string;
}
