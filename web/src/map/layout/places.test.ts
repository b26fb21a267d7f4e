import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usualLook } from '../scene/look.ts';
import { type Scene, sceneOf } from '../scene/scene.ts';
import { testData, testEdge } from '../scene/testing.ts';
import { Places } from './places.ts';

const width = (text: string): number => text.length * 7;

/** Pairs of nodes that lie on top of one another. */
function overlaps({ nodes }: Scene): string[] {
  return nodes.flatMap((a, i) =>
    nodes
      .slice(i + 1)
      .filter(
        (b) =>
          Math.abs(a.x - b.x) < a.halfWidth + b.halfWidth - 0.5 &&
          Math.abs(a.y - b.y) < a.halfHeight + b.halfHeight - 0.5,
      )
      .map((b) => `${a.id} ${b.id}`),
  );
}

const edgesOf = (most: number) =>
  fc
    .array(fc.tuple(fc.nat(most), fc.nat(most)), { minLength: 1, maxLength: 160 })
    .map((pairs) => pairs.map(([a, b]) => testEdge(`team-${a % 4}/s${a}`, `team-${b % 4}/s${b}`)));

describe('a layout', () => {
  test('puts nothing on top of anything else, whatever the graph, with hulls and without', () => {
    fc.assert(
      fc.property(edgesOf(60), fc.constantFrom('none' as const, 'namespace' as const), (edges, hull) => {
        expect(overlaps(sceneOf(testData(edges), { ...usualLook, hull }, new Places(width, [])))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('is the same for the same graph', () => {
    fc.assert(
      fc.property(edgesOf(30), (edges) => {
        const at = () =>
          sceneOf(testData(edges), usualLook, new Places(width, [])).nodes.map(({ id, x, y }) => [id, x, y]);
        expect(at()).toEqual(at());
      }),
      { numRuns: 20 },
    );
  });

  test('leads from callers on the left to those whom they ask', () => {
    const { nodes } = sceneOf(
      testData([testEdge('web', 'shop'), testEdge('shop', 'store'), testEdge('shop', 'mail')]),
      usualLook,
      new Places(width, []),
    );
    const x = Object.fromEntries(nodes.map((node) => [node.id, node.x]));
    expect(x.web).toBeLessThan(x.shop);
    expect(x.shop).toBeLessThan(x.store);
    expect(x.store).toBe(x.mail);
  });

  test('handles two thousand services without a hull, none on top of another', () => {
    const edges = Array.from({ length: 4000 }, (_, i) => testEdge(`s${i % 2000}`, `s${(i * 7919 + 13) % 2000}`));
    const scene = sceneOf(testData(edges), { ...usualLook, hull: 'none' }, new Places(width, []));
    expect(scene.nodes.length).toBe(2000);
    expect(overlaps(scene)).toEqual([]);
  });
});

describe('places', () => {
  const many = Array.from({ length: 40 }, (_, i) => testEdge(`a${i}`, `a${(i * 3 + 1) % 40}`));

  test('stay when the graph changes: new ones go where there is room', () => {
    const places = new Places(width, []);
    const before = new Map(
      sceneOf(testData(many), usualLook, places).nodes.map(({ id, x, y }) => [id, { x, y }] as const),
    );
    const scene = sceneOf(testData([...many, testEdge('a1', 'new'), testEdge('fresh', 'new')]), usualLook, places);
    for (const { id, x, y } of scene.nodes) if (before.has(id)) expect({ x, y }).toEqual(before.get(id));
    expect(overlaps(scene)).toEqual([]);
  });

  test('that were chosen by hand are kept, also by the next page', () => {
    const places = new Places(width, []);
    sceneOf(testData(many), usualLook, places);
    places.pin('none', 'a3', { x: 1234, y: -77 });
    const next = new Places(width, places.kept());
    const { nodes } = sceneOf(testData(many), usualLook, next);
    expect(nodes.find(({ id }) => id === 'a3')).toMatchObject({ x: 1234, y: -77 });
    next.forget();
    const again = sceneOf(testData(many), usualLook, next).nodes.find(({ id }) => id === 'a3');
    expect(again?.x).not.toBe(1234);
  });

  test('of a collapsed group is the middle of what it was', () => {
    const edges = [testEdge('x/a', 'x/b'), testEdge('x/b', 'y/c'), testEdge('y/c', 'y/d')];
    const places = new Places(width, []);
    const open = sceneOf(testData(edges), usualLook, places);
    const members = open.nodes.filter((node) => node.hull === 'namespace:x').map(({ x }) => x);
    const closed = sceneOf(testData(edges), { ...usualLook, collapsed: ['namespace:x'] }, places);
    const group = closed.nodes.find((node) => node.id === 'namespace:x');
    expect(group?.x).toBeCloseTo((members[0] + members[1]) / 2);
  });
});
