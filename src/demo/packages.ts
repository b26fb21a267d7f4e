import { WirelightError } from '../base/errors.ts';
import { aptGet, withoutStartingServices } from './apt.ts';
import { findProgram } from './command.ts';

/** Something of the distribution that the shop is built of. */
export interface Part {
  /** Its package in Debian and Ubuntu. */
  readonly package: string;
  /** A program that shows that it is there. */
  readonly program: string;
  /** What it is in the shop, and what is missing without it. */
  readonly role: string;
  /** True where there is no shop without it. */
  readonly needed?: boolean;
}

/** The parts, by the name under which the shop asks for them. */
export const parts = {
  ip: { package: 'iproute2', program: 'ip', role: 'makes network namespaces', needed: true },
  nsenter: { package: 'util-linux', program: 'nsenter', role: 'starts programs in namespaces', needed: true },
  dnsmasq: { package: 'dnsmasq-base', program: 'dnsmasq', role: 'the DNS server of the shop', needed: true },
  nginx: { package: 'nginx', program: 'nginx', role: 'the web server in front' },
  python: { package: 'python3', program: '/usr/bin/python3', role: 'runs the recommendations' },
  postgresql: { package: 'postgresql', program: 'initdb', role: 'the database' },
  redis: { package: 'redis-server', program: 'redis-server', role: 'the cache' },
  nats: { package: 'nats-server', program: 'nats-server', role: 'the queue' },
  nft: { package: 'nftables', program: 'nft', role: 'loses packets where the kernel has no netem' },
} as const satisfies Record<string, Part>;

/** Name of a part. */
export type PartName = keyof typeof parts;

/** True where a part is installed. */
export function has(name: PartName): boolean {
  return findProgram(parts[name].program) !== undefined;
}

/** Where the program of a part is. */
export function programOf(name: PartName): string {
  return findProgram(parts[name].program) ?? parts[name].program;
}

/**
 * Installs what is missing where that is possible (Debian and its children, as root, unless WIRELIGHT_NO_INSTALL is set),
 * and says so. Names what stays missing.
 *
 * @returns the parts that are not there in the end
 */
export function provide(say: (line: string) => void): PartName[] {
  const missing = missingParts();
  if (missing.length === 0) return [];
  const packages = missing.map((name) => parts[name].package);
  const may = process.getuid?.() === 0 && findProgram('apt-get') !== undefined && !process.env.WIRELIGHT_NO_INSTALL;
  if (may) {
    for (const name of missing) say(`installing ${parts[name].package}: ${parts[name].role}`);
    withoutStartingServices(() => {
      if (install(packages) === undefined) return;
      aptGet('update');
      // One by one: what this release does not have must not keep the others away.
      for (const one of packages) install([one]);
    });
  }
  const absent = missingParts();
  for (const name of absent) say(`without ${parts[name].package} (${parts[name].role})`);
  if (absent.length > 0 && !may) {
    say(`on Debian or Ubuntu: apt-get install ${absent.map((name) => parts[name].package).join(' ')}`);
  }
  return absent;
}

/** @throws WirelightError `missing_packages` where something is missing without which there is no shop */
export function requireParts(): void {
  const absent = missingParts().filter((name) => 'needed' in parts[name]);
  if (absent.length === 0) return;
  throw new WirelightError('missing_packages', 'the demo cannot do without some programs that are not here', {
    why: absent.map((name) => `${parts[name].program}: ${parts[name].role}`).join('\n'),
    next: `install them: apt-get install ${absent.map((name) => parts[name].package).join(' ')}`,
  });
}

function missingParts(): PartName[] {
  return (Object.keys(parts) as PartName[]).filter((name) => !has(name));
}

function install(packages: readonly string[]): string | undefined {
  return aptGet('install', '-y', '--no-install-recommends', ...packages);
}
