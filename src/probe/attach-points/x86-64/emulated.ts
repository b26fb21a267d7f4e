/**
 * What the kernel does itself when a uprobe hits it, instead of copying the instruction elsewhere and single-stepping
 * it, which costs some 15 us: nops, relative jumps and calls, and pushes of a register.
 * Source: branch_setup_xol_ops and push_setup_xol_ops in arch/x86/kernel/uprobes.c; the rules stand since Linux 4.17.
 */

/** The nops that the kernel knows by their bytes (x86_nops in arch/x86/include/asm/nops.h), by length. */
const NOPS: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];
const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const OPERAND_SIZE = 0x66;

/** Whether an instruction, given by its bytes, is emulated rather than single-stepped. */
export function isEmulated(bytes: Uint8Array): boolean {
  if (NOPS[bytes.length]?.every((byte, index) => byte === bytes[index])) return true;
  let at = 0;
  while (at < bytes.length && PREFIXES.has(bytes[at])) at++;
  const rex = (bytes[at] & 0xf0) === 0x40 ? bytes[at++] : 0;
  const opcode = bytes[at];
  if (opcode >= 0x50 && opcode <= 0x57) return bytes.length === 1 || (bytes.length === 2 && rex === 0x41);
  // With REX.B it is an exchange of registers.
  if (opcode === 0x90) return (rex & 1) === 0;
  // The kernel refuses branches with this prefix altogether.
  if (bytes.subarray(0, at).includes(OPERAND_SIZE)) return false;
  if (opcode === 0x0f) return bytes[at + 1] >= 0x80 && bytes[at + 1] <= 0x8f;
  return opcode === 0xe8 || opcode === 0xe9 || opcode === 0xeb || (opcode >= 0x70 && opcode <= 0x7f);
}
