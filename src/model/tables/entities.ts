import { choice, column, id, label, labels, text, time } from './column.ts';
import { defineTable } from './table.ts';

/** The words of `EntityKind`, and those that only the store knows. */
export const entityKinds = ['workload', 'pod', 'container', 'process', 'host', 'service', 'domain', 'address'] as const;

/** Names, once. Rows of other tables hold the ids. */
export const entities = defineTable({
  name: 'entities',
  doc: 'Something that has a name: workload, pod, container, process, host, service, domain, address.',
  columns: {
    id: column(id, 'The first 8 bytes of SHA-256 over cluster, kind, namespace and name, with NUL between.'),
    kind: column(choice(entityKinds), 'What kind of thing it is.'),
    cluster: column(label, "The cluster's name, '' on hosts that stand alone."),
    namespace: column(label, "Kubernetes namespace, compose project; '' where there is none."),
    name: column(text, 'What people call it.'),
    parent: column(id, 'What it is part of: the workload of a pod, the pod of a container. 0 where there is none.'),
    host: column(label, "Host it runs on, '' where that says nothing (workloads, domains)."),
    first_seen: column(time, 'When it was first seen.', { unit: 'ns' }),
    last_seen: column(time, 'When it was last seen.', { unit: 'ns' }),
    labels: column(labels, 'Labels that people gave it: Kubernetes labels, compose labels.'),
    details: column(
      labels,
      'What is known of it: domain, workload, process, executable, command, user, container, container_id, container_runtime, unit, pod, address_class, image, version, zone.',
    ),
  },
  engine: { kind: 'replace', version: 'last_seen' },
  orderBy: ['id'],
  retention: { by: 'last_seen', days: 400 },
  ingested: true,
  shardBy: 'id',
});
