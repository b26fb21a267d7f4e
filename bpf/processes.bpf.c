/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Processes: when programs are executed and when they end, so that short-lived ones have a name too. */
#include "ring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int process(struct task_struct *task, u32 exited)
{
	u32 pid = BPF_CORE_READ(task, tgid);

	if ((u32)BPF_CORE_READ(task, pid) != pid)
		return 0; /* a thread, not the process */
	u32 sequence = next_sequence();
	struct process_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		lost(LOSS_RING_PROCESS);
		return 0;
	}
	__builtin_memset(r, 0, sizeof(*r));
	stamp(&r->header, RECORD_PROCESS, 0, bpf_ktime_get_ns(), sequence);
	r->pid = pid;
	r->parent = BPF_CORE_READ(task, real_parent, tgid);
	r->exited = exited;
	r->exit_code = exited ? BPF_CORE_READ(task, exit_code) : 0;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task)
{
	return process(task, 0);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(ended, struct task_struct *task)
{
	return process(task, 1);
}
