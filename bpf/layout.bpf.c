/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Nothing to load: the types of records.h, kept in one object's BTF for bpf/layout.ts to read. */
#include "records.h"

struct segment_record segment_record;
struct datagram_record datagram_record;
struct socket_record socket_record;
struct event_record event_record;
struct process_record process_record;
struct plaintext_record plaintext_record;
struct ciphertext_record ciphertext_record;
struct tls_session tls_session;
struct tls_socket tls_socket;
struct tls_hits tls_hits;
struct policy policy;
struct flow_key flow_key;
struct flow_value flow_value;
enum record_kind record_kind;
enum record_flag record_flag;
enum event_kind event_kind;
enum loss loss;
enum capture_policy capture_policy;
enum tcp_state tcp_state;
