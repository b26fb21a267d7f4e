/**
 * Instructions of 4 bytes that the kernel simulates on arm64 instead of single-stepping them.
 * Source: arm_probe_decode_insn in arch/arm64/kernel/probes/decode-insn.c.
 */
const SIMULATED: readonly { readonly mask: number; readonly value: number }[] = [
  { mask: 0x7c000000, value: 0x14000000 }, // b, bl
  { mask: 0xff000010, value: 0x54000000 }, // b.cond
  { mask: 0x7e000000, value: 0x34000000 }, // cbz, cbnz
  { mask: 0x7e000000, value: 0x36000000 }, // tbz, tbnz
  { mask: 0x1f000000, value: 0x10000000 }, // adr, adrp
  { mask: 0xff9ffc1f, value: 0xd61f0000 }, // br, blr, ret
  { mask: 0xbf000000, value: 0x18000000 }, // ldr literal
  { mask: 0xff000000, value: 0x98000000 }, // ldrsw literal
];

/** Whether the instruction at the start of the code is simulated. */
export function isSimulated(code: Uint8Array): boolean {
  if (code.length < 4) return false;
  const instruction = word(code, 0);
  return SIMULATED.some(({ mask, value }) => (instruction & mask) >>> 0 === value >>> 0);
}

/** Where the returns of a function are, in bytes from its start: RET, and RETAA and RETAB, which check a signature first. */
export function returns(code: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const instruction = word(code, at);
    const plain = (instruction & 0xfffffc1f) >>> 0 === 0xd65f0000;
    if (plain || instruction === 0xd65f0bff || instruction === 0xd65f0fff) found.push(at);
  }
  return found;
}

function word(code: Uint8Array, at: number): number {
  return (code[at] | (code[at + 1] << 8) | (code[at + 2] << 16) | (code[at + 3] << 24)) >>> 0;
}
