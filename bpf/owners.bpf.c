/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Owners: which process and thread uses a socket, noted where it runs: when it connects, sends a datagram, or reads what
 * a server was asked. Only for kernels on which the packet programs cannot ask for themselves (before 6.10).
 */
#include "sockets.h"
#include "tasks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* bpf_get_socket_cookie is allowed in tracing programs (5.12); before, the cookie is there once a packet was looked at. */
const volatile bool cookie_helper = true;

static __always_inline void note(u64 cookie)
{
	u64 running = bpf_get_current_pid_tgid();
	struct task *known = bpf_map_lookup_elem(&tasks, &cookie);

	if (cookie == 0 || (known && known->pid_tgid == running))
		return;
	struct task task = { .pid_tgid = running };
	bpf_get_current_comm(task.comm, sizeof(task.comm));
	bpf_map_update_elem(&tasks, &cookie, &task, BPF_ANY);
}

SEC("cgroup/connect4")
int connects4(struct bpf_sock_addr *ctx)
{
	note(bpf_get_socket_cookie(ctx));
	return 1;
}

SEC("cgroup/connect6")
int connects6(struct bpf_sock_addr *ctx)
{
	note(bpf_get_socket_cookie(ctx));
	return 1;
}

SEC("cgroup/sendmsg4")
int sends4(struct bpf_sock_addr *ctx)
{
	note(bpf_get_socket_cookie(ctx));
	return 1;
}

SEC("cgroup/sendmsg6")
int sends6(struct bpf_sock_addr *ctx)
{
	note(bpf_get_socket_cookie(ctx));
	return 1;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(reads, struct sock *sk)
{
	if (is_listening(sk->__sk_common.skc_num))
		note(cookie_helper ? bpf_get_socket_cookie(sk) : (u64)sk->__sk_common.skc_cookie.counter);
	return 0;
}
