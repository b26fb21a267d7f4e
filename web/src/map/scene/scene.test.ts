import { describe, expect, test } from 'vitest';
import { Places } from '../layout/places.ts';
import { noGolden } from './golden.ts';
import { type Look, usualLook } from './look.ts';
import { sceneOf } from './scene.ts';
import { testData, testEdge } from './testing.ts';

const places = () => new Places((text) => text.length * 7, []);
const sceneFor = (edges: Parameters<typeof testData>[0], look: Partial<Look> = {}, compares = false) =>
  sceneOf(testData(edges, compares), { ...usualLook, ...look }, places());
const drawn = (scene: ReturnType<typeof sceneFor>): string[] =>
  scene.edges.map((edge) => `${edge.source.id} ${edge.destination.id} ${edge.protocol}`).sort();

describe('edges', () => {
  test('between the same two that differ only by port are one, with the sum of their rates and the slowest p95', () => {
    const scene = sceneFor([
      testEdge('a', 'b', { port: 1, rate: 2 }),
      testEdge('a', 'b', { port: 2, rate: 3 }),
      testEdge('a', 'b', { port: 2, protocol: 'redis' }),
    ]);
    expect(drawn(scene)).toEqual(['a b http', 'a b redis']);
    const http = scene.edges.find((edge) => edge.protocol === 'http');
    expect(http).toMatchObject({ id: 'a~b~*~http', golden: { rate: 5, p95_ns: 3e6 } });
    expect(http?.parts.length).toBe(2);
  });

  test('that are alone keep the id by which the server knows them', () => {
    expect(sceneFor([testEdge('a', 'b')]).edges[0].id).toBe('a~b~80~http');
  });

  test('to an entity that the graph does not have are left out', () => {
    const data = testData([testEdge('a', 'b')]);
    expect(sceneOf({ ...data, nodes: data.nodes.slice(0, 1) }, usualLook, places()).edges).toEqual([]);
  });
});

describe('comparison', () => {
  test('calls ports together added only where none of them was there before', () => {
    const was = { ...noGolden, requests: 10, rate: 1 };
    const added = { before: null, changes: ['added'] as const };
    const scene = sceneFor(
      [
        testEdge('a', 'b', { port: 1, before: was }),
        testEdge('a', 'b', { port: 2, ...added, changes: [...added.changes] }),
        testEdge('a', 'c', { port: 1, ...added, changes: [...added.changes] }),
        testEdge('a', 'c', { port: 2, ...added, changes: [...added.changes] }),
      ],
      {},
      true,
    );
    expect(Object.fromEntries(scene.edges.map((edge) => [edge.destination.id, edge.ink]))).toEqual({
      b: 'same',
      c: 'added',
    });
  });

  test('shows what is gone as it was', () => {
    const [edge] = sceneFor(
      [testEdge('a', 'b', { now: null, before: { ...noGolden, rate: 7 }, changes: ['removed'] })],
      {},
      true,
    ).edges;
    expect(edge).toMatchObject({ ink: 'removed', golden: { rate: 7 }, now: null });
  });
});

describe('groups', () => {
  const edges = [
    testEdge('x/a', 'x/b'),
    testEdge('x/b', 'y/c', { rate: 2 }),
    testEdge('x/a', 'y/d', { rate: 3, protocol: 'redis' }),
    testEdge('y/c', 'outside'),
  ];

  test('are formed by namespace where there are several, and nobody is left out', () => {
    const scene = sceneFor(edges);
    expect(scene.hullBy).toBe('namespace');
    expect(scene.hulls.map((hull) => [hull.title, hull.nodes.length])).toEqual([
      ['x', 2],
      ['y', 2],
    ]);
    expect(scene.nodes.length).toBe(5);
    expect(scene.bundles.map((bundle) => bundle.golden.rate)).toEqual([5]);
  });

  test('become one node with summed edges when they are collapsed; what goes on within is not drawn', () => {
    const scene = sceneFor(edges, { collapsed: ['namespace:x'] });
    expect(scene.nodes.map((node) => node.id).sort()).toEqual(['namespace:x', 'outside', 'y/c', 'y/d']);
    expect(drawn(scene)).toEqual(['namespace:x y/c http', 'namespace:x y/d redis', 'y/c outside http']);
    const both = sceneFor(edges, { collapsed: ['namespace:x', 'namespace:y'] });
    expect(drawn(both)).toEqual(['namespace:x namespace:y ', 'namespace:y outside http']);
    expect(both.edges[0]).toMatchObject({ golden: { rate: 5 }, protocols: ['http', 'redis'] });
  });
});

describe('focus', () => {
  const chain = [testEdge('a', 'b'), testEdge('b', 'c'), testEdge('c', 'd'), testEdge('e', 'c'), testEdge('x', 'y')];
  const ids = (look: Partial<Look>): string =>
    sceneFor(chain, { focus: 'c', ...look })
      .nodes.map((node) => node.id)
      .sort()
      .join('');

  test('keeps what reaches and is reached, up to a depth and in a direction', () => {
    expect(ids({ depth: 1 })).toBe('bcde');
    expect(ids({ depth: 9 })).toBe('abcde');
    expect(ids({ depth: 9, direction: 'up' })).toBe('abce');
    expect(ids({ depth: 9, direction: 'down' })).toBe('cd');
  });

  test('on what is not there shows everything', () => {
    expect(ids({ focus: 'gone' })).toBe('abcdexy');
  });
});
