import { defineConfig } from 'vitest/config';

/** Tests by what they need. `./wirelight test` runs one project after the other; `npx vitest run PATH` runs any of them. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'lab/*.test.ts', 'lab/run/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts'],
          // A hang is found by this, not slowness: the machine may be busy.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          // Real servers, network namespaces, the kernel of this machine: one file at a time.
          name: 'e2e',
          include: ['lab/{e2e,net,tun}/**/*.test.ts'],
          // Real servers on a shared machine: what fails twice is a fault.
          retry: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'kernels',
          include: ['lab/kernels/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          retry: 2,
          include: ['web/**/*.browser.test.ts', 'lab/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
