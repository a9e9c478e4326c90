/* SPDX-License-Identifier: GPL-2.0 */
/* Entering a network namespace by its name. */
#ifndef ATCP_NETNS_H
#define ATCP_NETNS_H

#include <stdbool.h>

/* Where namespaces have names. */
#define ATCP_NETNS_DIR	"/run/netns"

void atcp_netns_try(const char *name);
int atcp_netns_enter(const char *name);
int atcp_netns_enter_held(int fd, const char *name);
int atcp_netns_mount(const char *name, bool quiet);

#endif /* ATCP_NETNS_H */
