/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The few kernel types that the programs read, with only the members they read. CO-RE relocates every access to where
 * the running kernel keeps the member, so that one object serves all kernels with BTF, on every architecture.
 */
#ifndef WIRELIGHT_KERNEL_H
#define WIRELIGHT_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define AF_INET 2
#define AF_INET6 10
#define LOOPBACK_IFINDEX 1 /* in every network namespace since Linux 2.6.24 */

enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};
struct netns_ipv4 {
	u8 sysctl_tcp_syncookies; /* an int before 5.11 */
};
struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};
typedef struct {
	struct net *net;
} possible_net_t;
typedef struct {
	s64 counter;
} atomic64_t;
typedef struct {
	int counter;
} atomic_t;
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct {
		u8 in6_u[16];
	} skc_v6_daddr;
	struct {
		u8 in6_u[16];
	} skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};
struct kernfs_node {
	u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct sock_cgroup_data {
	struct cgroup *cgroup;
};
/* Before 5.15: a pointer to the cgroup, or numbers of the old net_cls and net_prio where one of the low bits is set. */
struct sock_cgroup_data___5_10 {
	u64 val;
};
struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
};
struct file {
	void *private_data;
	struct inode *f_inode;
	const void *f_op;
};
struct socket {
	struct file *file;
	struct sock *sk;
};
struct sk_buff_head {
	u32 qlen;
};
struct sock {
	struct sock_common __sk_common;
	int sk_err;
	u16 sk_protocol;
	u16 sk_type;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	int sk_wmem_queued;
	int sk_rcvbuf;
	atomic_t sk_drops;
	struct {
		atomic_t rmem_alloc;
	} sk_backlog;
	struct sock_cgroup_data sk_cgrp_data;
	struct socket *sk_socket;
};
struct request_sock_queue {
	atomic_t qlen;
};
struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
};
struct inet_sock {
	__be16 inet_sport;
};
struct minmax_sample {
	u32 t;
	u32 v;
};
struct minmax {
	struct minmax_sample s[3];
};
struct tcp_sock {
	u64 bytes_received;
	u64 bytes_acked;
	u64 bytes_sent;
	u64 bytes_retrans;
	u32 data_segs_in;
	u32 data_segs_out;
	u32 segs_in;
	u32 segs_out;
	u32 total_retrans;
	u32 srtt_us;
	struct minmax rtt_min;
	u32 rcv_ooopack;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 copied_seq;
	u32 write_seq;
	u32 snd_una;
	u32 snd_wnd;
};
struct sk_buff {
	unsigned int len;
	__be16 protocol;
	u16 transport_header;
	u16 network_header;
	unsigned char *head;
	struct sock *sk;
	unsigned int data_len;
};
struct task_struct {
	struct task_struct *real_parent;
	int exit_code;
	int pid;
	int tgid;
};
struct bpf_iter_meta {
	void *seq;
	u64 session_id;
	u64 seq_num;
};
struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
	unsigned int uid;
};
struct udp_sock;
struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
	unsigned int uid;
	int bucket;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
