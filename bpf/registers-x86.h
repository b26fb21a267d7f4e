/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Registers of a program on x86-64, as the kernel keeps them (struct pt_regs), by what they mean where a function begins and ends. */
#ifndef WIRELIGHT_REGISTERS_X86_H
#define WIRELIGHT_REGISTERS_X86_H

struct registers {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 original_rax, rip, cs, flags, rsp, ss;
};

/* System V calling convention. */
#define ARGUMENT_1(r) ((r)->rdi)
#define ARGUMENT_2(r) ((r)->rsi)
#define ARGUMENT_3(r) ((r)->rdx)
#define ARGUMENT_4(r) ((r)->rcx)
#define RESULT(r) ((r)->rax)
#define STACK(r) ((r)->rsp)

/* Go's own (ABIInternal, since 1.17). */
#define GO_ARGUMENT_1(r) ((r)->rax)
#define GO_ARGUMENT_2(r) ((r)->rbx)
#define GO_ARGUMENT_3(r) ((r)->rcx)
#define GO_RESULT(r) ((r)->rax)
#define GOROUTINE(r) ((r)->r14)

#endif
