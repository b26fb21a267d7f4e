/** What is read of /proc/PID/stat. */
export interface ProcStat {
  readonly comm: string;
  readonly parentPid: number;
  readonly kernelThread: boolean;
  /** Clock ticks (1/100 s on every Linux) since boot: with the pid it tells a process from its successors. */
  readonly startTicks: number;
}

/** PF_KTHREAD of include/linux/sched.h. */
const kernelThreadFlag = 0x200000;

/**
 * Reads /proc/PID/stat (proc(5)). The name stands in parentheses and may itself hold parentheses, spaces and line breaks:
 * the fields begin after the last ')'.
 */
export function readStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  // Fields from the third on: state, ppid, pgrp, session, tty, tpgid, flags (9), ..., starttime (22).
  const fields = text.slice(close + 2).split(' ');
  const startTicks = Number(fields[19]);
  if (!Number.isFinite(startTicks)) return undefined;
  return {
    comm: text.slice(open + 1, close),
    parentPid: Number(fields[1]) || 0,
    kernelThread: (Number(fields[6]) & kernelThreadFlag) !== 0,
    startTicks,
  };
}
