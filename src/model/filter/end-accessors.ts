import type { Endpoint } from '../connection.ts';
import { addressOnly, type EndpointName, processOf } from '../names.ts';
import {
  type Accessors,
  type GetFact,
  type GetNumber,
  type GetText,
  type Subject,
  type TestOfChoice,
  unlessZero,
} from './subject.ts';

type GetEnd = (s: Subject) => Readonly<Endpoint>;

const from = accessorsOf((s) => s.from);
const to = accessorsOf((s) => s.to);

/** How every record answers what is asked of its ends: `from`, `to`, `with`, and each field of an end with and without them. */
export const endAccessors: Accessors = {
  texts: {
    ...prefixed('from', from.texts),
    ...prefixed('to', to.texts),
    ...both(from.texts, to.texts),
    from: from.party,
    to: to.party,
    with: [...from.party, ...to.party],
  },
  numbers: {
    ...prefixed('from', from.numbers),
    ...prefixed('to', to.numbers),
    ...both(from.numbers, to.numbers),
  },
  addresses: {
    from: [from.ip],
    'from.ip': [from.ip],
    to: [to.ip],
    'to.ip': [to.ip],
    with: [from.ip, to.ip],
    ip: [from.ip, to.ip],
  },
  choices: {
    'from.kind': from.kind,
    'from.class': from.addressClass,
    'to.kind': to.kind,
    'to.class': to.addressClass,
    kind: either(from.kind, to.kind),
    class: either(from.addressClass, to.addressClass),
  },
  words: [...from.party, ...to.party],
};

interface EndAccessors {
  readonly texts: Readonly<Record<string, readonly GetText[]>>;
  readonly numbers: Readonly<Record<string, readonly GetNumber[]>>;
  readonly ip: GetText;
  /** Everything by which people may mean this end. */
  readonly party: readonly GetText[];
  readonly kind: (choice: string) => GetFact;
  readonly addressClass: (choice: string) => GetFact;
}

/** The end of an event that has no address. */
const nobody: EndpointName = addressOnly('', 'unspecified');

function accessorsOf(end: GetEnd): EndAccessors {
  const nameOf = (s: Subject): EndpointName => (end(s).ip === '' ? nobody : s.names.nameOf(end(s)));
  const name: GetText = (s) => nameOf(s).name;
  const workload: GetText = (s) => nameOf(s).workload;
  const process: GetText = (s) => processOf(nameOf(s), end(s));
  const container: GetText = (s) => nameOf(s).container;
  const pod: GetText = (s) => nameOf(s).pod;
  const unit: GetText = (s) => nameOf(s).unit;
  const domain: GetText = (s) => nameOf(s).domain;
  const ip: GetText = (s) => end(s).ip;
  return {
    texts: {
      name: [name],
      workload: [workload],
      process: [process],
      container: [container],
      pod: [pod],
      unit: [unit],
      domain: [domain],
      user: [(s) => nameOf(s).user],
      namespace: [(s) => nameOf(s).namespace],
    },
    numbers: {
      port: [(s) => unlessZero(end(s).port)],
      pid: [(s) => unlessZero(end(s).pid)],
      netns: [(s) => unlessZero(end(s).netns)],
    },
    ip,
    party: [name, workload, process, container, pod, unit, domain, ip],
    kind: (choice) => (s) => end(s).ip !== '' && nameOf(s).kind === choice,
    addressClass: (choice) => (s) => end(s).ip !== '' && nameOf(s).addressClass === choice,
  };
}

function either(a: (choice: string) => GetFact, b: (choice: string) => GetFact): TestOfChoice {
  return (choice) => {
    const ofA = a(choice);
    const ofB = b(choice);
    return (s) => ofA(s) || ofB(s);
  };
}

function prefixed<T>(prefix: string, table: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(table).map(([field, getters]) => [`${prefix}.${field}`, getters]));
}

function both<T>(
  a: Readonly<Record<string, readonly T[]>>,
  b: Readonly<Record<string, readonly T[]>>,
): Record<string, readonly T[]> {
  return Object.fromEntries(Object.entries(a).map(([field, getters]) => [field, [...getters, ...b[field]]]));
}
