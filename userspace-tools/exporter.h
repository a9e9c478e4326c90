/* SPDX-License-Identifier: GPL-2.0 */
/* The metrics by HTTP. */
#ifndef ATCP_EXPORTER_H
#define ATCP_EXPORTER_H

#include <stdbool.h>
#include <sys/socket.h>

/**
 * struct atcp_exporter - where it listens
 * @addr: address and port
 * @len: of @addr
 */
struct atcp_exporter {
	struct sockaddr_storage addr;
	socklen_t len;
};

bool atcp_exporter_openmetrics(const char *accept);
int atcp_exporter_serve(const struct atcp_exporter *conf);

#endif /* ATCP_EXPORTER_H */
