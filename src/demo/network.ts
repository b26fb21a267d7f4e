import { existsSync, readdirSync } from 'node:fs';
import { command } from './command.ts';

const folder = '/run/netns';
const prefix = 'wirelight-demo';
const bridge = 'shop0';
/** Nothing of the host's network is touched: the shop's is connected to nothing else. */
const network = '10.99.0';

/** A network namespace with one cable to the shop's switch. */
export interface Plug {
  readonly name: string;
  /** The file that holds the namespace. */
  readonly path: string;
  readonly address: string;
  /** Runs `tc`, `nft` or `ip` inside. */
  run(program: string, ...args: string[]): string;
}

/** Makes the shop's switch: a bridge in a namespace of its own. */
export function makeSwitch(): void {
  command('ip', ['netns', 'add', prefix]);
  withoutIpv6(prefix);
  within(prefix, 'ip', 'link', 'add', bridge, 'type', 'bridge');
  within(prefix, 'ip', 'link', 'set', bridge, 'up');
}

/**
 * Makes a namespace and connects it to the switch.
 *
 * @param name short: the cable's end at the switch is called so
 * @param host last byte of its address
 */
export function plugIn(name: string, host: number): Plug {
  const namespace = `${prefix}-${name}`;
  const address = `${network}.${host}`;
  command('ip', ['netns', 'add', namespace]);
  withoutIpv6(namespace);
  const run: Plug['run'] = (program, ...args) => within(namespace, program, ...args);
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', name, 'netns', prefix);
  within(prefix, 'ip', 'link', 'set', name, 'master', bridge, 'up');
  run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  run('ip', 'link', 'set', 'eth0', 'up');
  return { name, path: pathOf(namespace), address, run };
}

/** The shop speaks IPv4. Without this each end of a cable would look for IPv6 neighbours of its own accord. */
function withoutIpv6(namespace: string): void {
  within(namespace, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || true');
}

function pathOf(namespace: string): string {
  return `${folder}/${namespace}`;
}

/** Runs a program in a namespace. (`ip -n` would mount another /sys, which it may not do everywhere.) */
function within(namespace: string, program: string, ...args: string[]): string {
  return command('nsenter', [`--net=${pathOf(namespace)}`, '--', program, ...args]);
}

/** Loses packets that a service is sent, until what is given back is called. Says by which means. */
export function losePackets(plug: Plug, percent: number): { readonly means: string; stop(): void } {
  try {
    within(prefix, 'tc', 'qdisc', 'add', 'dev', plug.name, 'root', 'netem', 'loss', `${percent}%`);
    return {
      means: 'tc netem',
      stop: () => void within(prefix, 'tc', 'qdisc', 'del', 'dev', plug.name, 'root'),
    };
  } catch {
    // This kernel has no netem. A packet filter that drops at random before the socket sees them is as real.
    const table = 'wirelight_demo';
    plug.run('nft', 'add', 'table', 'inet', table);
    plug.run('nft', `add chain inet ${table} loss { type filter hook input priority 0; }`);
    plug.run('nft', `add rule inet ${table} loss numgen random mod 100 < ${percent} counter drop`);
    return { means: 'nftables', stop: () => void plug.run('nft', 'delete', 'table', 'inet', table) };
  }
}

/** Names of the namespaces that a demo has made and not removed. */
export function namespacesLeft(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name === prefix || name.startsWith(`${prefix}-`));
}

/** Removes them. The cables go with them, once their last process has ended. */
export function removeNamespaces(): void {
  for (const name of namespacesLeft()) command('ip', ['netns', 'delete', name]);
}
