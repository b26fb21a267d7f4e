import type { Namespace } from './namespace.ts';

/** One plug of a cable. */
export interface Plug {
  readonly namespace: Namespace;
  /** Name of the interface inside. 'eth0' by default. */
  readonly device?: string;
  /** Addresses with prefix length: '10.0.0.1/24', 'fd00::1/64'. */
  readonly addresses: readonly string[];
}

/** Connects two namespaces with a virtual Ethernet cable. It goes away with either of them. */
export function connect(a: Plug, b: Plug): void {
  const [deviceA, deviceB] = [a.device ?? 'eth0', b.device ?? 'eth0'];
  a.namespace.ip('link', 'add', deviceA, 'type', 'veth', 'peer', 'name', deviceB, 'netns', b.namespace.name);
  for (const [plug, device] of [
    [a, deviceA],
    [b, deviceB],
  ] as const) {
    // Without duplicate address detection an IPv6 address can be used at once.
    for (const address of plug.addresses) {
      plug.namespace.ip('address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
    }
    plug.namespace.ip('link', 'set', device, 'up');
  }
}
