import type { CommandEntry } from './command.ts';

/** Every command, in the order in which the help shows them. Adding one is adding a line. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'run Wirelight on this host: watch, remember, show',
    load: async (io) => (await import('./up.ts')).upCommand(io),
  },
  {
    name: 'demo',
    summary: 'run a small shop of real services to look at, and break it',
    load: async (io) => (await import('./demo.ts')).demoCommand(io),
  },
  {
    name: 'observe',
    summary: 'show requests, connections and events of this host as they happen',
    load: async (io) => (await import('./observe.ts')).observeCommand(io),
  },
  {
    name: 'top',
    summary: 'show who talks to whom, how much, how fast and how reliably, live',
    load: async (io) => (await import('./top.ts')).topCommand(io),
  },
  {
    name: 'map',
    summary: 'show the service graph of any time, as a table or a picture',
    load: async (io) => (await import('./map.ts')).mapCommand(io),
  },
  {
    name: 'diff',
    summary: 'show what changed between two times',
    load: async (io) => (await import('./diff.ts')).diffCommand(io),
  },
  {
    name: 'query',
    summary: 'run a statement of SQL over everything that is remembered',
    load: async (io) => (await import('./query.ts')).queryCommand(io),
  },
  {
    name: 'status',
    summary: 'show how the server and its agents are',
    load: async (io) => (await import('./status.ts')).statusCommand(io),
  },
  {
    name: 'read',
    summary: 'show the requests, connections and events of a capture file',
    load: async (io) => (await import('./read.ts')).readCommand(io),
  },
  {
    name: 'capture',
    summary: 'write the packets of chosen conversations to a file, with process names',
    load: async (io) => (await import('./capture.ts')).captureCommand(io),
  },
  {
    name: 'agent',
    summary: 'watch this host and send what it sees to a server',
    load: async (io) => (await import('./agent.ts')).agentCommand(io),
  },
  {
    name: 'serve',
    summary: 'take in what agents see, remember it, serve pages and the API',
    load: async (io) => (await import('./serve.ts')).serveCommand(io),
  },
  {
    name: 'doctor',
    summary: 'what this machine can do, and what is lost where it cannot',
    load: async (io) => (await import('./doctor.ts')).doctorCommand(io),
  },
  {
    name: 'selftest',
    summary: 'prove on this machine that nothing is missed',
    load: async (io) => (await import('./selftest.ts')).selftestCommand(io),
  },
  {
    name: 'filters',
    summary: 'describe the filter language',
    load: async (io) => (await import('./filters.ts')).filtersCommand(io),
  },
  {
    name: 'user',
    summary: 'add and remove people who may log in',
    load: async (io) => (await import('./user.ts')).userCommand(io),
  },
  {
    name: 'login',
    summary: 'log in to a server elsewhere, which commands ask from then on',
    load: async (io) => (await import('./login.ts')).loginCommand(io),
  },
  {
    name: 'logout',
    summary: 'end that login and forget it',
    load: async (io) => (await import('./login.ts')).logoutCommand(io),
  },
  {
    name: 'backup',
    summary: 'write everything that is remembered to a directory',
    load: async (io) => (await import('./backup.ts')).backupCommand(io),
  },
  {
    name: 'restore',
    summary: 'bring back what a backup holds',
    load: async (io) => (await import('./backup.ts')).restoreCommand(io),
  },
  {
    name: 'completion',
    summary: 'print what makes the tab key complete',
    load: async (io) => (await import('./completion.ts')).completionCommand(io),
  },
];
