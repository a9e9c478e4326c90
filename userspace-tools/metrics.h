/* SPDX-License-Identifier: GPL-2.0 */
/* The metrics of atcpctl metrics and atcpctl exporter. */
#ifndef ATCP_METRICS_H
#define ATCP_METRICS_H

#include <stdbool.h>
#include <stdio.h>

int atcp_metrics_write(FILE *out, bool prometheus);

#endif /* ATCP_METRICS_H */
