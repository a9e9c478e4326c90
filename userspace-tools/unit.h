/* SPDX-License-Identifier: GPL-2.0 */
/* Values with units, as people type them. */
#ifndef ATCP_UNIT_H
#define ATCP_UNIT_H

char *atcp_unit_number(const char *value, const char *unit);

#endif /* ATCP_UNIT_H */
