/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * TLS plaintext: what programs write into TLS libraries and read out of them, with the socket that carries it.
 *
 * Which socket is found without knowing how a library keeps it: while a thread (in Go: a goroutine) is inside a call for one
 * TLS object, the TCP socket that it receives from is that object's. Where the library never touches the socket, since the
 * program carries the ciphertext itself (Node, asyncio), the first ciphertext that the library makes is shown instead, and
 * user space looks for the connection in which the same bytes pass. What cannot be placed so has no socket: it is never
 * guessed.
 */
#include "sockets.h"
#if defined(__TARGET_ARCH_x86)
#include "registers-x86.h"
#elif defined(__TARGET_ARCH_arm64)
#include "registers-arm64.h"
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Bytes of each piece of plaintext that are captured. */
const volatile u32 capture_bytes = 512;
/* The process whose own plaintext nobody wants to see: this one. */
const volatile u32 own_pid = 0;
/* Only processes of this cgroup, so many levels below the root; 0: all. */
const volatile u64 scope = 0;
const volatile u32 scope_level = 0;
/* bpf_get_socket_cookie is allowed in tracing programs (5.12). */
const volatile bool cookie_helper = true;
/* Socket storage is (5.11). */
const volatile bool socket_storage = true;
/* A program can tell what it is attached to (5.15). */
const volatile bool attach_cookie = true;
/* Registers of the running task can be asked for (5.15): Go needs them. */
const volatile bool task_registers = true;

#define TINY 48
#define SMALL 112
#define MIDDLE 304
#define CHUNK 4096
#define MAX_CHUNKS 16
/* Bytes captured of each direction while nobody knows the protocol. */
#define TRIAL_BYTES 32768
/* A stack does not reach further. What runs elsewhere runs on another one. */
#define STACK_REACH (1 << 20)
/* A call that writes on behalf of another lasts no longer, in nanoseconds, unless its end was missed. */
#define LONGEST_MUTE 10000000000ULL
/* Pieces of ciphertext shown of each TLS object. */
#define MOST_SHOWN 6

enum call_kind { CALL_READ = 1, CALL_WRITE, CALL_OTHER, CALL_MUTE };

/* The call into a TLS library that a thread is inside of, or was: entries stay, since making and deleting them is dear. */
struct call {
	struct tls_session object;
	u64 buffer;
	u64 length;   /* what is to be written, or room for what is read */
	u64 count_at; /* where the library says how many bytes it were; 0: its result says so */
	u64 entered;
	u64 stack;
	u32 kind;     /* 0: it has returned */
	u32 tcp_seq;
};

/* What is known of a TLS object. */
struct tls_state {
	u64 generation;
	u64 cookie;   /* of the socket underneath; 0 not known */
	u64 sk;       /* its address, valid as long as the cookie found there is that one */
	u64 arrived;  /* when what is being read came in */
	u32 offset[2]; /* plaintext so far: received, sent */
	u32 trial[2];
	u8 doubtful;  /* it seemed to use two sockets */
	u8 shown;     /* pieces of ciphertext */
	u8 framed;    /* it began as HTTP/2 does: every byte is needed */
	u8 asks;      /* which direction spoke first: requests are expected there. 0 unknown, 1 received, 2 sent */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, u64); /* process and thread id */
	__type(value, struct call);
} calls SEC(".maps");

/* Goroutines: `session` is the goroutine's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct tls_session);
	__type(value, struct call);
} go_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u32); /* process id */
	__type(value, u32);
} go_processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct tls_session);
	__type(value, struct tls_state);
} tls_states SEC(".maps");

/* Written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct tls_session);
	__type(value, struct tls_socket);
} tls_sockets SEC(".maps");

/* How much to capture of the plaintext of a socket. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct policy);
} plaintext_policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TLS_TARGETS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct tls_hits);
} tls_hits SEC(".maps");

static __always_inline struct tls_hits *hits_of(void *ctx)
{
	u32 target = attach_cookie ? bpf_get_attach_cookie(ctx) & (TLS_TARGETS - 1) : 0;
	return bpf_map_lookup_elem(&tls_hits, &target);
}

/* Counts the hit; false where this process is none that is watched. */
static __always_inline bool watched(void *ctx, u64 running)
{
	struct tls_hits *hits = hits_of(ctx);

	if (hits)
		__sync_fetch_and_add(&hits->calls, 1);
	if (running >> 32 == own_pid)
		return false;
	return !scope || bpf_get_current_ancestor_cgroup_id(scope_level) == scope;
}

static __always_inline void count_return(void *ctx)
{
	struct tls_hits *hits = hits_of(ctx);

	if (hits)
		__sync_fetch_and_add(&hits->returns, 1);
}

static __always_inline struct tls_state *state_of(struct tls_session *object)
{
	struct tls_state *state = bpf_map_lookup_elem(&tls_states, object);

	if (state)
		return state;
	struct tls_state blank = { .generation = bpf_ktime_get_ns() };
	bpf_map_update_elem(&tls_states, object, &blank, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tls_states, object);
}

static __always_inline u64 cookie_of(struct tls_session *object, struct tls_state *state)
{
	if (state->cookie || state->doubtful)
		return state->cookie;
	struct tls_socket *found = bpf_map_lookup_elem(&tls_sockets, object);
	if (found && found->generation == state->generation)
		state->cookie = found->cookie;
	return state->cookie;
}

/* The socket, if it is still the one it was. */
static __always_inline struct tcp_sock *socket_of(struct tls_state *state)
{
	struct sock *sk = (struct sock *)state->sk;
	u64 cookie = 0;

	if (!sk)
		return 0;
	bpf_probe_read_kernel(&cookie, sizeof(cookie), &sk->__sk_common.skc_cookie.counter);
	return cookie == state->cookie ? (struct tcp_sock *)sk : 0;
}

static __always_inline u32 position(struct tls_state *state, bool sends)
{
	struct tcp_sock *tp = socket_of(state);
	u32 seq = 0;

	if (!tp)
		return 0;
	if (sends)
		bpf_probe_read_kernel(&seq, sizeof(seq), &tp->write_seq);
	else
		bpf_probe_read_kernel(&seq, sizeof(seq), &tp->copied_seq);
	return seq;
}

static __always_inline u32 policy_of(u64 cookie)
{
	u32 slot = (u32)cookie & (POLICY_SLOTS - 1);
	struct policy *entry = bpf_map_lookup_elem(&plaintext_policies, &slot);
	return cookie && entry && entry->cookie == (u32)cookie ? entry->policy : POLICY_UNDECIDED;
}

/* What a record says besides its bytes. */
struct piece {
	struct tls_session object;
	u64 cookie, generation, time, arrived;
	u64 from; /* in the memory of the process */
	u64 running;
	u32 offset, length, capture, tcp_seq;
	u8 flags;
};

static __always_inline void emit(const struct piece *p, u32 room)
{
	u32 sequence = next_sequence();
	struct plaintext_record *r = bpf_ringbuf_reserve(&records, sizeof(*r) + room, 0);
	if (!r) {
		lost(LOSS_RING_PLAINTEXT);
		return;
	}
	stamp(&r->header, RECORD_PLAINTEXT, p->flags, p->time, sequence);
	r->cookie = p->cookie;
	r->session = p->object.session;
	r->generation = p->generation;
	r->arrived = p->arrived;
	r->offset = p->offset;
	r->length = p->length;
	r->tcp_seq = p->tcp_seq;
	r->padding = 0;
	r->pid = p->running >> 32;
	r->tid = p->running;
	u32 last = (p->capture < room ? p->capture : room) - 1;
	u32 captured = 0;
	/* One comparison excludes none and too many, and the verifier must see it made on this very register. */
	asm volatile("" : "+r"(last));
	if (last < room) {
		if (bpf_probe_read_user(r + 1, last + 1, (void *)p->from))
			lost(LOSS_PLAINTEXT_BYTES);
		else
			captured = last + 1;
	}
	r->captured = captured;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __noinline void emit_sized(struct piece *p)
{
	if (p->capture == 0)
		emit(p, 0);
	else if (p->capture <= TINY)
		emit(p, TINY);
	else if (p->capture <= SMALL)
		emit(p, SMALL);
	else if (p->capture <= MIDDLE)
		emit(p, MIDDLE);
	else if (p->capture <= capture_bytes)
		emit(p, capture_bytes);
	else
		emit(p, CHUNK);
}

static __noinline void emit_pieces(struct piece *p)
{
	u32 left = p->length, capture = p->capture;

	p->length = p->capture = CHUNK;
	for (int i = 0; i < MAX_CHUNKS - 1 && capture > CHUNK; i++) {
		emit(p, CHUNK);
		p->from += CHUNK;
		p->offset += CHUNK;
		p->arrived = 0;
		left -= CHUNK;
		capture -= CHUNK;
	}
	p->length = left;
	p->capture = capture < CHUNK ? capture : CHUNK;
	emit(p, CHUNK);
}

/* `length` bytes of plaintext at `from` have been read, or written. */
static __noinline void tell(struct call *call, u64 running, u64 from, u64 length)
{
	struct tls_state *state = state_of(&call->object);

	if (!state || length == 0 || length > 1 << 30)
		return;
	const u32 way = call->kind == CALL_WRITE ? 1 : 0;
	struct piece p = {
		.object = call->object,
		.generation = state->generation,
		.cookie = cookie_of(&call->object, state),
		.time = way ? call->entered : bpf_ktime_get_ns(),
		.arrived = way ? 0 : state->arrived,
		.from = from,
		.running = running,
		.offset = state->offset[way],
		.length = length,
		.tcp_seq = call->tcp_seq,
		.flags = way ? FLAG_EGRESS : 0,
	};
	if (!way)
		state->arrived = 0;
	state->offset[way] += length;
	if (!state->asks)
		state->asks = way + 1;
	if (!p.offset) {
		u32 beginning = 0, preface;
		__builtin_memcpy(&preface, "PRI ", 4);
		if (length >= 4 && !bpf_probe_read_user(&beginning, 4, (void *)from) && beginning == preface)
			state->framed = 1;
	}
	u32 policy = policy_of(p.cookie);
	if (policy >= POLICY_COUNTERS)
		return;
	u32 limit = capture_bytes;
	if (policy == POLICY_STREAM || (policy == POLICY_UNDECIDED && state->framed))
		limit = length;
	else if (policy == POLICY_UNDECIDED && state->trial[way] < TRIAL_BYTES)
		limit = TRIAL_BYTES - state->trial[way];
	/* What is asked in one small piece may be several requests at once. */
	if (length > limit && length <= CHUNK && state->asks == way + 1)
		limit = length;
	p.capture = length < limit ? length : limit;
	if (policy == POLICY_UNDECIDED)
		state->trial[way] += p.capture;
	if (p.capture <= CHUNK)
		emit_sized(&p);
	else
		emit_pieces(&p);
}

/* Notes that a thread has entered a call, unless that is part of another that already stands for it. */
static __always_inline void enter(struct registers *regs, u32 kind, u64 session, u64 buffer, u64 length, u64 count_at)
{
	u64 running = bpf_get_current_pid_tgid();

	if (!watched(regs, running) || !session)
		return;
	struct call *call = bpf_map_lookup_elem(&calls, &running);
	u64 now = bpf_ktime_get_ns();
	if (!call) {
		struct call blank = {};
		bpf_map_update_elem(&calls, &running, &blank, BPF_NOEXIST);
		call = bpf_map_lookup_elem(&calls, &running);
		if (!call) {
			lost(LOSS_TLS_CALLS);
			return;
		}
	}
	if (call->kind && call->kind != kind && call->object.session == session && now - call->entered < LONGEST_MUTE) {
		/* A handshake within a call to read or write, and a write on behalf of another. */
		if (kind == CALL_OTHER || call->kind == CALL_MUTE)
			return;
	}
	struct tls_session object = { .session = session, .pid = running >> 32 };
	struct tls_state *state = state_of(&object);
	call->object = object;
	call->buffer = buffer;
	call->length = length;
	call->count_at = count_at;
	call->entered = now;
	call->stack = STACK(regs);
	call->kind = kind;
	call->tcp_seq = state ? position(state, kind == CALL_WRITE) : 0;
}

/* A call of this kind has ended with `count` bytes, if that is the one that the thread was in. */
static __always_inline void leave(struct registers *regs, u32 kind)
{
	u64 running = bpf_get_current_pid_tgid();

	count_return(regs);
	struct call *call = bpf_map_lookup_elem(&calls, &running);
	if (!call || call->kind != kind)
		return;
	s32 result = RESULT(regs);
	if (result > 0 && kind <= CALL_WRITE) {
		u64 count = result;
		if (call->count_at) {
			count = 0;
			bpf_probe_read_user(&count, sizeof(count), (void *)call->count_at);
		}
		tell(call, running, call->buffer, count);
	}
	call->kind = 0;
}

/* int read(object, buffer, length): bytes, or none where it is not above 0 */
SEC("uprobe")
int enters_read(struct registers *regs)
{
	enter(regs, CALL_READ, ARGUMENT_1(regs), ARGUMENT_2(regs), 0, 0);
	return 0;
}

/* int read_ex(object, buffer, length, &count): 1 where it has read */
SEC("uprobe")
int enters_read_ex(struct registers *regs)
{
	enter(regs, CALL_READ, ARGUMENT_1(regs), ARGUMENT_2(regs), 0, ARGUMENT_4(regs));
	return 0;
}

SEC("uprobe")
int leaves_read(struct registers *regs)
{
	leave(regs, CALL_READ);
	return 0;
}

SEC("uprobe")
int enters_write(struct registers *regs)
{
	enter(regs, CALL_WRITE, ARGUMENT_1(regs), ARGUMENT_2(regs), ARGUMENT_3(regs), 0);
	return 0;
}

SEC("uprobe")
int enters_write_ex(struct registers *regs)
{
	enter(regs, CALL_WRITE, ARGUMENT_1(regs), ARGUMENT_2(regs), ARGUMENT_3(regs), ARGUMENT_4(regs));
	return 0;
}

SEC("uprobe")
int leaves_write(struct registers *regs)
{
	leave(regs, CALL_WRITE);
	return 0;
}

/* Handshakes and whatever else receives from the socket without giving plaintext away. */
SEC("uprobe")
int enters_other(struct registers *regs)
{
	enter(regs, CALL_OTHER, ARGUMENT_1(regs), 0, 0, 0);
	return 0;
}

SEC("uprobe")
int leaves_other(struct registers *regs)
{
	leave(regs, CALL_OTHER);
	return 0;
}

/* What writes again what was counted when the program wrote it. */
SEC("uprobe")
int enters_mute(struct registers *regs)
{
	enter(regs, CALL_MUTE, ARGUMENT_1(regs), 0, 0, 0);
	return 0;
}

SEC("uprobe")
int leaves_mute(struct registers *regs)
{
	leave(regs, CALL_MUTE);
	return 0;
}

/*
 * NSPR, whose functions are for sockets of every kind. Those that NSS has put a layer on are known by their methods: NSPR's
 * own sockets are no layers. (prio.h: struct PRFileDesc begins with a pointer to struct PRIOMethods, which begins with the type.)
 */
#define PR_DESC_LAYERED 4
#define PR_MSG_PEEK 2

static __always_inline bool is_layered(u64 descriptor)
{
	u64 methods = 0;
	u32 type = 0;

	bpf_probe_read_user(&methods, sizeof(methods), (void *)descriptor);
	return methods && !bpf_probe_read_user(&type, sizeof(type), (void *)methods) && type == PR_DESC_LAYERED;
}

/* PRInt32 PR_Read(descriptor, buffer, length) */
SEC("uprobe")
int enters_nspr_read(struct registers *regs)
{
	if (is_layered(ARGUMENT_1(regs)))
		enter(regs, CALL_READ, ARGUMENT_1(regs), ARGUMENT_2(regs), 0, 0);
	return 0;
}

/* PRInt32 PR_Recv(descriptor, buffer, length, flags, timeout) */
SEC("uprobe")
int enters_nspr_receive(struct registers *regs)
{
	if (is_layered(ARGUMENT_1(regs)))
		enter(regs, ARGUMENT_4(regs) & PR_MSG_PEEK ? CALL_OTHER : CALL_READ, ARGUMENT_1(regs), ARGUMENT_2(regs), 0, 0);
	return 0;
}

/* PRInt32 PR_Write(descriptor, buffer, length); PR_Send with two more */
SEC("uprobe")
int enters_nspr_write(struct registers *regs)
{
	if (is_layered(ARGUMENT_1(regs)))
		enter(regs, CALL_WRITE, ARGUMENT_1(regs), ARGUMENT_2(regs), ARGUMENT_3(regs), 0);
	return 0;
}

/* The object ends, or is given another connection. */
SEC("uprobe")
int forgets(struct registers *regs)
{
	u64 running = bpf_get_current_pid_tgid();

	if (!watched(regs, running))
		return 0;
	struct tls_session object = { .session = ARGUMENT_1(regs), .pid = running >> 32 };
	/* OpenSSL clears an object itself when its handshake begins. */
	struct call *call = bpf_map_lookup_elem(&calls, &running);
	if (call && call->kind && call->object.session == object.session && call->stack - STACK(regs) <= STACK_REACH)
		return 0;
	bpf_map_delete_elem(&tls_states, &object);
	bpf_map_delete_elem(&tls_sockets, &object);
	return 0;
}

/* write(channel, bytes, length): where the library gives ciphertext away, and the program sends it. */
SEC("uprobe")
int gives_ciphertext(struct registers *regs)
{
	u64 running = bpf_get_current_pid_tgid();

	if (!watched(regs, running))
		return 0;
	struct call *call = bpf_map_lookup_elem(&calls, &running);
	if (!call || !call->kind || call->stack - STACK(regs) > STACK_REACH)
		return 0;
	struct tls_session object = call->object;
	struct tls_state *state = bpf_map_lookup_elem(&tls_states, &object);
	if (!state || cookie_of(&object, state) || state->shown >= MOST_SHOWN)
		return 0;
	u8 bytes[sizeof(((struct ciphertext_record *)0)->bytes)];
	if ((u32)ARGUMENT_3(regs) < sizeof(bytes) || bpf_probe_read_user(bytes, sizeof(bytes), (void *)ARGUMENT_2(regs)))
		return 0;
	/* It also keeps what was said in the handshake, for itself. Records have a type from 20 to 23 and version 3. */
	if (bytes[0] < 20 || bytes[0] > 23 || bytes[1] != 3)
		return 0;
	u32 sequence = next_sequence();
	struct ciphertext_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	if (!r) {
		lost(LOSS_RING_PLAINTEXT);
		return 0;
	}
	state->shown++;
	stamp(&r->header, RECORD_CIPHERTEXT, FLAG_EGRESS, bpf_ktime_get_ns(), sequence);
	r->session = object.session;
	r->generation = state->generation;
	r->pid = running >> 32;
	r->length = ARGUMENT_3(regs);
	__builtin_memcpy(r->bytes, bytes, sizeof(bytes));
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
}

/* func (c *Conn) Read(b []byte) (int, error) */
static __always_inline void go_enter(struct registers *regs, u32 kind)
{
	u64 running = bpf_get_current_pid_tgid();
	u32 pid = running >> 32, one = 1;

	if (!watched(regs, running))
		return;
	struct tls_session goroutine = { .session = GOROUTINE(regs), .pid = pid };
	struct call call = {
		.object = { .session = GO_ARGUMENT_1(regs), .pid = pid },
		.buffer = GO_ARGUMENT_2(regs),
		.length = GO_ARGUMENT_3(regs),
		.entered = bpf_ktime_get_ns(),
		.kind = kind,
	};
	struct call *before = bpf_map_lookup_elem(&go_calls, &goroutine);
	bool within = before && before->object.session == call.object.session;
	/* Where its stack is too small, a function begins once more on a larger one. */
	if (within && before->kind == kind && before->buffer == call.buffer && before->length == call.length)
		return;
	if (kind == CALL_OTHER) {
		/* A handshake begins: whatever had this address before is gone. */
		if (!within) {
			bpf_map_delete_elem(&tls_states, &call.object);
		} else {
			/* The first read or write makes the handshake, and goes on after it. */
			struct tls_state *stale = bpf_map_lookup_elem(&tls_states, &call.object);
			if (stale) {
				stale->cookie = stale->sk = 0;
				stale->doubtful = 0;
			}
		}
	}
	if (!bpf_map_lookup_elem(&go_processes, &pid))
		bpf_map_update_elem(&go_processes, &pid, &one, BPF_ANY);
	struct tls_state *state = state_of(&call.object);
	if (state)
		call.tcp_seq = position(state, kind == CALL_WRITE);
	if (kind == CALL_OTHER && within)
		return;
	if (bpf_map_update_elem(&go_calls, &goroutine, &call, BPF_ANY))
		lost(LOSS_TLS_CALLS);
	/* It writes all of it or fails for good; and whoever reads the answer may be another goroutine, soon. */
	if (kind == CALL_WRITE)
		tell(&call, running, call.buffer, call.length);
}

static __always_inline void go_leave(struct registers *regs, u32 kind)
{
	u64 running = bpf_get_current_pid_tgid();
	struct tls_session goroutine = { .session = GOROUTINE(regs), .pid = running >> 32 };

	count_return(regs);
	struct call *call = bpf_map_lookup_elem(&go_calls, &goroutine);
	if (!call || call->kind != kind)
		return;
	s64 result = GO_RESULT(regs);
	if (kind == CALL_READ && result > 0) {
		struct call copy = *call;
		tell(&copy, running, copy.buffer, result);
	}
	bpf_map_delete_elem(&go_calls, &goroutine);
}

SEC("uprobe")
int go_enters_read(struct registers *regs)
{
	go_enter(regs, CALL_READ);
	return 0;
}

SEC("uprobe")
int go_leaves_read(struct registers *regs)
{
	go_leave(regs, CALL_READ);
	return 0;
}

SEC("uprobe")
int go_enters_write(struct registers *regs)
{
	go_enter(regs, CALL_WRITE);
	return 0;
}

SEC("uprobe")
int go_leaves_write(struct registers *regs)
{
	go_leave(regs, CALL_WRITE);
	return 0;
}

/* func (c *Conn) clientHandshake(ctx context.Context) error */
SEC("uprobe")
int go_enters_handshake(struct registers *regs)
{
	go_enter(regs, CALL_OTHER);
	return 0;
}

SEC("uprobe")
int go_leaves_handshake(struct registers *regs)
{
	go_leave(regs, CALL_OTHER);
	return 0;
}

/* The call that the running task is inside of. */
static __always_inline struct call *current_call(void)
{
	u64 running = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &running);
	struct registers *regs = 0;

	if (call && !call->kind)
		call = 0;
	if (call && !task_registers)
		return call;
	u32 pid = running >> 32;
	if (!call && (!task_registers || !bpf_map_lookup_elem(&go_processes, &pid)))
		return 0;
	if (task_registers)
		regs = (struct registers *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (!regs)
		return call;
	if (call) {
		/* On another stack it is not within that call. */
		u64 stack = 0;
		bpf_probe_read_kernel(&stack, sizeof(stack), &STACK(regs));
		return call->stack - stack <= STACK_REACH ? call : 0;
	}
	struct tls_session goroutine = { .pid = pid };
	bpf_probe_read_kernel(&goroutine.session, sizeof(u64), &GOROUTINE(regs));
	return bpf_map_lookup_elem(&go_calls, &goroutine);
}

/* A process has received from a TCP socket: whose call is that? */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(receives, struct sock *sk)
{
	struct call *call = current_call();

	if (!call)
		return 0;
	struct tls_session object = call->object;
	struct tls_state *state = bpf_map_lookup_elem(&tls_states, &object);
	if (!state || state->doubtful)
		return 0;
	u64 cookie = cookie_helper ? bpf_get_socket_cookie(sk) : (u64)sk->__sk_common.skc_cookie.counter;
	if (state->cookie != cookie) {
		if (state->cookie) {
			state->doubtful = 1;
			state->cookie = state->sk = 0;
			lost(LOSS_TLS_SOCKETS);
			return 0;
		}
		state->cookie = cookie;
		/* Whoever also sees the other end learns in time that this one is seen too. */
		struct piece p = {
			.object = object,
			.generation = state->generation,
			.cookie = cookie,
			.time = bpf_ktime_get_ns(),
			.running = bpf_get_current_pid_tgid(),
		};
		emit(&p, 0);
	}
	state->sk = (u64)sk;
	if (socket_storage) {
		struct socket_state *below = bpf_sk_storage_get(&sockets, sk, 0, 0);
		if (below && below->arrived) {
			if (!state->arrived && call->kind == CALL_READ)
				state->arrived = below->arrived;
			below->arrived = 0;
		}
	}
	return 0;
}
