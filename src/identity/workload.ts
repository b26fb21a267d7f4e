/**
 * The workload that a process belongs to: the name that people know it by, the same after each restart. The rules are
 * described for users in docs/workload-names.md; change both.
 */
import type { Container } from '../model/entity.ts';
import { isInvented, nameOfImage, withoutReplica, workloadOfPod, workloadOfUnit } from './stable-name.ts';

/** Name and namespace of a workload. */
export interface WorkloadName {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Pod, else container, else systemd unit, else program. In system containers (lxc, systemd-nspawn) the machine is the
 * namespace, and its units and programs are the workloads.
 *
 * @param program '' where the process itself is not known
 * @param node name of this host
 * @returns undefined where nothing names it
 */
export function workloadName(
  container: Container | undefined,
  unit: string,
  program: string,
  node: string,
): WorkloadName | undefined {
  const machine = container !== undefined && (container.runtime === 'lxc' || container.runtime === 'systemd-nspawn');
  if (container !== undefined && !machine) {
    const named = containerWorkload(container, node);
    if (named !== undefined) return named;
  }
  const namespace = machine ? container.name : (container?.pod?.namespace ?? '');
  // A container has at most a unit that started it (podman), and that is a better name than the program in it.
  const name = workloadOfUnit(unit) || program || (machine ? container.name : '');
  return name === '' ? undefined : { name, namespace };
}

function containerWorkload(container: Container, node: string): WorkloadName | undefined {
  const { pod } = container;
  if (pod !== undefined) {
    return pod.name === '' ? undefined : { name: workloadOfPod(pod.name, node), namespace: pod.namespace };
  }
  if (container.service !== '') {
    // Swarm puts the stack before the service's name: shop_web of stack shop.
    const prefix = `${container.project}_`;
    const service = container.service.startsWith(prefix) ? container.service.slice(prefix.length) : container.service;
    return { name: service || container.service, namespace: container.project };
  }
  if (container.name === '') return undefined;
  const invented = isInvented(container.name);
  const name = invented ? nameOfImage(container.image) : withoutReplica(container.name);
  return name === '' ? undefined : { name, namespace: container.project };
}
