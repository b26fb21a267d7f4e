/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The ring that carries records to user space, and the counters of what it could not carry. The maps are shared: the
 * first object that is loaded creates them, the others are handed its file descriptors.
 */
#ifndef WIRELIGHT_RING_H
#define WIRELIGHT_RING_H

#include "records.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} records SEC(".maps");

/* User space maps this array and reads it without system calls. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOSS_COUNT);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, u64);
} losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} sequences SEC(".maps");

static __always_inline void lost_many(u32 what, u64 count)
{
	u64 *counter = bpf_map_lookup_elem(&losses, &what);
	if (counter)
		__sync_fetch_and_add(counter, count);
}

static __always_inline void lost(u32 what)
{
	lost_many(what, 1);
}

static __always_inline void stamp(struct record_header *header, u8 kind, u8 flags, u64 time, u32 sequence)
{
	header->time = time;
	header->sequence = sequence;
	header->cpu = bpf_get_smp_processor_id();
	header->kind = kind;
	header->flags = flags;
}

/*
 * How many attempts this CPU has made, this one included. Adding and reading are two steps, since fetching the sum needs
 * 5.12: where an interrupt came in between, two records bear the same number and none the one before, which changes
 * neither the largest number nor how many records there are.
 */
static __always_inline u32 next_sequence(void)
{
	u32 zero = 0;
	u32 *counter = bpf_map_lookup_elem(&sequences, &zero);

	if (!counter)
		return 0;
	__sync_fetch_and_add(counter, 1);
	return *(volatile u32 *)counter;
}

#endif
