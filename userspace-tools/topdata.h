/* SPDX-License-Identifier: GPL-2.0 */
/* What atcpctl top shows: the queues of each listener and the rates of its counters. */
#ifndef ATCP_TOPDATA_H
#define ATCP_TOPDATA_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/**
 * struct atcp_topdata_rate - a counter and how fast it grows
 * @name: as the kernel calls it
 * @value: events since listen(2)
 * @rate: events a second
 */
struct atcp_topdata_rate {
	char *name;
	unsigned long long value;
	double rate;
};

/**
 * struct atcp_topdata_queue - a queue of a listener
 * @used: its length
 * @max: its limit
 * @peak: longest it has been, 0 if that is not known
 */
struct atcp_topdata_queue {
	unsigned long long used;
	unsigned long long max;
	unsigned long long peak;
};

/**
 * struct atcp_topdata_row - one listener
 * @id: its number in the namespace
 * @inode: of the socket: whether it is the one of the last reading
 * @local: ADDRESS:PORT
 * @program: who called listen(2)
 * @dir: its directory in sysfs, NULL
 * @synq: half-open connections
 * @acceptq: connections that wait for accept(2)
 * @parked: requests that wait for a place there
 * @oldest: how long the first in the accept queue has waited, ms; -1 unknown
 * @rates: counters
 * @count: number of @rates
 */
struct atcp_topdata_row {
	unsigned long id;
	unsigned long inode;
	char *local;
	char *program;
	char *dir;
	struct atcp_topdata_queue synq;
	struct atcp_topdata_queue acceptq;
	unsigned long long parked;
	long long oldest;
	struct atcp_topdata_rate *rates;
	size_t count;
};

/**
 * struct atcp_topdata - all listeners at one moment
 * @rows: one each
 * @count: number of @rows
 * @shown: so many of them are shown, from the first
 * @at: the moment, seconds of a monotonic clock
 */
struct atcp_topdata {
	struct atcp_topdata_row *rows;
	size_t count;
	size_t shown;
	double at;
};

/**
 * enum atcp_topdata_order - what rows are sorted by, the greatest first
 * @ATCP_TOPDATA_SYNS: SYNs a second
 * @ATCP_TOPDATA_ACCEPTED: connections a second
 * @ATCP_TOPDATA_DROPS: drops a second
 * @ATCP_TOPDATA_SYNQ: how full the SYN queue is
 * @ATCP_TOPDATA_ACCEPTQ: how full the accept queue is
 * @ATCP_TOPDATA_LOCAL: address and port, in order
 * @ATCP_TOPDATA_ORDERS: number of orders
 */
enum atcp_topdata_order {
	ATCP_TOPDATA_SYNS,
	ATCP_TOPDATA_ACCEPTED,
	ATCP_TOPDATA_DROPS,
	ATCP_TOPDATA_SYNQ,
	ATCP_TOPDATA_ACCEPTQ,
	ATCP_TOPDATA_LOCAL,
	ATCP_TOPDATA_ORDERS,
};

extern const char * const atcp_topdata_orders[ATCP_TOPDATA_ORDERS];

int atcp_topdata_read(struct atcp_topdata *data, const struct atcp_topdata *before,
		      char **selectors);
void atcp_topdata_free(struct atcp_topdata *data);
void atcp_topdata_sort(struct atcp_topdata *data, enum atcp_topdata_order order, bool reverse,
		       bool hide);
double atcp_topdata_rate(const struct atcp_topdata_row *row, const char *name);
double atcp_topdata_sum(const struct atcp_topdata *data, const char *name);
struct json_object *atcp_topdata_json(const struct atcp_topdata *data);
char *atcp_topdata_line(const struct atcp_topdata_row *row, int width);
char *atcp_topdata_head(int width);
char *atcp_topdata_totals(const struct atcp_topdata *data);
char *atcp_topdata_reasons(const struct atcp_topdata_row *row);

#endif /* ATCP_TOPDATA_H */
