/* SPDX-License-Identifier: GPL-2.0 */
/* How metrics are written: OpenMetrics text, or Prometheus' own text format. */
#ifndef ATCP_METRICS_TEXT_H
#define ATCP_METRICS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct atcp_metrics_text - where metrics are written to, and how
 * @out: where to
 * @prometheus: Prometheus' text format, not OpenMetrics
 * @full: every series there is
 */
struct atcp_metrics_text {
	FILE *out;
	bool prometheus;
	bool full;
};

void atcp_metrics_text_head(const struct atcp_metrics_text *text, const char *family,
			    const char *type, const char *unit, const char *help);
void atcp_metrics_text_label(FILE *out, const char *before, const char *name,
			     const char *value);
char *atcp_metrics_text_name(const char *prefix, const char *name);

/* Of the network namespace: metrics_netns.c. */
int atcp_metrics_netns(const struct atcp_metrics_text *text);

#endif /* ATCP_METRICS_TEXT_H */
