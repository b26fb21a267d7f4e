/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Events: what goes wrong on the way: retransmits, resets, drops with the kernel's reason, overflowing queues. */
#include "ring.h"
#include "socket-tuple.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
/* Events a CPU and second beyond which further ones of the same kind are only counted. */
#define MAX_RATE 20000

/* Drop reasons of the running kernel that need a name here, found in its BTF; 0 where it has none. */
const volatile u32 reason_not_a_drop = 0;      /* SKB_CONSUMED */
const volatile u32 reason_not_specified = 0;
const volatile u32 reason_queue_purge = 0;     /* freed with the socket that held it */
const volatile u32 reason_socket_rcvbuff = 0;
const volatile u32 reason_proto_mem = 0;
const volatile u32 reason_no_socket = 0;

struct rate {
	u64 second;
	u32 count;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, struct rate);
} rates SEC(".maps");

static __always_inline bool too_many(u32 event, u64 now)
{
	struct rate *rate = bpf_map_lookup_elem(&rates, &event);
	u64 second = now >> 30;

	if (!rate)
		return false;
	if (rate->second != second) {
		rate->second = second;
		rate->count = 0;
	}
	if (++rate->count <= MAX_RATE)
		return false;
	lost(LOSS_EVENT_RATE);
	return true;
}

static __always_inline struct event_record *begin(u32 event)
{
	u64 now = bpf_ktime_get_ns();
	if (too_many(event, now))
		return 0;
	struct event_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		next_sequence();
		lost(LOSS_RING_EVENT);
		return 0;
	}
	__builtin_memset(r, 0, sizeof(*r));
	stamp(&r->header, RECORD_EVENT, 0, now, 0);
	r->event = event;
	return r;
}

/* It is numbered only now: some turn out to be no event and are thrown away, which is no loss. */
static __always_inline void finish(struct event_record *r)
{
	r->header.sequence = next_sequence();
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/* The socket's view, as seen from its own side: it is the source. */
static __always_inline void from_socket(struct event_record *r, struct sock *sk)
{
	read_socket_tuple(sk, &r->tuple);
	r->cookie = cookie_of(sk);
	r->tcp_state = BPF_CORE_READ(sk, __sk_common.skc_state);
	r->protocol = IPPROTO_TCP;
}

/* The packet's view: its source and destination. False where it is not IP with readable ports. */
static __always_inline bool from_packet(struct event_record *r, struct sk_buff *skb)
{
	struct tuple *t = &r->tuple;
	unsigned char *head = BPF_CORE_READ(skb, head);
	u16 network = BPF_CORE_READ(skb, network_header), transport = BPF_CORE_READ(skb, transport_header);
	u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	u8 ip[40] = {};

	if (network == (u16)~0)
		return false;
	if (protocol == 0x0800) {
		if (bpf_probe_read_kernel(ip, 20, head + network) || ip[0] >> 4 != 4)
			return false;
		r->protocol = ip[9];
		t->local[10] = t->local[11] = t->remote[10] = t->remote[11] = 0xff;
		__builtin_memcpy(t->local + 12, ip + 12, 4);
		__builtin_memcpy(t->remote + 12, ip + 16, 4);
		if (transport == (u16)~0 || transport <= network)
			transport = network + (ip[0] & 15) * 4;
	} else if (protocol == 0x86dd) {
		if (bpf_probe_read_kernel(ip, 40, head + network) || ip[0] >> 4 != 6)
			return false;
		r->protocol = ip[6];
		__builtin_memcpy(t->local, ip + 8, 16);
		__builtin_memcpy(t->remote, ip + 24, 16);
		if (transport == (u16)~0 || transport <= network)
			transport = network + 40;
	} else {
		return false;
	}
	if (r->protocol == IPPROTO_TCP || r->protocol == IPPROTO_UDP) {
		__be16 ports[2] = {};
		bpf_probe_read_kernel(ports, 4, head + transport);
		t->local_port = bpf_ntohs(ports[0]);
		t->remote_port = bpf_ntohs(ports[1]);
	}
	r->bytes = BPF_CORE_READ(skb, len);
	return true;
}

static __always_inline bool is_inet(struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(retransmitted, struct sock *sk, struct sk_buff *skb)
{
	struct event_record *r = begin(EVENT_RETRANSMIT);
	if (!r)
		return 0;
	from_socket(r, sk);
	if (skb)
		r->bytes = BPF_CORE_READ(skb, len);
	finish(r);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent, struct sock *sk, struct sk_buff *skb)
{
	struct event_record *r = begin(EVENT_RESET_SENT);
	if (!r)
		return 0;
	u8 state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
	/* TIME_WAIT and request sockets are smaller structures; the packet tells as much. */
	if (sk && state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV && state != TCP_LISTEN) {
		from_socket(r, sk);
	} else {
		/* The packet that is answered by the reset: its destination is who sends the reset. */
		if (!skb || !from_packet(r, skb)) {
			bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
			return 0;
		}
		struct tuple answered = r->tuple;
		__builtin_memcpy(r->tuple.local, answered.remote, 16);
		__builtin_memcpy(r->tuple.remote, answered.local, 16);
		r->tuple.local_port = answered.remote_port;
		r->tuple.remote_port = answered.local_port;
		r->bytes = 0;
	}
	finish(r);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_received, struct sock *sk)
{
	struct event_record *r = begin(EVENT_RESET_RECEIVED);
	if (!r)
		return 0;
	from_socket(r, sk);
	finish(r);
	return 0;
}

static __always_inline int dropped_packet(struct sk_buff *skb, u32 reason)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);
	struct event_record *r = begin(EVENT_DROP);
	if (!r)
		return 0;
	if (!from_packet(r, skb)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return 0;
	}
	r->reason = reason;
	if (r->protocol == IPPROTO_UDP && reason && (reason == reason_socket_rcvbuff || reason == reason_proto_mem))
		r->event = EVENT_UDP_RECEIVE_OVERFLOW;
	if (sk) {
		u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
		r->tcp_state = r->protocol == IPPROTO_TCP ? state : 0;
		r->tuple.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	}
	finish(r);
	return 0;
}

/* 5.17 and later: with a reason. Consumed packets have one of their own and are no drops. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(dropped, struct sk_buff *skb, void *location, u32 reason)
{
	if (reason <= reason_not_a_drop || (reason_queue_purge && reason == reason_queue_purge))
		return 0;
	/* A segment that finds no room in the listener's queue is told by the socket itself. */
	return dropped_packet(skb, reason);
}

/* Before 5.17 there is no reason, and what is freed here is not always a drop: only packets of sockets are told. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(dropped_without_reason, struct sk_buff *skb, void *location)
{
	u16 protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol));

	if (protocol != 0x0800 && protocol != 0x86dd)
		return 0;
	struct sock *sk = BPF_CORE_READ(skb, sk);
	if (!sk || !is_inet(sk))
		return 0;
	return dropped_packet(skb, 0);
}
