/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The knobs of a listener, one row each: the one place for names, units and ranges.
 *
 * Included many times, with ATCP_KNOB(id, name, unit, min, max, words, ...) defined as what
 * is wanted of a row: no guard. The socket options (<linux/atcp.h>), the files of sysfs, the
 * namespace's defaults in net.atcp and the attributes of generic netlink are made of it.
 *
 * id: ATCP_KNOB_id, and the option ATCP_id. name: in sysfs. unit: of numbers. words: names of
 * the values from 0 up, or NULL. What follows is how it is inherited (state/listen/knob.c):
 * ATCP_KNOB_NETNS(field) is a plain default of the namespace, net.atcp.field;
 * ATCP_KNOB_LIMIT(field): a program's word goes no further than net.atcp.field without
 * CAP_NET_ADMIN. New rows are added at the end: the order is that of the attributes.
 */

ATCP_KNOB(BACKLOG, backlog, "connections", 0, INT_MAX, NULL,
	  .inherit = atcp_knob_inherit_backlog, .from = atcp_knob_from_socket)
ATCP_KNOB(SYN_BACKLOG, syn_backlog, "requests", 1, 1 << 20, NULL,
	  ATCP_KNOB_LIMIT(syn_backlog_limit),
	  .inherit = atcp_knob_inherit_syn_backlog, .from = atcp_knob_from_backlog)
ATCP_KNOB(SYNCOOKIES, syncookies, "", 0, 2, atcp_knob_when, ATCP_KNOB_NETNS(syncookies))
/* The program's TCP_SYNCNT comes before the default. */
ATCP_KNOB(SYNACK_RETRIES, synack_retries, "retransmissions", 0, 255, NULL,
	  ATCP_KNOB_LIMIT(synack_retries_limit), ATCP_KNOB_NETNS(synack_retries),
	  .inherit = atcp_knob_inherit_retries, .from = atcp_knob_from_syncnt)
ATCP_KNOB(SYNACK_RTO, synack_rto, "ms", 10, 120000, NULL,
	  ATCP_KNOB_LIMIT(synack_rto_limit), ATCP_KNOB_NETNS(synack_rto))
ATCP_KNOB(OVERFLOW, overflow, "", 0, 2, atcp_knob_overflow, ATCP_KNOB_NETNS(overflow_policy))
ATCP_KNOB(DEFER_ACCEPT, defer_accept, "ms", 0, 120000, NULL,
	  ATCP_KNOB_LIMIT(defer_accept_limit),
	  .inherit = atcp_knob_inherit_defer, .from = atcp_knob_from_defer)
ATCP_KNOB(DEFER_EXPIRE, defer_expire, "", 0, 2, atcp_knob_expire, ATCP_KNOB_NETNS(defer_expire))
ATCP_KNOB(FASTOPEN, fastopen, "connections", 0, 65535, NULL,
	  ATCP_KNOB_LIMIT(somaxconn),
	  .inherit = atcp_knob_inherit_fastopen, .from = atcp_knob_from_socket)
ATCP_KNOB(BALANCE, balance, "", 0, 4, atcp_knob_balance, ATCP_KNOB_NETNS(balance))
ATCP_KNOB(DRAIN, drain, "boolean", 0, 1, NULL, .inherit = atcp_knob_inherit_zero)
ATCP_KNOB(WAKE, wake, "", 0, 2, atcp_knob_wake, ATCP_KNOB_NETNS(wake))
ATCP_KNOB(ACCEPTQ_LOW, acceptq_low, "connections", 0, INT_MAX, NULL,
	  ATCP_KNOB_NETNS(acceptq_low))
ATCP_KNOB(ACCEPTQ_HIGH, acceptq_high, "connections", 0, INT_MAX, NULL,
	  ATCP_KNOB_NETNS(acceptq_high))
ATCP_KNOB(FAIR_SHARE, fair_share, "percent", 1, 100, NULL, ATCP_KNOB_NETNS(fair_share))
ATCP_KNOB(FAIR_PREFIX4, fair_prefix4, "bits", 0, 32, NULL, ATCP_KNOB_NETNS(fair_prefix4))
ATCP_KNOB(FAIR_PREFIX6, fair_prefix6, "bits", 0, 128, NULL, ATCP_KNOB_NETNS(fair_prefix6))
ATCP_KNOB(PROVEN_SHARE, proven_share, "percent", 0, 75, NULL, ATCP_KNOB_NETNS(proven_share))
ATCP_KNOB(MIGRATE, migrate, "boolean", 0, 1, NULL, ATCP_KNOB_NETNS(migrate_req))
ATCP_KNOB(GUARD, guard, "boolean", 0, 1, NULL, ATCP_KNOB_NETNS(guard))

#undef ATCP_KNOB
