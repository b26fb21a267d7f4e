/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the kernel remembers of a watched TCP socket, and which ports are listened on. */
#ifndef WIRELIGHT_SOCKETS_H
#define WIRELIGHT_SOCKETS_H

#include "ring.h"

/* One direction of a socket's stream. */
struct stream {
	u32 next;       /* sequence number after the last byte seen */
	u32 hole_start; /* a hole: [hole_start, hole_end), none where equal */
	u32 hole_end;
	u32 captured;   /* bytes captured of this turn */
	u8 seen;
	u8 pushed;      /* the last segment ended with a PSH: the next one begins something */
	u16 turns;      /* begun so far, modulo 65536 */
	u16 shown;      /* the last of them that user space could know of */
	u8 headed;      /* with POLICY_HTTP: a segment of this turn ended with the empty line that ends a head */
	u8 several;     /* this turn has more than one segment */
};

/* Lives and dies with the socket. */
struct socket_state {
	u64 read_time; /* when the process read what arrived last */
	u64 arrived;   /* with POLICY_PLAINTEXT: when the first of what nobody has read yet arrived */
	struct stream streams[2]; /* [0] received, [1] sent */
	u8 direction;  /* of the last payload: 0, 1; 2 before any */
	u8 unread;     /* payload arrived that nobody has read yet */
	u8 begun;      /* a record of it has reached the ring */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* Bitmap of ports that some socket of this host listens on, by any network namespace. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536 / 64);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, u64);
} listening SEC(".maps");

static __always_inline bool is_listening(u16 port)
{
	u32 index = port >> 6;
	u64 *word = bpf_map_lookup_elem(&listening, &index);
	return word && (*word & (1ULL << (port & 63)));
}

#endif
