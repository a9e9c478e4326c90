/* SPDX-License-Identifier: GPL-2.0 */
/* Everything that the kernel says of one listener, as text and as JSON. */
#ifndef ATCP_DETAIL_H
#define ATCP_DETAIL_H

struct atcp_ltab;
struct atcp_ltab_listener;
struct json_object;

void atcp_detail_print(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l);
struct json_object *atcp_detail_json(const struct atcp_ltab *tab,
				     const struct atcp_ltab_listener *l);

#endif /* ATCP_DETAIL_H */
