/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Messages: the bytes of requests and responses, as they pass the sockets of a cgroup.
 *
 * A packet without payload leaves at once. On the loopback device, where both ends pass here, the connecting end leaves
 * before any state is touched: the accepting end sees the same bytes. What remains is compared with the sequence number
 * expected next, so that retransmissions are dropped and holes are marked, and then either becomes a record (new turn,
 * head not complete, first bytes after a PSH, or itself ending in a PSH) or is only counted by its successor's number.
 */
#include "packet.h"
#include "sockets.h"
#include "tasks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Bytes of each head that are captured. */
const volatile u32 capture_bytes = 512;
/* The departure time that TCP wrote into the packet is the time of sending (not so where packets are paced). */
const volatile bool trust_tstamp = true;
/* Packet programs may ask for the running task (6.10), and for its name (6.13); else owners.bpf.c notes who it is. */
const volatile bool task_helper = true;
const volatile bool comm_helper = true;
/* The connecting end on the loopback device is left to the accepting end. */
const volatile bool skip_loopback_client = true;

/*
 * Room for bytes in a record. Reserving takes a constant size, so there are several: the denser the ring, the less of
 * the cache it washes out, which is most of what a record costs.
 */
#define TINY 48
#define SMALL 112
#define MIDDLE 176
#define LARGE 304
#define PACKET 1504
#define CHUNK 4096
#define MAX_CHUNKS 16
/* Bytes of one turn that are captured while nobody knows the protocol: enough for what a client pipelines at once. */
#define TRIAL_BYTES 32768
/* Bytes of small segments in one turn of an HTTP/1 client that are captured: a body's, or more requests. */
#define TURN_BYTES 16384
/* Turns of each direction after which an undecided connection is not captured so generously any more: far more than pass
 * before user space has read the first and decided. */
#define TRIAL_TURNS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct policy);
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
} flows SEC(".maps");

/* What a segment record says besides its bytes. */
struct stretch {
	u64 cookie, time, read_time, pid_tgid;
	u32 offset; /* in the packet */
	u32 seq, length, capture, ports;
	u16 turn;
	u8 flags;
};

/* Copies payload out of a packet, at most `room` bytes. How many it was. */
static __always_inline u32 copy_payload(struct __sk_buff *skb, u32 offset, void *to, u32 size, u32 room)
{
	u32 last = (size < room ? size : room) - 1;
	/* One comparison excludes none and too many, and the verifier must see it made on this very register. */
	asm volatile("" : "+r"(last));
	if (last >= room)
		return 0;
	if (bpf_skb_load_bytes(skb, offset, to, last + 1)) {
		lost(LOSS_BYTES);
		return 0;
	}
	return last + 1;
}

static __always_inline bool emit(struct __sk_buff *skb, const struct stretch *s, u32 room)
{
	u32 sequence = next_sequence();
	struct segment_record *r = bpf_ringbuf_reserve(&records, sizeof(*r) + room, 0);
	if (!r) {
		lost(LOSS_RING_SEGMENT);
		return false;
	}
	stamp(&r->header, RECORD_SEGMENT, s->flags, s->time, sequence);
	r->cookie = s->cookie;
	r->tcp_seq = s->seq;
	r->length = s->length;
	r->turn = s->turn;
	r->ports = s->ports;
	r->pid = s->pid_tgid >> 32;
	r->tid = s->pid_tgid;
	r->read_time = s->read_time;

	r->captured = copy_payload(skb, s->offset, r + 1, s->capture, room);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline bool emit_sized(struct __sk_buff *skb, const struct stretch *s)
{
	if (s->capture == 0)
		return emit(skb, s, 0);
	if (s->capture <= TINY)
		return emit(skb, s, TINY);
	if (s->capture <= SMALL)
		return emit(skb, s, SMALL);
	if (s->capture <= MIDDLE)
		return emit(skb, s, MIDDLE);
	if (s->capture <= LARGE)
		return emit(skb, s, LARGE);
	if (s->capture <= capture_bytes)
		return emit(skb, s, capture_bytes);
	if (s->capture <= PACKET)
		return emit(skb, s, PACKET);
	return emit(skb, s, CHUNK);
}

/*
 * A large stretch in pieces. A function of its own: it is rare, and kernels before 6.2 take no loop that is entered in its
 * middle, which is how it would be laid out among everything else.
 */
static __noinline bool emit_pieces(struct __sk_buff *skb, struct stretch *s)
{
	u32 left = s->length, capture = s->capture;
	u8 push = s->flags & FLAG_PUSH;
	bool shown = false;

	s->flags &= ~FLAG_PUSH;
	s->length = s->capture = CHUNK;
	for (int i = 0; i < MAX_CHUNKS - 1 && capture > CHUNK; i++) {
		shown |= emit(skb, s, CHUNK);
		s->flags &= ~(FLAG_TURN | FLAG_FIRST);
		s->offset += CHUNK;
		s->seq += CHUNK;
		s->read_time = 0;
		left -= CHUNK;
		capture -= CHUNK;
	}
	s->flags |= push;
	s->length = left;
	s->capture = capture < CHUNK ? capture : CHUNK;
	return emit(skb, s, CHUNK) || shown;
}

static __always_inline u32 policy_of(u64 cookie)
{
	u32 slot = (u32)cookie & (POLICY_SLOTS - 1);
	struct policy *entry = bpf_map_lookup_elem(&policies, &slot);
	return entry && entry->cookie == (u32)cookie ? entry->policy : POLICY_UNDECIDED;
}

/* Who is sending: whoever runs now, or was noted when it last used the socket. Process id and thread id; 0 unknown. */
static __always_inline u64 sender(u64 cookie)
{
	if (task_helper)
		return bpf_get_current_pid_tgid();
	struct task *task = bpf_map_lookup_elem(&tasks, &cookie);
	return task ? task->pid_tgid : 0;
}

/* SYN sent: a connection is being opened by whoever runs now. */
static __noinline void opened(struct __sk_buff *skb, struct packet *p)
{
	u32 sequence = next_sequence();
	struct socket_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		lost(LOSS_RING_SOCKET);
		return;
	}
	__builtin_memset(r, 0, sizeof(*r));
	stamp(&r->header, RECORD_CONNECT, FLAG_EGRESS, bpf_ktime_get_ns(), sequence);
	r->cookie = bpf_get_socket_cookie(skb);
	read_tuple(skb, p, true, &r->tuple);
	struct bpf_sock *sk = skb->sk;
	struct sock *connecting = sk ? (struct sock *)bpf_skc_to_tcp_sock(sk) : 0;
	if (connecting)
		r->tuple.netns = connecting->__sk_common.skc_net.net->ns.inum;
	u64 running = sender(r->cookie);
	r->pid = running >> 32;
	r->tid = running;
	r->cgroup = bpf_skb_cgroup_id(skb);
	r->protocol = IPPROTO_TCP;
	r->state = TCP_SYN_SENT;
	if (comm_helper) {
		bpf_get_current_comm(r->comm, sizeof(r->comm));
	} else if (!task_helper) {
		u64 cookie = r->cookie;
		struct task *task = bpf_map_lookup_elem(&tasks, &cookie);
		if (task)
			__builtin_memcpy(r->comm, task->comm, sizeof(r->comm));
	}
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/* The data that came with the segment that completes a handshake passes the listening socket. */
static __noinline void at_listener(struct __sk_buff *skb, struct packet *p)
{
	u32 sequence = next_sequence();
	struct datagram_record *r = bpf_ringbuf_reserve(&records, sizeof(*r) + CHUNK, 0);
	if (!r) {
		lost(LOSS_RING_SEGMENT);
		return;
	}
	stamp(&r->header, RECORD_DATAGRAM, FLAG_LISTENER, bpf_ktime_get_ns(), sequence);
	r->cookie = p->seq; /* the socket has no cookie yet; the sequence number places the bytes */
	read_tuple(skb, p, false, &r->tuple);
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *listener = sk ? bpf_skc_to_tcp_sock(sk) : 0;
	/* On loopback addresses only the namespace tells whose connection it is. */
	if (listener)
		r->tuple.netns = BPF_CORE_READ((struct sock *)listener, __sk_common.skc_net.net, ns.inum);
	r->length = p->length;
	r->pid = r->tid = 0;
	r->cgroup = 0;
	r->captured = copy_payload(skb, p->payload, r + 1, p->length, CHUNK);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __always_inline void at_socket(struct __sk_buff *skb, struct packet *p, bool egress, u32 event)
{
	u32 sequence = next_sequence();
	struct event_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		lost(LOSS_RING_EVENT);
		return;
	}
	__builtin_memset(r, 0, sizeof(*r));
	stamp(&r->header, RECORD_EVENT, egress ? FLAG_EGRESS : 0, bpf_ktime_get_ns(), sequence);
	r->cookie = bpf_get_socket_cookie(skb);
	read_tuple(skb, p, true, &r->tuple); /* the packet's source first, whoever sees it */
	r->event = event;
	r->protocol = IPPROTO_TCP;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/*
 * Bytes that the socket will not take: packets pass here before that is checked. What is still on its way to the socket may
 * have moved the window, so only what lies far outside is turned away.
 */
static __noinline bool beyond_window(struct __sk_buff *skb, u32 seq)
{
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *tp = sk ? bpf_skc_to_tcp_sock(sk) : 0;

	return tp && (s32)(seq - tp->rcv_nxt - 2 * tp->rcv_wnd) > 1 << 20;
}

/* A connection is asked for. Where the queues of the listening socket are full, the kernel drops this without a word. */
static __noinline void asked_for(struct __sk_buff *skb, struct packet *p)
{
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *tp = sk ? bpf_skc_to_tcp_sock(sk) : 0;
	u32 event = 0;

	if (!tp)
		return;
	struct sock *listener = (struct sock *)tp;
	u32 most = listener->sk_max_ack_backlog;
	/* The kernel's own conditions: sk_acceptq_is_full, inet_csk_reqsk_queue_is_full (without SYN cookies). */
	if (listener->sk_ack_backlog > most) {
		event = EVENT_LISTEN_OVERFLOW;
	} else {
		struct inet_connection_sock *icsk = (struct inet_connection_sock *)tp;
		u8 cookies = 1;
		struct net *net = listener->__sk_common.skc_net.net;
		bpf_core_read(&cookies, 1, &net->ipv4.sysctl_tcp_syncookies);
		if (!cookies && (u32)icsk->icsk_accept_queue.qlen.counter >= most)
			event = EVENT_SYN_DROP;
	}
	if (event)
		at_socket(skb, p, false, event);
}

static __always_inline int tcp_packet(struct __sk_buff *skb, struct packet *p, const bool egress)
{
	const u32 way = egress ? 1 : 0;

	if (p->length == 0) {
		if (egress && (p->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN)
			opened(skb, p);
		else if (!egress && (p->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN)
			asked_for(skb, p);
		else if (p->window == 0 && !(p->tcp_flags & (TCP_FLAG_RST | TCP_FLAG_SYN)))
			at_socket(skb, p, egress, EVENT_ZERO_WINDOW);
		return 1;
	}
	if (skip_loopback_client && skb->ifindex == LOOPBACK_IFINDEX) {
		u16 ours = egress ? p->source : p->destination, theirs = egress ? p->destination : p->source;
		if (is_listening(theirs) && !is_listening(ours))
			return 1;
	}
	struct bpf_sock *sk = skb->sk;
	if (!sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	if (sk->state == TCP_LISTEN) {
		at_listener(skb, p);
		return 1;
	}
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (!state) {
		struct socket_state blank = { .direction = 2 };
		state = bpf_sk_storage_get(&sockets, sk, &blank, BPF_SK_STORAGE_GET_F_CREATE);
		if (!state) {
			lost(LOSS_SOCKET_STORAGE);
			return 1;
		}
	}
	struct stream *stream = &state->streams[way];
	struct stretch s = { .offset = p->payload, .seq = p->seq, .length = p->length };
	if (p->tcp_flags & TCP_FLAG_SYN)
		s.seq++; /* data in a SYN (fast open) follows the SYN's own number */
	u32 end = s.seq + s.length;

	s.flags = egress ? FLAG_EGRESS : 0;
	if (!stream->seen) {
		stream->seen = 1;
		/* The first segment to arrive need not be the first that was sent: the socket knows what it waits for. */
		struct bpf_tcp_sock *tp = egress ? 0 : bpf_tcp_sock(sk);
		stream->next = tp ? tp->rcv_nxt : s.seq;
	}
	s32 ahead = s.seq - stream->next;
	if (ahead > 0) {
		if (!egress && beyond_window(skb, s.seq))
			return 1;
		if (stream->hole_start == stream->hole_end)
			stream->hole_start = stream->next;
		stream->hole_end = s.seq;
		s.flags |= FLAG_HOLE;
		s.pid_tgid = stream->hole_start;
	} else if (ahead < 0) {
		if (stream->hole_start != stream->hole_end && (s32)(stream->hole_end - s.seq) > 0 &&
		    (s32)(end - stream->hole_start) > 0) {
			s.flags |= FLAG_FILL;
			s.pid_tgid = stream->hole_start;
			if ((s32)(s.seq - stream->hole_start) <= 0)
				stream->hole_start = (s32)(end - stream->hole_end) < 0 ? end : stream->hole_end;
		} else {
			if ((s32)(end - stream->next) <= 0)
				return 1; /* seen before */
			s.offset -= ahead;
			s.length += ahead;
			s.seq = stream->next;
		}
	}
	if ((s32)(end - stream->next) > 0)
		stream->next = end;

	bool turn = state->direction != way;
	if (turn) {
		state->direction = way;
		stream->captured = 0;
		stream->pushed = 0;
		stream->headed = 0;
		stream->turns++;
		s.flags |= FLAG_TURN;
		if (!egress)
			state->unread = 1;
	}
	stream->several = !turn;
	bool push = p->tcp_flags & TCP_FLAG_PSH;
	if (push)
		s.flags |= FLAG_PUSH;

	s.cookie = bpf_get_socket_cookie(skb);
	u32 policy = policy_of(s.cookie);
	bool begins = stream->pushed;
	stream->pushed = push;
	if (policy >= POLICY_COUNTERS) {
		if (policy == POLICY_PLAINTEXT && !egress && !state->arrived)
			state->arrived = bpf_ktime_get_ns();
		stream->shown = stream->turns;
		return 1;
	}

	/* How much of it? */
	u32 limit = capture_bytes;
	if (policy == POLICY_STREAM)
		limit = s.length;
	else if (policy == POLICY_UNDECIDED && stream->turns <= TRIAL_TURNS && stream->captured < TRIAL_BYTES)
		limit = TRIAL_BYTES - stream->captured;
	else if (policy != POLICY_SEGMENTS && !begins && !(s.flags & (FLAG_HOLE | FLAG_FILL)))
		limit = stream->captured < capture_bytes ? capture_bytes - stream->captured : 0;
	bool of_server = is_listening(egress ? p->source : p->destination) == egress;
	if (policy == POLICY_HTTP && of_server && stream->headed && !(s.flags & (FLAG_HOLE | FLAG_FILL)) &&
	    !four_bytes(skb, s.offset, "HTTP"))
		limit = 0;
	/*
	 * What a client sends in one small segment, or in several while they are not many, may be several requests at once, and
	 * behind a body there may be one. Where it has sent more than one segment, the answers to several may share one.
	 */
	if (s.length > limit && s.length <= CHUNK) {
		if (limit > 0 && (!of_server || state->streams[egress ? 0 : 1].several))
			limit = s.length;
		else if (policy == POLICY_HTTP && !of_server &&
			 (stream->captured < TURN_BYTES ||
			  (s.length >= 4 && four_bytes(skb, s.offset + s.length - 4, "\r\n\r\n"))))
			limit = s.length;
	}
	s.capture = s.length < limit ? s.length : limit;
	/* What arrives out of order is always told, or nobody could tell a hole from what was left out. */
	if (s.capture == 0 && !push && !(s.flags & (FLAG_HOLE | FLAG_FILL)))
		return 1;
	stream->captured += s.capture;
	if (policy == POLICY_HTTP && of_server && s.capture >= 4 && s.capture == s.length)
		stream->headed = four_bytes(skb, s.offset + s.length - 4, "\r\n\r\n");

	s.turn = stream->turns;
	s.ports = egress ? (u32)p->source << 16 | p->destination : (u32)p->destination << 16 | p->source;
	if (egress) {
		s.time = trust_tstamp ? skb->tstamp : 0;
		if (!s.time)
			s.time = bpf_ktime_get_ns();
		s.pid_tgid = sender(s.cookie);
		s.read_time = state->read_time;
		state->read_time = 0;
	} else {
		s.time = bpf_ktime_get_ns();
	}
	if (!state->begun) {
		s.flags |= FLAG_FIRST;
		state->begun = 1;
	}
	if (s.capture <= CHUNK) {
		if (emit_sized(skb, &s))
			stream->shown = s.turn;
		return 1;
	}
	if (emit_pieces(skb, &s))
		stream->shown = s.turn;
	return 1;
}

static __always_inline bool is_dns(u16 port)
{
	return port == 53 || port == 5353 || port == 5355;
}

static __always_inline void datagram(struct __sk_buff *skb, struct packet *p, const struct flow_key *key, bool egress,
				     u64 time, u32 room)
{
	u32 sequence = next_sequence();
	struct datagram_record *r = bpf_ringbuf_reserve(&records, sizeof(*r) + room, 0);
	if (!r) {
		lost(LOSS_RING_DATAGRAM);
		return;
	}
	stamp(&r->header, RECORD_DATAGRAM, egress ? FLAG_EGRESS : 0, time, sequence);
	r->cookie = key->cookie;
	r->tuple = key->tuple;
	r->length = p->length;
	u64 task = egress ? sender(key->cookie) : 0;
	r->pid = task >> 32;
	r->tid = task;
	r->cgroup = egress ? bpf_skb_cgroup_id(skb) : 0;
	r->captured = copy_payload(skb, p->payload, r + 1, p->length, room);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/*
 * Datagrams of a flow whose heads are captured when it is not DNS, so that its protocol can be recognised: four. Those of a
 * QUIC handshake, which begin with two set bits, are more and count less: a name may be spread over several.
 */
#define FLOW_HEADS 32
#define HEAD_COST 8
#define HANDSHAKE_COST 1

static __always_inline struct flow_value *flow_of(const struct flow_key *key, u64 time)
{
	struct flow_value *flow = bpf_map_lookup_elem(&flows, key);
	if (flow)
		return flow;
	struct flow_value blank = { .first = time };
	if (bpf_map_update_elem(&flows, key, &blank, BPF_NOEXIST))
		lost(LOSS_FLOWS_FULL);
	return bpf_map_lookup_elem(&flows, key);
}

static __always_inline int udp_packet(struct __sk_buff *skb, struct packet *p, const bool egress)
{
	struct flow_key key = {};
	u64 time = bpf_ktime_get_ns();
	bool dns = is_dns(p->source) || is_dns(p->destination);

	key.cookie = bpf_get_socket_cookie(skb);
	read_tuple(skb, p, egress, &key.tuple);
	bool head = dns;
	/* Every DNS datagram becomes a record, so there is nothing to count in between. */
	struct flow_value *flow = dns ? 0 : flow_of(&key, time);
	if (flow) {
		flow->last = time;
		if (egress) {
			__sync_fetch_and_add(&flow->bytes_sent, p->length);
			__sync_fetch_and_add(&flow->packets_sent, 1);
			flow->pid = sender(key.cookie) >> 32;
		} else {
			__sync_fetch_and_add(&flow->bytes_received, p->length);
			__sync_fetch_and_add(&flow->packets_received, 1);
		}
	}
	/* On the loopback device both ends pass here: the sender's side knows more. */
	if (!egress && skb->ifindex == LOOPBACK_IFINDEX)
		return 1;
	if (flow && flow->heads < FLOW_HEADS) {
		u8 first = 0;
		bpf_skb_load_bytes(skb, p->payload, &first, 1);
		flow->heads += (first & 0xc0) == 0xc0 ? HANDSHAKE_COST : HEAD_COST;
		head = true;
	}
	if (!head)
		return 1;
	if (p->length <= SMALL)
		datagram(skb, p, &key, egress, time, SMALL);
	else
		datagram(skb, p, &key, egress, time, 2048);
	return 1;
}

static __always_inline int packet(struct __sk_buff *skb, const bool egress)
{
	struct packet p = {};
	int unreadable = read_headers(skb, &p);

	if (unreadable) {
		if (unreadable < 0)
			lost(LOSS_HEADERS);
		return 1;
	}
	if (p.protocol == IPPROTO_TCP)
		return tcp_packet(skb, &p, egress);
	return udp_packet(skb, &p, egress);
}

SEC("cgroup_skb/ingress")
int received(struct __sk_buff *skb)
{
	return packet(skb, false);
}

SEC("cgroup_skb/egress")
int sent(struct __sk_buff *skb)
{
	return packet(skb, true);
}

/* The process has copied what had arrived: from here on the request is worked on. */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(read_by_process, struct sock *sk)
{
	struct socket_state *state;

	/* Only who serves is asked how long a request waited. */
	if (!is_listening(sk->__sk_common.skc_num))
		return 0;
	state = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (state && state->unread) {
		state->unread = 0;
		state->read_time = bpf_ktime_get_ns();
	}
	return 0;
}
