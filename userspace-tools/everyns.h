/* SPDX-License-Identifier: GPL-2.0 */
/* Does the same in every network namespace: --all-netns. */
#ifndef ATCP_EVERYNS_H
#define ATCP_EVERYNS_H

#include <stdio.h>

struct atcp_command;

int atcp_everyns_families(FILE *out, int (*write)(FILE *out, void *data), void *data);
int atcp_everyns_command(const struct atcp_command *cmd, int argc, char **argv);

#endif /* ATCP_EVERYNS_H */
