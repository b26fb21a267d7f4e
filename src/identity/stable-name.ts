/** Takes from names what changes with each start, release or replica, so that a workload keeps its name. */

/** The letters of Kubernetes' generated suffixes: no vowels, nothing that looks like another. */
const safe = 'bcdfghjklmnpqrstvwxz2456789';
const replicaSetPod = new RegExp(`-[${safe}]{6,10}-[${safe}]{5}$`);
const cronJobPod = new RegExp(`-\\d{8,11}-[${safe}]{5}$`);
const generatedPod = new RegExp(`-[${safe}]{5}$`);
const ordinal = /-\d{1,4}$/;

/**
 * The workload of a pod by its name alone: Deployment `shop-6c9f8d7b5-x2x7k`, DaemonSet or Job `agent-x2x7k`, StatefulSet
 * `db-0`, CronJob `report-28412345-x2x7k`. A static pod's name ends in its node's.
 */
export function workloadOfPod(pod: string, node: string): string {
  if (node !== '' && pod.endsWith(`-${node}`) && pod.length > node.length + 1) return pod.slice(0, -node.length - 1);
  for (const suffix of [cronJobPod, replicaSetPod, generatedPod, ordinal]) {
    const short = pod.replace(suffix, '');
    if (short !== pod && short !== '') return short;
  }
  return pod;
}

// The left half of the names that docker and podman invent (pkg/namesgenerator of moby).
const inventedAdjectives = new Set(
  `admiring adoring affectionate agitated amazing angry awesome beautiful blissful bold boring brave busy charming clever
  compassionate competent condescending confident cool cranky crazy dazzling determined distracted dreamy eager ecstatic
  elastic elated elegant eloquent epic exciting fervent festive flamboyant focused friendly frosty funny gallant gifted
  goofy gracious great happy hardcore heuristic hopeful hungry infallible inspiring intelligent interesting jolly jovial
  keen kind laughing loving lucid magical modest musing mystifying naughty nervous nice nifty nostalgic objective optimistic
  peaceful pedantic pensive practical priceless quirky quizzical recursing relaxed reverent romantic sad serene sharp silly
  sleepy stoic strange stupefied suspicious sweet tender thirsty trusting unruffled upbeat vibrant vigilant vigorous
  wizardly wonderful xenodochial youthful zealous zen`.split(/\s+/),
);

/** True for a name such as `quirky_einstein`, which the next start will not have. */
export function isInvented(container: string): boolean {
  const match = /^([a-z]+)_[a-z]+\d?$/.exec(container);
  return match !== null && inventedAdjectives.has(match[1]);
}

/** `registry:5000/team/shop:1.2@sha256:...` is the image of `shop`. '' for a bare digest. */
export function nameOfImage(image: string): string {
  const last = image
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .split('/')
    .at(-1);
  return last === undefined || last === 'sha256' || /^[0-9a-f]{12,64}$/.test(last) ? '' : last;
}

/** Swarm `web.1.k2j5…`, compose `shop-web-1` or `shop_web_1`, Nomad `web-<uuid>`, and ids of builds lose their endings. */
export function withoutReplica(container: string): string {
  const short = container
    .replace(/\.\d+\.[0-9a-z]{25}$/, '')
    .replace(/[-_.][0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '')
    .replace(/[-_]\d{1,3}$/, '');
  return withoutBuild(short) || container;
}

/** `shop-3f9ac21` → `shop`: an ending of 7 to 64 hex digits, if digits and letters are among them. */
export function withoutBuild(name: string): string {
  const match = /^(.+)[-_.]([0-9a-f]{7,64})$/.exec(name);
  return match !== null && /\d/.test(match[2]) && /[a-f]/.test(match[2]) ? match[1] : name;
}

/** `shop-1.4.2-SNAPSHOT` → `shop`, `node_exporter-1.7.0.linux-amd64` → `node_exporter`. */
export function withoutVersion(name: string): string {
  return name.replace(/[-_]v?\d+(?:\.\d+)+(?:[-._+][A-Za-z0-9]+)*$/, '') || name;
}

/**
 * The stable name of a systemd unit, '' where a unit names no workload: scopes (sessions, desktop applications), the
 * instances of user managers, and transient services that systemd-run numbered. Template instances keep their instance
 * (`postgresql@15-main`), except those that stand for one connection or one crash.
 */
export function workloadOfUnit(unit: string): string {
  if (unit === 'init.scope') return 'systemd';
  if (!unit.endsWith('.service')) return '';
  let name = unit.slice(0, -'.service'.length);
  if (/^user@\d+$/.test(name) || /^run-(r[0-9a-f]{32}|u\d+|p\d+-i\d+|\d+)$/.test(name)) return '';
  const at = name.indexOf('@');
  if (at > 0 && /^\d+-\d+-|^\d+-.*:\d+-.*:\d+$|^\d+$|-[0-9a-f]{32}$|^[0-9a-f-]{32,36}$/.test(name.slice(at + 1))) {
    name = name.slice(0, at);
  } else if (at > 0 && at === name.length - 1) {
    name = name.slice(0, at);
  }
  const snap = /^snap\.([^.]+)\.(.+)$/.exec(name);
  if (snap !== null) return snap[1] === snap[2] ? snap[1] : `${snap[1]}.${snap[2]}`;
  const app = /^(?:app|dbus)-(?:[a-z]+-)?(.+?)@[0-9a-f]{32}$/.exec(name);
  return app !== null ? app[1] : name;
}
