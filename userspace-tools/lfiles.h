/* SPDX-License-Identifier: GPL-2.0 */
/* All that there is to say of a listener, by the names of its files. */
#ifndef ATCP_LFILES_H
#define ATCP_LFILES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct atcp_lfile - one of them
 * @name: as in sysfs
 * @text: what it says, without its last newline
 * @knob: it can be written
 */
struct atcp_lfile {
	char *name;
	char *text;
	bool knob;
};

struct atcp_lfiles;
struct atcp_lfiles_tab;

struct atcp_lfiles_tab *atcp_lfiles_new(void);
void atcp_lfiles_free(struct atcp_lfiles_tab *tab);
struct atcp_lfiles *atcp_lfiles_of(struct atcp_lfiles_tab *tab, unsigned long id, bool aged);
const struct atcp_lfile *atcp_lfiles_all(struct atcp_lfiles *files, size_t *count);
char *atcp_lfiles_text(const struct atcp_lfiles *files, const char *name, bool *knob);
bool atcp_lfiles_is_age(const char *name);

#endif /* ATCP_LFILES_H */
