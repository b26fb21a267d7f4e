import { apis } from './layouts.ts';
import { compile, type Program } from './program.ts';

/** One API in one version, ready to be read. */
export interface Call {
  readonly key: number;
  readonly version: number;
  /** Name in small letters: 'produce', 'list_offsets'. */
  readonly name: string;
  /** Fields behind the header; empty where the version is newer than what is known. */
  readonly request: Program;
  readonly response: Program;
  readonly flexibleRequest: boolean;
  /** Whether tagged fields stand in the header of the response. */
  readonly flexibleResponse: boolean;
  readonly isKnownVersion: boolean;
}

/** Keys that have to be told apart. */
export const Key = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  joinGroup: 11,
  syncGroup: 14,
  saslHandshake: 17,
  apiVersions: 18,
  saslAuthenticate: 36,
  shareFetch: 78,
} as const;

/** Versions and keys that exist, with room for those to come. */
const keys = 128;
const versions = 32;
const calls = new Array<Call | undefined>(keys * versions).fill(undefined);

/** A call by API key and version, compiled when it is first seen; undefined where no such API exists. */
export function callOf(key: number, version: number): Call | undefined {
  if (key < 0 || key >= keys || version < 0 || version >= versions) return undefined;
  const index = key * versions + version;
  calls[index] ??= make(key, version);
  return calls[index];
}

function make(key: number, version: number): Call | undefined {
  const all = apis.filter(([apiKey]) => apiKey === key);
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const known = all.find(([, , from, to]) => version >= from && version <= to);
  // A version a little newer than what is known has the same header.
  if (known === undefined && version > last[3] + 8) return undefined;
  const [, name, , , flexibleFrom, request, response] = known ?? last;
  const flexible = version >= flexibleFrom;
  return {
    key,
    version,
    name,
    request: known === undefined ? [] : compile(request, version, flexible),
    response: known === undefined ? [] : compile(response, version, flexible),
    flexibleRequest: flexible,
    // A client learns from its answer what the broker speaks, so it stays as it was (KIP-511).
    flexibleResponse: flexible && key !== Key.apiVersions,
    isKnownVersion: known !== undefined,
  };
}
