/* SPDX-License-Identifier: GPL-2.0 */
/* What goes on beside the segments: calls, knobs, namespaces, faults, and a canary. */
#ifndef FUZZ_BESIDE_H
#define FUZZ_BESIDE_H

#include "rand.h"

/* Threads: the argument is the number of the stream. */
void *calls_thread(void *stream);
void *calls_watchdog(void *unused);
void *knobs_thread(void *stream);
void *netns_thread(void *stream);
void *netlink_thread(void *stream);

void calls_init(void);
void options_random(struct rnd *r, int fd);
void options_read(struct rnd *r, int fd);
void structs_random(struct rnd *r, int fd);

void knobs_init(void);
void knobs_restore(void);
void knobs_write(struct rnd *r);
void knobs_plan(struct rnd *r);

bool faults_init(void);
void faults_set(unsigned int percent);
void faults_nth(int fd, unsigned int nth);

void netlink_init(const char *module);
void netlink_load(void);
void netlink_unload(void);

void canary_start(void);
void canary_check(bool must);
void canary_pause(bool pause);
void canary_end(void);

#endif
