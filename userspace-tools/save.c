// SPDX-License-Identifier: GPL-2.0
/* atcpctl save: writes the knobs in the form that load and sysctl -p read. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atcpctl.h"
#include "knob.h"
#include "proc.h"

/* Can a load write this knob back? */
static bool atcp_save_wanted(const char *name)
{
	const struct atcp_knob *knob = atcp_knob_find(name);
	char file[PATH_MAX], path[PATH_MAX];
	struct stat st;

	if (knob)
		return !knob->readonly;
	snprintf(file, sizeof(file), ATCP_KNOB_DIR "/%s", name);
	atcp_proc_path(path, sizeof(path), file);
	return !stat(path, &st) && (st.st_mode & 0222);
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
		fprintf(out, ATCP_KNOB_PREFIX "%s = %s\n", *names, value);
		free(value);
	}
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
	out = fopen(temp, "we");
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
	if (argc == 2 && strcmp(argv[1], "-"))
		rc = atcp_save_file(argv[1], names);
	else
		rc = atcp_save_print(stdout, names);
	return rc ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
