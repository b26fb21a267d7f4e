/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Registers of a program on arm64, as the kernel keeps them (struct user_pt_regs), by what they mean where a function begins and ends. */
#ifndef WIRELIGHT_REGISTERS_ARM64_H
#define WIRELIGHT_REGISTERS_ARM64_H

struct registers {
	u64 x[31];
	u64 sp, pc, flags;
};

/* Procedure call standard (AAPCS64). */
#define ARGUMENT_1(r) ((r)->x[0])
#define ARGUMENT_2(r) ((r)->x[1])
#define ARGUMENT_3(r) ((r)->x[2])
#define ARGUMENT_4(r) ((r)->x[3])
#define RESULT(r) ((r)->x[0])
#define STACK(r) ((r)->sp)

/* Go's own (ABIInternal, since 1.18). */
#define GO_ARGUMENT_1(r) ((r)->x[0])
#define GO_ARGUMENT_2(r) ((r)->x[1])
#define GO_ARGUMENT_3(r) ((r)->x[2])
#define GO_RESULT(r) ((r)->x[0])
#define GOROUTINE(r) ((r)->x[28])

#endif
