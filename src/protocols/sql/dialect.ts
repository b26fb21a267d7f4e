/** In what the dialects of SQL differ, as far as values, names and comments are concerned. */
export interface Dialect {
  /** Backslashes escape in every string, not only in E'...'. */
  readonly backslash: boolean;
  /** "..." is a string rather than a name. */
  readonly doubleQuotedStrings: boolean;
  /** $$...$$ and $tag$...$tag$ are strings. */
  readonly dollarQuotes: boolean;
  readonly nestedComments: boolean;
  /** # begins a comment. */
  readonly hashComments: boolean;
  /** // begins a comment. */
  readonly slashComments: boolean;
  /** -- begins a comment only before a blank. */
  readonly dashesNeedBlank: boolean;
  /** What stands in a comment that begins with an exclamation mark (MySQL) is executed. */
  readonly executableComments: boolean;
  /** Unquoted UUIDs and durations (1h30m) are values. */
  readonly bareUuids: boolean;
}

const none: Dialect = {
  backslash: false,
  doubleQuotedStrings: false,
  dollarQuotes: false,
  nestedComments: false,
  hashComments: false,
  slashComments: false,
  dashesNeedBlank: false,
  executableComments: false,
  bareUuids: false,
};

/** PostgreSQL and what speaks like it, with standard_conforming_strings on (the default since 9.1). */
export const postgresql: Dialect = { ...none, dollarQuotes: true, nestedComments: true };

/** MySQL and MariaDB in their default SQL mode. */
export const mysql: Dialect = {
  ...none,
  backslash: true,
  doubleQuotedStrings: true,
  hashComments: true,
  dashesNeedBlank: true,
  executableComments: true,
};

/** Cassandra Query Language 3. */
export const cql: Dialect = { ...none, dollarQuotes: true, slashComments: true, bareUuids: true };
