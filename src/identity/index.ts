/** Who an address, a process or a socket is. See {@link Identity}; docs/workload-names.md has the rules for names. */
export { addressClass } from './address-class.ts';
export { type CgroupFacts, readCgroupFile, readCgroupPath } from './cgroup-path.ts';
export { commandLine } from './command-line.ts';
export { Identity, type IdentityOptions, type Nameable } from './identity.ts';
export { type ProgramFacts, programName } from './program.ts';
export { RecordedNames } from './recorded-names.ts';
export { type SocketEntry, type SocketOwners, type SocketOwnersOptions, socketOwners } from './socket-owners.ts';
export { type WorkloadName, workloadName } from './workload.ts';
