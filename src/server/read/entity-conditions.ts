/**
 * Filters ask for names, rows hold ids. A condition on a name becomes `destination IN (SELECT id FROM entities WHERE ...)`: the
 * ids are looked up once a statement, and since entities are in the order key, only the rows of these are read.
 */
import type { Pattern, SqlText } from '../../model/filter/index.ts';

export type End = 'source' | 'destination';

/** Where a property of an end is kept: with the entity that the map shows, with the very process behind it, or with either. */
type Holder = 'entity' | 'instance' | 'either';

interface Property {
  readonly holder: Holder;
  /** Over a row of `entities`. */
  readonly expression: string;
}

const detail = (name: string): string => `details['${name}']`;
const domain = detail('domain');

/** What an end has, by the field's name. `domain` is the instance's where that has one, and the entity's otherwise. */
const properties = {
  name: { holder: 'entity', expression: 'name' },
  workload: { holder: 'entity', expression: "if(kind IN ('workload', 'container'), name, '')" },
  process: { holder: 'instance', expression: detail('process') },
  container: { holder: 'instance', expression: detail('container') },
  pod: { holder: 'instance', expression: detail('pod') },
  unit: { holder: 'instance', expression: detail('unit') },
  user: { holder: 'instance', expression: detail('user') },
  podNamespace: { holder: 'instance', expression: detail('pod_namespace') },
  namespace: { holder: 'entity', expression: 'namespace' },
  domain: { holder: 'either', expression: domain },
} as const satisfies Readonly<Record<string, Property>>;

export type EndProperty = keyof typeof properties;

/** Properties of which any makes a party: what `from:web` looks at. */
export const partyProperties: readonly EndProperty[] = [
  'name',
  'workload',
  'process',
  'container',
  'pod',
  'unit',
  'domain',
];

/** Conditions over rows of `entities`, by where the property is kept. '' where nothing is asked of that. */
export interface EntityConditions {
  readonly entity: string;
  readonly instance: string;
  readonly either: string;
}

/** The conditions that one of some properties passes. */
export function conditionsOf(names: readonly EndProperty[], passes: (expression: string) => string): EntityConditions {
  const of = (holder: Holder): string =>
    names
      .filter((name) => properties[name].holder === holder)
      .map((name) => passes(properties[name].expression))
      .join(' OR ');
  return { entity: of('entity'), instance: of('instance'), either: of('either') };
}

/** The condition that one of some properties of an end passes. */
export function endText(end: End, names: readonly EndProperty[]): SqlText {
  return (_, passes) => endCondition(end, conditionsOf(names, passes));
}

function endCondition(end: End, { entity, instance, either }: EntityConditions): string {
  const ids = (what: string, where: string): string => `(SELECT ${what} FROM entities FINAL WHERE ${where})`;
  const ofInstance = joined(instance, either);
  const parts = [
    entity === '' ? '' : `${end} IN ${ids('id', entity)}`,
    ofInstance === '' ? '' : `${end}_instance IN ${ids('id', ofInstance)}`,
    // What the instance has goes before what the entity has.
    either === '' ? '' : `${end} IN ${ids('id', either)} AND ${end}_instance NOT IN ${ids('id', `${domain} != ''`)}`,
  ].filter((part) => part !== '');
  const exact = parts.map((part) => (part.includes(' AND ') ? `(${part})` : part)).join(' OR ');
  if (ofInstance === '') return parts.length === 1 ? exact : `(${exact})`;
  // Which entities these instances are of is known, but for addresses: then only the rows of these entities can pass, and
  // only they have to be read. The first part is a constant by the time the index is asked.
  const own = joined(entity, either);
  const entities = [...(own === '' ? [] : [ids('id', own)]), ids('parent', `(${ofInstance}) AND parent != 0`)];
  const alone = `(SELECT count() FROM entities FINAL WHERE (${ofInstance}) AND (parent = 0 OR kind = 'address')) > 0`;
  return `((${exact}) AND (${alone} OR ${end} IN (${entities.map((one) => one.slice(1, -1)).join(' UNION ALL ')})))`;
}

function joined(...conditions: readonly string[]): string {
  return conditions.filter((condition) => condition !== '').join(' OR ');
}

/** The condition on the kind of the entity at an end. */
export function kindCondition(end: End, kind: string): string {
  return `${end} IN (SELECT id FROM entities FINAL WHERE kind = '${kind}')`;
}

/** An address as text. */
export function addressText(column: string): SqlText {
  return (pattern, passes) =>
    canBeAddress(pattern) ? passes(`replaceOne(toString(${column}), '::ffff:', '')`) : undefined;
}

/** Whether an address can pass a pattern: none with other letters than addresses have. */
export function canBeAddress(pattern: Pattern): boolean {
  return pattern.every((piece) => /^[0-9a-f:.]*$/i.test(piece));
}
