/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The contract between the kernel programs and user space: every record in the ring and every table that both sides
 * touch. TypeScript's offsets are generated from this header's BTF when the objects are built (src/probe/layout.ts), so
 * there is no second place to keep in step. All integers are in host byte order; addresses are 16 bytes, IPv4 mapped
 * into IPv6; ports are in host byte order; times are CLOCK_MONOTONIC nanoseconds.
 */
#ifndef WIRELIGHT_RECORDS_H
#define WIRELIGHT_RECORDS_H

#include "kernel.h"

enum record_kind {
	RECORD_SEGMENT = 1,
	RECORD_DATAGRAM,
	RECORD_CONNECT,     /* SYN sent */
	RECORD_ESTABLISHED, /* either side */
	RECORD_CLOSED,
	RECORD_SNAPSHOT,    /* a socket as an iterator found it */
	RECORD_EVENT,
	RECORD_PROCESS,
	RECORD_PLAINTEXT,
	RECORD_CIPHERTEXT,
};

/* Bits of record_header.flags */
enum record_flag {
	FLAG_EGRESS = 1,      /* sent by this socket; otherwise received */
	FLAG_TURN = 2,        /* first bytes in this direction since the other side spoke */
	FLAG_PUSH = 4,        /* TCP PSH: the writer had no more just then */
	FLAG_HOLE = 8,        /* bytes before these have not arrived yet */
	FLAG_FILL = 16,       /* fills (part of) a hole seen before, or repeats */
	FLAG_LISTENER = 32,   /* seen on the listening socket: a peer's data with its last handshake segment */
	FLAG_FIRST = 64,      /* the first record of this socket */
	FLAG_SERVER = 128,    /* accepted, not connected */
};

struct record_header {
	u64 time;
	u32 sequence; /* per CPU, counts attempts: a missing number is a lost record */
	u16 cpu;
	u8 kind;
	u8 flags;
};

struct tuple {
	u8 local[16];
	u8 remote[16];
	u16 local_port;
	u16 remote_port;
	u32 netns; /* inode number; 0 where the hook cannot know */
};

/* A stretch of one direction of a TCP conversation. `captured` bytes of payload follow the structure. */
struct segment_record {
	struct record_header header;
	u64 cookie;
	u32 tcp_seq;  /* of the first byte of the stretch */
	u32 length;   /* payload bytes of the stretch, captured or not */
	u16 captured;
	u16 turn;     /* which turn of this direction it belongs to, from 1, modulo 65536: shows turns that were lost whole */
	u32 ports;    /* local port << 16 | remote port, for a first look before the tuple is known */
	u32 pid;      /* egress: who was running; trustworthy on FLAG_TURN */
	u32 tid;      /* received with FLAG_HOLE or FLAG_FILL: the sequence number before which nothing is missing */
	u64 read_time; /* egress: when this side's process read what it answers; 0 unknown */
};

/* A UDP datagram. `captured` bytes of payload follow. */
struct datagram_record {
	struct record_header header;
	u64 cookie;
	struct tuple tuple;
	u32 length;
	u32 captured;
	u32 pid;
	u32 tid;
	u64 cgroup;
};

/* A TCP socket at a turning point of its life, or as an iterator found it. */
struct socket_record {
	struct record_header header;
	u64 cookie;
	struct tuple tuple;
	u64 cgroup;
	u64 inode;
	u64 bytes_sent;
	u64 bytes_received;
	u64 bytes_acked;
	u32 pid;
	u32 tid;
	s32 error;
	u8 old_state;
	u8 state;
	u16 protocol;
	u32 segments_out;
	u32 segments_in;
	u32 retransmits;
	u32 srtt_us;
	u32 min_rtt_us;
	u32 out_of_order;
	u32 send_queue;
	u32 receive_queue;
	u16 turns_received; /* with RECORD_CLOSED: turns begun in each direction, 0 where nothing was watched */
	u16 turns_sent;
	u32 padding;
	u8 comm[16];
};

enum event_kind {
	EVENT_RETRANSMIT = 1,
	EVENT_RESET_SENT,
	EVENT_RESET_RECEIVED,
	EVENT_DROP,
	EVENT_LISTEN_OVERFLOW,
	EVENT_SYN_DROP,
	EVENT_UDP_RECEIVE_OVERFLOW,
	EVENT_ZERO_WINDOW,
};

struct event_record {
	struct record_header header;
	u64 cookie;
	struct tuple tuple; /* local = source of the packet, remote = its destination */
	u32 event;
	u32 reason; /* skb drop reason, or reset reason */
	u32 bytes;
	u32 pid;
	u32 protocol; /* IPPROTO_* */
	u32 tcp_state;
	u8 comm[16];
};

/* A process began or ended. */
struct process_record {
	struct record_header header;
	u32 pid;
	u32 parent;
	u32 exited; /* 0: it has executed a program; 1: it ended */
	u32 exit_code;
	u8 comm[16];
};

/*
 * What a program wrote into TLS (FLAG_EGRESS) or read out of it in one call, or a piece of it. `captured` bytes of plaintext
 * follow. The time is that of the call where it wrote, of its return where it read. The first of an object whose socket the
 * kernel finds is empty: nothing has been said yet.
 */
struct plaintext_record {
	struct record_header header;
	u64 cookie;     /* of the socket underneath; 0: not known (yet) */
	u64 session;    /* address of the library's object, in the process `pid` */
	u64 generation; /* tells it from others that had this address before */
	u64 arrived;    /* when the ciphertext of what was read came in; 0 unknown */
	u32 offset;     /* bytes of plaintext before these in this direction, modulo 2^32 */
	u32 length;
	u32 tcp_seq;    /* where its ciphertext begins, 0 unknown */
	u16 captured;
	u16 padding;
	u32 pid;
	u32 tid;
};

/* The first bytes that a TLS library hands over to be sent, to find the socket that sends them. */
struct ciphertext_record {
	struct record_header header;
	u64 session;
	u64 generation;
	u32 pid;
	u32 length;
	u8 bytes[48];
};

/* One object of a TLS library. */
struct tls_session {
	u64 session;
	u64 pid;
};
/* The socket that user space found underneath it. */
struct tls_socket {
	u64 cookie;
	u64 generation;
};
/* How often probes were hit: user space knows of which program or library, and what that costs. */
struct tls_hits {
	u64 calls;
	u64 returns;
};
#define TLS_TARGETS 1024

/* Everything that can be lost, by name. Index of the `losses` array; the names are taken from here. */
enum loss {
	LOSS_RING_SEGMENT,     /* ring full: bytes of a message */
	LOSS_RING_DATAGRAM,    /* ring full: a datagram */
	LOSS_RING_SOCKET,      /* ring full: life cycle of a connection */
	LOSS_RING_EVENT,       /* ring full: an event */
	LOSS_RING_PROCESS,     /* ring full: start or end of a process */
	LOSS_SOCKET_STORAGE,   /* no memory for a socket's state */
	LOSS_HEADERS,          /* IP or TCP headers could not be read */
	LOSS_BYTES,            /* payload could not be copied out of the packet */
	LOSS_EVENT_RATE,       /* events folded because there were too many at once */
	LOSS_FLOWS_FULL,       /* table of UDP flows full */
	LOSS_CLOSED_TURNS,     /* ring full at a socket's end: turns of the client before it that no record had shown */
	LOSS_RING_PLAINTEXT,   /* ring full: plaintext of TLS */
	LOSS_PLAINTEXT_BYTES,  /* plaintext could not be copied out of the process */
	LOSS_TLS_CALLS,        /* table of calls into TLS libraries full: a call was not followed */
	LOSS_TLS_SOCKETS,      /* a TLS object that seemed to use two sockets: its plaintext belongs to neither */
	LOSS_COUNT,
};

/* How much of a connection's bytes to capture: the user's side writes it, by socket cookie. */
enum capture_policy {
	POLICY_UNDECIDED, /* nobody knows the protocol yet: whole segments, bounded */
	POLICY_HEADS,
	POLICY_HTTP,     /* heads; once a response's head is whole, only what begins like another one */
	POLICY_SEGMENTS,
	POLICY_STREAM,
	POLICY_COUNTERS,
	POLICY_PLAINTEXT, /* counters, and the time when something arrives: what is in it is read where it is decrypted */
};
struct policy {
	u32 cookie; /* low 32 bits; another socket's entry does not count */
	u32 policy;
};
#define POLICY_SLOTS 65536

struct flow_key {
	u64 cookie;
	struct tuple tuple;
};
struct flow_value {
	u64 first;
	u64 last;
	u64 bytes_sent;
	u64 bytes_received;
	u32 packets_sent;
	u32 packets_received;
	u32 pid;
	u32 heads;
};

#endif
