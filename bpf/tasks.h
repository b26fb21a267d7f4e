/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Who used which socket last, by socket cookie. Kept by owners.bpf.c for kernels on which packet programs may not ask for
 * the running task (before 6.10); elsewhere it has one entry and stays empty.
 */
#ifndef WIRELIGHT_TASKS_H
#define WIRELIGHT_TASKS_H

#include "kernel.h"

struct task {
	u64 pid_tgid;
	u8 comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, struct task);
} tasks SEC(".maps");

#endif
