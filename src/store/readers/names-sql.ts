/**
 * Filters ask for names, rows hold ids. An expression that names an entity's property is written with a mark that
 * {@link resolveNames} turns into `id IN (SELECT ...)`: then the ids are looked up once a statement, and where they are in
 * the order key, only the rows of these ids are read.
 */

/** Stands for a text property of the entity in a column, as a filter's SQL may compare it. */
export function nameExpression(column: string, property: string): string {
  return `entity_property(${column}, ${property})`;
}

const marked = /lower\(entity_property\((\w+), ([^()]+(?:\['\w+'\])?)\)\) (=|LIKE) (\{\w+:String\})/g;
const markedPresent = /entity_property\((\w+), ([^()]+(?:\['\w+'\])?)\) != ''/g;

/** Turns the marks of {@link nameExpression} in a condition into lookups. */
export function resolveNames(condition: string): string {
  const resolved = condition
    .replaceAll(marked, (_, column: string, property: string, operator: string, value: string) =>
      lookup(column, `lower(${property}) ${operator} ${value}`),
    )
    .replaceAll(markedPresent, (_, column: string, property: string) => lookup(column, `${property} != ''`));
  if (resolved.includes('entity_property(')) throw new Error(`a name in a filter was not resolved: ${resolved}`);
  return resolved;
}

/** A condition on the entity in a column. */
export function lookup(column: string, condition: string): string {
  return `${column} IN (SELECT id FROM entities WHERE ${condition})`;
}
