/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Where things are in a packet, as packet programs see it. */
#ifndef WIRELIGHT_PACKET_H
#define WIRELIGHT_PACKET_H

#include "records.h"

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_FRAGMENT 44

enum { TCP_FLAG_FIN = 1, TCP_FLAG_SYN = 2, TCP_FLAG_RST = 4, TCP_FLAG_PSH = 8, TCP_FLAG_ACK = 16 };

/* Where the headers of a packet are and what they say. */
struct packet {
	u32 payload; /* offset of the payload */
	u32 length;  /* of the payload */
	u32 seq;
	u16 source, destination;
	u16 window;
	u8 protocol;
	u8 tcp_flags;
	u8 v6;
};

struct ports_header {
	__be16 source, destination;
};
struct tcp_header {
	__be16 source, destination;
	__be32 seq, ack_seq;
	u8 offset, flags;
	__be16 window;
};

static __always_inline void map_v4(u8 out[16], __be32 address)
{
	__builtin_memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	__builtin_memcpy(out + 12, &address, 4);
}

/* Reads the headers by direct access. 0: fine; 1: not ours; -1: unreadable. */
static __always_inline int read_headers(struct __sk_buff *skb, struct packet *p)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u8 *ip = data;
	u32 transport, l4;

	if (ip + 20 > (u8 *)end)
		return -1;
	if (skb->protocol == bpf_htons(0x0800)) {
		u16 fragment = *(__be16 *)(ip + 6);
		if (fragment & bpf_htons(0x1fff))
			return 1; /* later fragments have no ports; sockets see reassembled packets on ingress */
		transport = (ip[0] & 15) * 4;
		p->protocol = ip[9];
		p->v6 = 0;
	} else if (skb->protocol == bpf_htons(0x86dd)) {
		if (ip + 40 > (u8 *)end)
			return -1;
		u8 next = ip[6];
		transport = 40;
#pragma unroll
		for (int i = 0; i < 4; i++) {
			if (next != 0 && next != 43 && next != 60)
				break;
			u8 extension[2];
			if (bpf_skb_load_bytes(skb, transport, extension, 2))
				return -1;
			next = extension[0];
			transport += (extension[1] + 1) * 8;
		}
		if (next == IPPROTO_FRAGMENT)
			return 1;
		p->protocol = next;
		p->v6 = 1;
	} else {
		return 1;
	}
	if (p->protocol == IPPROTO_TCP) {
		if (transport > 1024)
			return -1;
		struct tcp_header *tcp = data + transport;
		if ((void *)(tcp + 1) > end)
			return -1;
		l4 = (tcp->offset >> 4) * 4;
		p->source = bpf_ntohs(tcp->source);
		p->destination = bpf_ntohs(tcp->destination);
		p->seq = bpf_ntohl(tcp->seq);
		p->tcp_flags = tcp->flags;
		p->window = tcp->window;
	} else if (p->protocol == IPPROTO_UDP) {
		if (transport > 1024)
			return -1;
		struct ports_header *udp = data + transport;
		if ((void *)(udp + 1) > end)
			return -1;
		l4 = 8;
		p->source = bpf_ntohs(udp->source);
		p->destination = bpf_ntohs(udp->destination);
	} else {
		return 1;
	}
	p->payload = transport + l4;
	p->length = skb->len > p->payload ? skb->len - p->payload : 0;
	return 0;
}

static __always_inline void read_tuple(struct __sk_buff *skb, const struct packet *p, bool egress, struct tuple *t)
{
	u8 *source = egress ? t->local : t->remote, *destination = egress ? t->remote : t->local;

	if (p->v6) {
		bpf_skb_load_bytes(skb, 8, source, 16);
		bpf_skb_load_bytes(skb, 24, destination, 16);
	} else {
		__be32 addresses[2] = {};
		bpf_skb_load_bytes(skb, 12, addresses, 8);
		map_v4(source, addresses[0]);
		map_v4(destination, addresses[1]);
	}
	t->local_port = egress ? p->source : p->destination;
	t->remote_port = egress ? p->destination : p->source;
	t->netns = 0;
}

/* Whether these four bytes stand in the packet at `offset`. */
static __always_inline bool four_bytes(struct __sk_buff *skb, u32 offset, const char *wanted)
{
	u32 found = 0, word;

	__builtin_memcpy(&word, wanted, 4);
	return !bpf_skb_load_bytes(skb, offset, &found, 4) && found == word;
}

#endif
