/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* A socket's two ends, read out of the socket by tracing programs. */
#ifndef WIRELIGHT_SOCKET_TUPLE_H
#define WIRELIGHT_SOCKET_TUPLE_H

#include "records.h"

/* bpf_get_socket_cookie is allowed in tracing programs (5.12); older kernels give the cookie only if one was made. */
const volatile bool cookie_helper = true;

static __always_inline u64 cookie_of(struct sock *sk)
{
	return cookie_helper ? bpf_get_socket_cookie(sk) : (u64)sk->__sk_common.skc_cookie.counter;
}

/* A socket that closes gives its port back before its end is told; what is written into its packets stays. */
static __always_inline u16 local_port_of(struct sock *sk)
{
	u16 port = sk->__sk_common.skc_num;

	if (port)
		return port;
	return bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

/* The socket is the local end. Fills a tuple of zeros. */
static __always_inline void read_socket_tuple(struct sock *sk, struct tuple *t)
{
	if (sk->__sk_common.skc_family == AF_INET6) {
		bpf_core_read(t->local, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(t->remote, 16, &sk->__sk_common.skc_v6_daddr);
	} else {
		__be32 local = sk->__sk_common.skc_rcv_saddr, remote = sk->__sk_common.skc_daddr;
		t->local[10] = t->local[11] = t->remote[10] = t->remote[11] = 0xff;
		__builtin_memcpy(t->local + 12, &local, 4);
		__builtin_memcpy(t->remote + 12, &remote, 4);
	}
	t->local_port = local_port_of(sk);
	t->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	t->netns = sk->__sk_common.skc_net.net->ns.inum;
}

#endif
