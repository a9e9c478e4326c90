// SPDX-License-Identifier: GPL-2.0
/* atcpctl save: writes the knobs in the form that load and sysctl -p read. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atcpctl.h"
#include "change.h"
#include "file.h"
#include "first.h"
#include "knob.h"
#include "lknob.h"
#include "ltab.h"
#include "proc.h"

/* --all: what is at its default, too. */
static bool atcp_save_all;

/* Is a knob at its default? Those that are sized by memory have one that the kernel knows. */
static bool atcp_save_default(const char *name, const char *value)
{
	const struct atcp_knob *knob = atcp_knob_find(name);
	const char *first = atcp_first_of(name);

	if (atcp_save_all)
		return false;
	if (first)
		return !strcmp(first, value);
	/* An empty list reads as nothing. */
	return knob && *knob->def && (!strcmp(knob->def, value) ||
				      (!*value && !strcmp(knob->def, "none")));
}

/* Can this knob be read, and a load write it back? Secrets are not to be read. */
static bool atcp_save_wanted(const char *name)
{
	const struct atcp_knob *knob = atcp_knob_find(name);
	char file[PATH_MAX], path[PATH_MAX];
	struct stat st;

	if (knob && knob->readonly)
		return false;
	/* Nor one that nobody has set. */
	if (!atcp_save_all && atcp_first_is_own(name))
		return false;
	/* A view of another knob says nothing of its own. */
	if (!atcp_save_all && !strcmp(name, "abort_on_overflow"))
		return false;
	snprintf(file, sizeof(file), ATCP_KNOB_DIR "/%s", name);
	atcp_proc_path(path, sizeof(path), file);
	return !stat(path, &st) && (st.st_mode & 0222) && (st.st_mode & 0444);
}

/*
 * Has an earlier listener of the same address and port this knob set from
 * outside, too? It stands for all of them: their ids do not outlive them.
 */
static bool atcp_save_twin(const struct atcp_ltab *tab, size_t at,
			   const char *name, const char *value)
{
	struct atcp_lknob_value other;
	bool found = false;
	size_t i;

	for (i = 0; i < at && !found; i++) {
		if (strcmp(tab->all[i].local, tab->all[at].local))
			continue;
		if (!atcp_ltab_knob(tab, &tab->all[i], name, &other)) {
			found = !strcmp(other.from, "listener");
			if (found && strcmp(other.value, value))
				atcp_main_warn("%s: listeners %lu and %lu differ in %s: %s is saved for both, not %s",
					       tab->all[at].local,
					       tab->all[i].id, tab->all[at].id,
					       name, other.value, value);
			atcp_lknob_value_free(&other);
		}
	}
	return found;
}

/* What was set from outside of one listener; the rest is not ours to keep. */
static void atcp_save_listener(FILE *out, const struct atcp_ltab *tab, size_t at)
{
	const struct atcp_ltab_listener *l = &tab->all[at];
	char **names = atcp_ltab_names(tab, l, true), **name;
	struct atcp_lknob_value value;

	for (name = names; name && *name; name++) {
		if (!atcp_ltab_knob(tab, l, *name, &value)) {
			if (!strcmp(value.from, "listener") &&
			    !atcp_save_twin(tab, at, *name, value.value))
				fprintf(out, ATCP_CHANGE_OURS "listener/%s/%s = %s\n",
					l->local, *name, value.value);
			atcp_lknob_value_free(&value);
		}
	}
	atcp_knob_names_free(names);
}

/* To sysctl(8) they are comments; load passes over listeners that are not there. */
static int atcp_save_listeners(FILE *out)
{
	struct atcp_ltab *tab = atcp_ltab_new();
	size_t i;

	if (!tab)
		return -1;
	for (i = 0; i < tab->count; i++)
		atcp_save_listener(out, tab, i);
	atcp_ltab_free(tab);
	return 0;
}

static int atcp_save_print(FILE *out, char **names)
{
	int rc = 0;

	fputs("# Knobs of atcp, written by atcpctl save; atcpctl load reads them.\n",
	      out);
	for (; *names; names++) {
		char *value;

		if (!atcp_save_wanted(*names))
			continue;
		value = atcp_knob_read(*names);
		if (!value) {
			atcp_main_warn("%s: cannot read: %s", *names,
				       strerror(errno));
			rc = -1;
			continue;
		}
		if (!atcp_save_default(*names, value))
			fprintf(out, ATCP_KNOB_PREFIX "%s = %s\n", *names, value);
		free(value);
	}
	if (atcp_save_listeners(out))
		rc = -1;
	if (fflush(out) || ferror(out)) {
		atcp_main_warn("cannot write: %s", strerror(errno));
		rc = -1;
	}
	return rc;
}

/* Straight into what is no plain file: a device, a pipe, a link. */
static int atcp_save_special(const char *name, char **names)
{
	FILE *out = fopen(name, "we");
	int rc;

	if (!out) {
		atcp_main_warn("cannot open %s: %s", name, strerror(errno));
		return -1;
	}
	rc = atcp_save_print(out, names);
	fclose(out);
	return rc;
}

/* A new file for the owner alone: fastopen_key is a secret. */
static FILE *atcp_save_create(const char *name)
{
	FILE *out;
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	out = fdopen(fd, "w");
	if (!out)
		close(fd);
	return out;
}

/* By way of a new file, so that a failure leaves the old one whole. */
static int atcp_save_file(const char *name, char **names)
{
	struct stat st;
	char *temp;
	FILE *out;
	int rc;

	if (!lstat(name, &st) && !S_ISREG(st.st_mode))
		return atcp_save_special(name, names);
	if (asprintf(&temp, "%s.new", name) < 0)
		return -1;
	out = atcp_save_create(temp);
	if (!out) {
		atcp_main_warn("cannot create %s: %s", temp, strerror(errno));
		free(temp);
		return -1;
	}
	rc = atcp_save_print(out, names);
	if (!rc && fsync(fileno(out)) && errno != EINVAL)
		rc = -1;
	fclose(out);
	if (!rc && rename(temp, name))
		rc = -1;
	if (rc) {
		atcp_main_warn("%s was not written", name);
		unlink(temp);
	}
	free(temp);
	return rc;
}

/**
 * atcp_save_option() - an option of save
 * @argc: words left, unused
 * @argv: the option
 *
 * Return: words taken, 0 if it is none of save's.
 */
int atcp_save_option(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "--all"))
		atcp_save_all = true;
	else if (!strcmp(argv[0], "--changed"))
		atcp_save_all = false;
	else
		return 0;
	return 1;
}

/**
 * atcp_save_run() - the save subcommand
 * @argc: number of words
 * @argv: "save" and perhaps a file name
 *
 * Return: enum atcp_exit
 */
int atcp_save_run(int argc, char **argv)
{
	char **names;
	int rc;

	if (argc > 2) {
		atcp_main_warn("save: one FILE at most");
		return ATCP_EXIT_USAGE;
	}
	names = atcp_knob_names();
	if (!names)
		return ATCP_EXIT_FAIL;
	if (argc == 2 && strcmp(argv[1], "-") && atcp_options.dry)
		printf("# %s would be written, with:\n", argv[1]);
	if (argc == 2 && strcmp(argv[1], "-") && !atcp_options.dry)
		rc = atcp_save_file(argv[1], names);
	else
		rc = atcp_save_print(stdout, names);
	atcp_knob_names_free(names);
	return rc ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
