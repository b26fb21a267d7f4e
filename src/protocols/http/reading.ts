/** What reading a head gives instead of the index after it. */

/** The bytes are no head. */
export const NOT_A_HEAD = -1;
/** They may be one, of which more is to come. */
export const INCOMPLETE = 0;
