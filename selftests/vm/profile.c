// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's that counts what is executed, exactly: run.sh loads it where a benchmark says
 * "# clock: profile".
 *
 * Every translated block has a counter. The guest says from when to when it counts by a call of one
 * of two addresses that nothing else has (progs/bench.c maps a page there). At the end of each such
 * time the blocks executed in it are written to a file of its own, OUT.0, OUT.1 and so on, a line
 * each: its first address, how many instructions it has, how often it was executed. A program's
 * blocks are told by their length alone, with address 0. One CPU is assumed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

/* QEMU 9 and newer take plugins of version 2 on, older ones none that is newer than they are. */
#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif
int qemu_plugin_version = PLUGIN_VERSION;

/* Called by what is to be counted, before it begins and after it has ended. */
#define MARK_BEGIN	0x70726f660000ULL
#define MARK_END	0x70726f660010ULL
#define KERNEL		0xffff000000000000ULL
#define BUCKETS_BITS	18
#define BUCKETS		262144

/**
 * struct block - a translated block, however often it was translated
 * @va: its first instruction's address, 0 in a program
 * @insns: how many it has
 * @count: how often it was executed since the last MARK_BEGIN
 * @next: in its bucket
 */
struct block {
	uint64_t va;
	uint64_t count;
	struct block *next;
	unsigned int insns;
};

static struct block *blocks[BUCKETS];
static const char *out = "profile";
static bool counting;
static unsigned int files;

static struct block *find(uint64_t va, unsigned int insns)
{
	uint64_t hash = (va + insns) * 0x9e3779b97f4a7c15ULL;
	struct block **bucket = &blocks[hash >> (64 - BUCKETS_BITS)];
	struct block *b;

	for (b = *bucket; b; b = b->next)
		if (b->va == va && b->insns == insns)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->va = va;
	b->insns = insns;
	b->next = *bucket;
	*bucket = b;
	return b;
}

static void executed(unsigned int cpu, void *data)
{
	struct block *b = data;

	(void)cpu;
	b->count += counting;
}

static void begin(unsigned int cpu, void *data)
{
	struct block *b;
	int i;

	(void)cpu;
	(void)data;
	for (i = 0; i < BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next)
			b->count = 0;
	counting = true;
}

/* The guest looks for the file when the call returns: it is there whole, or not at all. */
static void end(unsigned int cpu, void *data)
{
	struct block *b;
	char name[4096];
	FILE *file;
	int i;

	(void)cpu;
	(void)data;
	counting = false;
	snprintf(name, sizeof(name), "%s.%u", out, files++);
	file = fopen(name, "w");
	if (!file)
		return;
	for (i = 0; i < BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next)
			if (b->count)
				fprintf(file, "%lx %u %lu\n", (unsigned long)b->va, b->insns,
					(unsigned long)b->count);
	fclose(file);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t va = qemu_plugin_tb_vaddr(tb);
	unsigned int insns = qemu_plugin_tb_n_insns(tb);
	tb_exec_fn fn = executed;

	(void)id;
	if (va == MARK_BEGIN)
		fn = begin;
	else if (va == MARK_END)
		fn = end;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, fn, 0, find(va >= KERNEL ? va : 0, insns));
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc > 0 && !strncmp(argv[0], "out=", 4))
		out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
