/**
 * Route templates: what is different in each request of one kind (ids, hashes, dates) gives way to a placeholder, so that a
 * path has few distinct values and can stand in a table of services. Nothing is learned: one path always gives the same.
 */

const longestTemplate = 160;
const mostSegments = 12;

/** Names of segments after which a value is a secret, whatever it looks like. */
const secretParents = new Set([
  'token',
  'tokens',
  'password',
  'reset-password',
  'secret',
  'apikey',
  'api-key',
  'invite',
  'magic',
]);

/** Prefixes of well-known credentials: JWT, GitHub, GitLab, Stripe, Slack, AWS. */
const credential =
  /^(?:eyJ[\w-]{8}|gh[opsru]_\w{16}|github_pat_|glpat-|[rs]k_(?:live|test)_|xox[abprs]-|A(?:KIA|SIA)[A-Z0-9]{12}|bot\d+:)/;

/**
 * The template of a URL path (no query).
 *
 * @example
 * templateOf('/users/123/orders/9f1c7d52-8a3b-4f7e-9d55-0c2f1e6a7b11'); // '/users/{id}/orders/{uuid}'
 * templateOf('/static/app.3f9a8b7c.js'); // '/static/app.{hash}.js'
 */
export function templateOf(path: string): string {
  if (isPlain(path)) return path;
  const segments = path.split('/');
  let template = '';
  let parent = '';
  for (let i = 0; i < segments.length; i++) {
    if (i === mostSegments || template.length > longestTemplate) return `${template}/{...}`;
    const segment = segments[i];
    const secret = isSecret(segment, parent);
    template += (i === 0 ? '' : '/') + (secret ? '{secret}' : segmentTemplate(segment));
    parent = segment;
  }
  return template;
}

/** The path with what is secret in it (tokens, credentials) replaced by `{secret}`. */
export function redactPath(path: string): string {
  let parent = '';
  let changed = false;
  const segments = path.split('/');
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (isSecret(segment, parent)) {
      segments[i] = '{secret}';
      changed = true;
    }
    parent = segment;
  }
  return changed ? segments.join('/') : path;
}

/** True where no segment can be an id: letters and punctuation only, and nothing long. Most paths are so. */
function isPlain(path: string): boolean {
  if (path.length > 60) return false;
  let run = 0;
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i);
    if (c === 47) run = 0;
    else if ((c >= 48 && c <= 57) || c === 37 || c === 64 || c > 126 || ++run >= 12) return false;
  }
  return true;
}

function isSecret(segment: string, parent: string): boolean {
  if (segment.length < 12) return false;
  if (credential.test(segment)) return true;
  return /\d/.test(segment) && secretParents.has(parent.toLowerCase());
}

/** The template of one segment of a path, or of one level of a topic. */
export function segmentTemplate(segment: string): string {
  const length = segment.length;
  if (length === 0) return segment;
  let digits = 0;
  let letters = 0;
  let special = 0;
  for (let i = 0; i < length; i++) {
    const c = segment.charCodeAt(i);
    if (c >= 48 && c <= 57) digits++;
    else if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90)) letters++;
    else if (c === 37 || c === 64 || c > 126) special++;
  }
  if (digits === length) return '{id}';
  if (special > 0) return segment.includes('@') && !segment.startsWith('@') ? '{email}' : '{text}';
  if (digits === 0 && length < 20) return segment;
  if (length === 36 && isUuid(segment)) return '{uuid}';
  if (letters === 0) {
    if (/^\d{4}-\d\d(?:-\d\d)?$/.test(segment)) return '{date}';
    if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(segment)) return '{ip}';
    if (/^[-+]\d+$/.test(segment)) return '{id}';
  }
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[-+][\d:]+)?$/.test(segment)) return '{date}';
  const whole = partTemplate(segment);
  if (whole !== segment || letters + digits === length) return whole;
  if (length >= 24 && /^[A-Za-z0-9_+=-]+$/.test(segment) && looksRandom(segment)) return '{token}';
  return segment.replace(/[A-Za-z0-9]+/g, longPartTemplate);
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** A part between punctuation: short numbers in it (v1.2, ipv4-3) are names rather than ids. */
function longPartTemplate(part: string): string {
  return part.length < 3 ? part : partTemplate(part);
}

function partTemplate(part: string): string {
  const length = part.length;
  if (/^\d+$/.test(part)) return '{id}';
  if (length >= 8 && /^[0-9a-f]+$/i.test(part) && (/\d/.test(part) || length >= 16)) return '{hash}';
  if (length < 8 || !/^[A-Za-z0-9]+$/.test(part)) return part;
  if (length >= 20 && looksRandom(part)) return '{token}';
  let changes = 0;
  for (let i = 1; i < length; i++) if (isDigit(part.charCodeAt(i)) !== isDigit(part.charCodeAt(i - 1))) changes++;
  return changes >= 2 ? '{id}' : part;
}

/** Base64 and the like: upper and lower case and digits, changing often. */
function looksRandom(text: string): boolean {
  let changes = 0;
  let kinds = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const kind = isDigit(c) ? 1 : c >= 97 ? 2 : c >= 65 && c <= 90 ? 4 : 8;
    kinds |= kind;
    if (kind !== before) changes++;
    before = kind;
  }
  return (kinds & 7) === 7 ? changes >= text.length / 4 : (kinds & 1) === 1 && changes >= text.length / 3;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
