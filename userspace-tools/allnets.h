/* SPDX-License-Identifier: GPL-2.0 */
/* The sockets of all network namespaces. */
#ifndef ATCP_ALLNETS_H
#define ATCP_ALLNETS_H

int atcp_allnets_show(void);

#endif /* ATCP_ALLNETS_H */
