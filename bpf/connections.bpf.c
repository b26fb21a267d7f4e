/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Connections: the life of every TCP socket of the host, in every network namespace, and the ports that are listened
 * on. Iterators find sockets that are older than the agent and read the kernel's own counters of those that live on.
 */
#include "sockets.h"
#include "socket-tuple.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

/* Tracing programs may use socket storage (5.11). */
const volatile bool socket_storage = true;
/* Every socket of the host is watched: within it, the accepting end of a conversation tells what the connecting end would. */
const volatile bool both_ends = true;

static __always_inline u64 cgroup_of(struct sock *sk)
{
	struct cgroup *cgroup;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	} else {
		struct sock_cgroup_data___5_10 *data = (void *)&sk->sk_cgrp_data;
		u64 val = BPF_CORE_READ(data, val);
		cgroup = val & 3 ? 0 : (struct cgroup *)val;
	}
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline void read_counters(struct sock *sk, struct socket_record *r)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return;
	/* Payload, each byte once. */
	r->bytes_sent = tp->bytes_sent - tp->bytes_retrans;
	r->bytes_acked = tp->bytes_acked;
	r->bytes_received = tp->bytes_received;
	r->segments_out = tp->data_segs_out;
	r->segments_in = tp->data_segs_in;
	r->retransmits = tp->total_retrans;
	r->srtt_us = tp->srtt_us >> 3;
	r->min_rtt_us = tp->rtt_min.s[0].v;
	if (bpf_core_field_exists(tp->rcv_ooopack))
		r->out_of_order = tp->rcv_ooopack;
	r->receive_queue = tp->rcv_nxt - tp->copied_seq;
	r->send_queue = tp->write_seq - tp->snd_una;
}

static __always_inline void listen_on(u16 port, bool listens)
{
	u32 index = port >> 6;
	u64 bit = 1ULL << (port & 63), *word = bpf_map_lookup_elem(&listening, &index);

	if (!word)
		return;
	/* A port that one namespace stops listening on may still be listened on in another: it stays set, which only
	 * costs that both ends of a loopback conversation are looked at. */
	if (listens && !(*word & bit))
		__sync_fetch_and_add(word, bit);
}

static __always_inline void report(struct sock *sk, u8 kind, u8 flags, int old_state, int state)
{
	u32 sequence = next_sequence();
	struct socket_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	struct socket_state *watched =
		kind == RECORD_CLOSED && socket_storage ? bpf_sk_storage_get(&sockets, sk, 0, 0) : 0;
	if (!r) {
		lost(LOSS_RING_SOCKET);
		if (watched) {
			/* Clients speak first: what a listening port received, what any other port sent. */
			u32 way = is_listening(local_port_of(sk)) ? 0 : 1;
			struct stream *stream = &watched->streams[way];
			lost_many(LOSS_CLOSED_TURNS, (u16)(stream->turns - stream->shown));
		}
		return;
	}
	__builtin_memset(r, 0, sizeof(*r));
	stamp(&r->header, kind, flags, bpf_ktime_get_ns(), sequence);
	r->cookie = cookie_of(sk);
	read_socket_tuple(sk, &r->tuple);
	r->cgroup = cgroup_of(sk);
	r->protocol = IPPROTO_TCP;
	r->old_state = old_state;
	r->state = state;
	r->error = sk->sk_err;
	u64 task = bpf_get_current_pid_tgid();
	r->pid = task >> 32;
	r->tid = task;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	if (kind == RECORD_CLOSED) {
		read_counters(sk, r);
		if (watched) {
			r->turns_received = watched->streams[0].turns;
			r->turns_sent = watched->streams[1].turns;
		}
	}
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __always_inline bool to_loopback(struct sock *sk)
{
	u64 address[2];

	if (sk->__sk_common.skc_family == AF_INET)
		return (bpf_ntohl(sk->__sk_common.skc_daddr) >> 24) == 127;
	bpf_core_read(address, 16, &sk->__sk_common.skc_v6_daddr);
	if (address[0])
		return false;
	u32 high = address[1], low = address[1] >> 32;
	return high == bpf_htonl(0xffff) ? (bpf_ntohl(low) >> 24) == 127 : high == 0 && low == bpf_htonl(1);
}

/* The connecting end of a conversation that stays on this host's loopback device. */
static __always_inline bool told_by_server(struct sock *sk)
{
	return both_ends && to_loopback(sk) && is_listening(bpf_ntohs(sk->__sk_common.skc_dport)) &&
	       !is_listening(local_port_of(sk));
}

/* It ended as connections should: nothing to tell that the other end does not. */
static __always_inline bool ended_well(struct sock *sk, int old_state)
{
	if (old_state != TCP_FIN_WAIT2 && old_state != TCP_LAST_ACK && old_state != TCP_CLOSING && old_state != TCP_TIME_WAIT)
		return false;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	return tp && !sk->sk_err && !tp->total_retrans;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int old_state, int state)
{
	u16 family = sk->__sk_common.skc_family;

	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (state == TCP_LISTEN) {
		listen_on(sk->__sk_common.skc_num, true);
		report(sk, RECORD_SNAPSHOT, FLAG_SERVER, old_state, state);
	} else if (state == TCP_ESTABLISHED && old_state == TCP_SYN_SENT) {
		if (!told_by_server(sk))
			report(sk, RECORD_ESTABLISHED, 0, old_state, state);
	} else if (state == TCP_ESTABLISHED && old_state == TCP_SYN_RECV) {
		report(sk, RECORD_ESTABLISHED, FLAG_SERVER, old_state, state);
	} else if (state == TCP_CLOSE && old_state != TCP_CLOSE && !(ended_well(sk, old_state) && told_by_server(sk))) {
		report(sk, RECORD_CLOSED, old_state == TCP_LISTEN ? FLAG_SERVER : 0, old_state, state);
	}
	return 0;
}

/* What the iterators hand to the reading side: the same record, through the iterator's file. */
static __always_inline int snapshot(struct bpf_iter_meta *meta, struct sock *sk, u16 protocol)
{
	struct socket_record r;

	__builtin_memset(&r, 0, sizeof(r));
	r.header.kind = RECORD_SNAPSHOT;
	r.header.time = bpf_ktime_get_ns();
	r.cookie = cookie_of(sk);
	read_socket_tuple(sk, &r.tuple);
	/* What the iterator hands over is only known to be the common part of a socket. */
	r.cgroup = cgroup_of(sk);
	r.inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
	r.protocol = protocol;
	r.state = sk->__sk_common.skc_state;
	if (protocol == IPPROTO_TCP && r.state != TCP_LISTEN)
		read_counters(sk, &r);
	bpf_seq_write(meta->seq, &r, sizeof(r));
	return 0;
}

SEC("iter/tcp")
int tcp_sockets(struct bpf_iter__tcp *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct sock_common *common = ctx->sk_common;

	if (!common)
		return 0;
	u16 family = common->skc_family;
	u8 state = common->skc_state;
	/* Sockets in TIME_WAIT and half-open requests are smaller structures, without what is read here. */
	if ((family != AF_INET && family != AF_INET6) || state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return 0;
	struct sock *sk = (struct sock *)common;
	if (state == TCP_LISTEN)
		listen_on(common->skc_num, true);
	return snapshot(meta, sk, IPPROTO_TCP);
}

SEC("iter/udp")
int udp_sockets(struct bpf_iter__udp *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct sock *sk = (struct sock *)ctx->udp_sk;

	if (!sk)
		return 0;
	return snapshot(meta, sk, IPPROTO_UDP);
}

/* Which process holds which socket: pid and socket cookie of every file that is a socket. */
SEC("iter/task_file")
int socket_owners(struct bpf_iter__task_file *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	struct {
		u64 inode;
		u32 pid;
		u32 fd;
	} owner = {};
	owner.pid = BPF_CORE_READ(task, tgid);
	if ((u32)BPF_CORE_READ(task, pid) != owner.pid)
		return 0;
	u16 mode = BPF_CORE_READ(file, f_inode, i_mode);
	if ((mode & 0170000) != 0140000)
		return 0;
	owner.inode = BPF_CORE_READ(file, f_inode, i_ino);
	owner.fd = ctx->fd;
	bpf_seq_write(meta->seq, &owner, sizeof(owner));
	return 0;
}
