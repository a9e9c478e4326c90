/* SPDX-License-Identifier: GPL-2.0 */
/* Segments and ICMP errors that follow a connection and are not as they should be. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "flow.h"

void mutate_segment(struct rnd *r, struct flow *f);
void mutate_icmp(struct rnd *r, struct flow *f);

#endif
