/* SPDX-License-Identifier: GPL-2.0 */
/* Whose an event is that atcpctl trace has read, and whether that one is asked for. */
#ifndef ATCP_TWHOSE_H
#define ATCP_TWHOSE_H

#include <stdbool.h>

#include "tevent.h"

int atcp_twhose_init(void);
void atcp_twhose_exit(void);
bool atcp_twhose_wanted(const struct atcp_tevent *event, char **selectors, unsigned long *id);

#endif /* ATCP_TWHOSE_H */
