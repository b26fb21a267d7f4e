import { shownAuthority } from '../authority.ts';
import { ByteCache, fromText } from '../byte-cache.ts';
import { redactQuery, redactText } from '../redact.ts';
import { redactPath, templateOf } from '../template.ts';
import { percentEncoded } from '../text.ts';
import { apisOf } from './api/refine.ts';

/** What a request target says, worked out once for all requests that have the same. */
export interface Target {
  /** Route template, no query: '/users/{id}'. */
  readonly template: string;
  /** Redacted path without query, '' where it equals {@link template}. */
  readonly path: string;
  /** All of it as it came: for {@link rawOf}. */
  readonly text: string;
  /** Host of an absolute-form target (a proxy's), '' elsewhere. */
  readonly authority: string;
  /** APIs of which this may be a path, and of which more can be said: bits, see `api/refine.ts`. */
  readonly apis: number;
  /** The client asks to be kept waiting (long poll, watch). */
  readonly waits: boolean;
}

/** Query parameters and paths by which clients ask to be kept waiting: Kubernetes, Consul, CouchDB, Socket.IO, Matrix. */
const waitingQuery =
  /(?:^|&)(?:watch=(?:1|true)|wait=\d|feed=(?:longpoll|continuous|eventsource)|transport=(?:polling|long-?polling)|long-?poll(?:ing)?=)/i;
const waitingPath = /\/(?:long[-_]?poll(?:ing)?|getUpdates)(?:\/|$)/i;

/** Longest target that is looked at; what is beyond is cut. */
const longest = 2048;

/** Works out a request target: origin-form, absolute-form, authority-form or '*' (RFC 9112, section 3.2). */
export function targetOf(text: string, cut = false): Target {
  let rest = percentEncoded(text.length > longest ? text.slice(0, longest) : text);
  let authority = '';
  if (rest.charCodeAt(0) !== 47) {
    const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(rest);
    if (absolute !== null) {
      authority = shownAuthority(absolute[1]);
      rest = rest.slice(absolute[0].length);
      if (!rest.startsWith('/')) rest = `/${rest}`;
    }
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) rest = rest.slice(0, hash);
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  let path = mark < 0 ? rest : rest.slice(0, mark);
  const unfinished = (cut || text.length > longest) && mark < 0;
  if (unfinished) path = `${path.slice(0, path.lastIndexOf('/') + 1)}{...}`;
  const shown = redactPath(path);
  const semicolon = shown.indexOf(';');
  const template = templateOf(semicolon < 0 ? shown : shown.slice(0, semicolon));
  return {
    template,
    path: shown === template ? '' : shown,
    text,
    authority,
    apis: apisOf(path, query),
    waits: (query !== '' && waitingQuery.test(query)) || waitingPath.test(path),
  };
}

/** Redacted path with its redacted query, for those who ask for raw values. */
export function rawOf(target: Target): string {
  const mark = target.text.indexOf('?');
  const path = target.path === '' ? target.template : target.path;
  return mark < 0
    ? path
    : redactText(`${path}?${redactQuery(percentEncoded(target.text.slice(mark + 1, longest)).replace(/#.*$/, ''))}`);
}

/** Targets seen lately on this host. */
export const targets: ByteCache<Target> = new ByteCache(
  4096,
  fromText((text) => targetOf(text)),
  512,
);
