import { join } from 'node:path';
import { printable } from '../base/printable.ts';
import type { EpochNanos } from '../base/units.ts';
import type { Container, EntityRef, Process } from '../model/entity.ts';
import { type CgroupFacts, readCgroupFile } from './cgroup-path.ts';
import { commandLine } from './command-line.ts';
import { namespaceInode, readLink, readText } from './proc-file.ts';
import { type ProcStat, readStat } from './proc-stat.ts';
import { executedName, programName } from './program.ts';

/** What reading a process needs to know of its surroundings. */
export interface ProcessSurroundings {
  /** '/proc', or where the host's is mounted. */
  readonly procRoot: string;
  /** Epoch milliseconds of the kernel's boot. */
  readonly bootTime: number;
  userName(uid: number): string;
  container(facts: CgroupFacts): Container | undefined;
  workload(container: Container | undefined, unit: string, program: string): EntityRef;
}

/** A process and the two things that tell whether it is still the same. */
export interface ReadProcess {
  readonly process: Process;
  readonly startTicks: number;
  /** Its name as the kernel has it, not cleaned. */
  readonly comm: string;
}

/** What /proc/PID/stat says; undefined where there is no such process. One file: cheap enough to ask again now and then. */
export function statOf(procRoot: string, pid: number): ProcStat | undefined {
  const text = readText(`${procRoot}/${pid}/stat`, 4096);
  return text === undefined ? undefined : readStat(text);
}

/**
 * Reads all that is wanted of a process: six small files, at most 64 KiB each; the working directory only where the
 * program's name depends on it. undefined where there is no such process, or it ended meanwhile.
 */
export function readProcess(pid: number, around: ProcessSurroundings): ReadProcess | undefined {
  const stat = statOf(around.procRoot, pid);
  if (stat === undefined) return undefined;
  const directory = join(around.procRoot, String(pid));
  const status = readText(`${directory}/status`, 8192) ?? '';
  const uid = Number(/^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? -1);
  const argv = stat.kernelThread ? [] : argumentsOf(readText(`${directory}/cmdline`) ?? '');
  const executable = stat.kernelThread ? '' : readLink(`${directory}/exe`);
  const cgroup = readCgroupFile(readText(`${directory}/cgroup`, 16_384) ?? '');
  let cwd: string | undefined;
  const facts = {
    comm: stat.comm,
    executable,
    argv,
    kernelThread: stat.kernelThread,
    cwd: () => {
      cwd ??= readLink(`${directory}/cwd`);
      return cwd;
    },
  };
  const container = around.container(cgroup);
  const program = printable(programName(facts), 128) || `pid ${pid}`;
  const process: Process = {
    pid,
    parentPid: stat.parentPid,
    startTime: (BigInt(Math.round(around.bootTime + stat.startTicks * 10)) * 1_000_000n) as EpochNanos,
    name: printable(executedName(facts), 128) || `pid ${pid}`,
    comm: printable(stat.comm, 64),
    executable: printable(executable.replace(/ \(deleted\)$/, ''), 1024),
    commandLine: commandLine(argv),
    uid,
    user: uid < 0 ? '' : printable(around.userName(uid), 64),
    netns: namespaceInode(readLink(`${directory}/ns/net`)),
    kernelThread: stat.kernelThread,
    unit: printable(cgroup.unit, 256),
    container,
    program,
    workload: around.workload(container, cgroup.unit, program),
  };
  return { process, startTicks: stat.startTicks, comm: stat.comm };
}

/** Arguments end with NUL each. Programs that write a title leave the rest of the old arguments as NULs. */
function argumentsOf(text: string): string[] {
  const end = text.replace(/\0+$/, '');
  return end === '' ? [] : end.split('\0');
}
