// SPDX-License-Identifier: GPL-2.0
/* atcpctl load: sets knobs from a file, all of them or none. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "change.h"

/* One line of the file; comments and empty lines are nothing. */
static int atcp_load_line(struct atcp_change *change, const char *file, unsigned int number,
			  char *line)
{
	bool optional, absent;
	char *equals;

	line[strcspn(line, "\r\n")] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	optional = !strncmp(line, ATCP_CHANGE_OURS, strlen(ATCP_CHANGE_OURS));
	if (optional)
		line += strlen(ATCP_CHANGE_OURS);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	/* As in sysctl.d(5): what is not there or not taken is passed over. */
	if (*line == '-') {
		optional = true;
		line++;
	}
	equals = strchr(line, '=');
	if (!equals) {
		atcp_main_warn("%s:%u: \"%s\" is not NAME = VALUE", file, number, line);
		return -1;
	}
	*equals = '\0';
	atcp_change_line(change, file, number, optional);
	if (!atcp_change_add(change, line, equals + 1, &absent))
		return 0;
	if (!optional) {
		atcp_main_warn("%s:%u: not accepted", file, number);
		return -1;
	}
	atcp_main_warn("%s:%u: passed over", file, number);
	return 0;
}

/* Adds every line of the file; says where the faulty ones are. */
static int atcp_load_file(struct atcp_change *change, FILE *in,
			  const char *name)
{
	unsigned int number = 0, faults = 0;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) >= 0) {
		number++;
		if (atcp_load_line(change, name, number, line))
			faults++;
	}
	free(line);
	if (ferror(in)) {
		atcp_main_warn("cannot read %s: %s", name, strerror(errno));
		return -1;
	}
	return faults ? -1 : 0;
}

/**
 * atcp_load_run() - the load subcommand
 * @argc: number of words
 * @argv: "load" and a file name, "-" for standard input
 *
 * Return: enum atcp_exit
 */
int atcp_load_run(int argc, char **argv)
{
	struct atcp_change *change;
	FILE *in = stdin;
	const char *name;
	int rc;

	if (argc != 2) {
		atcp_main_warn("load: one FILE, please (- is standard input)");
		return ATCP_EXIT_USAGE;
	}
	name = argv[1];
	if (!strcmp(name, "-")) {
		name = "standard input";
	} else {
		in = fopen(name, "re");
		if (!in) {
			atcp_main_warn("cannot open %s: %s", name,
				       strerror(errno));
			return ATCP_EXIT_FAIL;
		}
	}
	change = atcp_change_new();
	rc = atcp_load_file(change, in, name);
	if (in != stdin)
		fclose(in);
	if (!rc)
		rc = atcp_change_apply(change);
	if (!rc)
		atcp_change_print(change);
	else
		atcp_main_warn("nothing was changed");
	atcp_change_free(change);
	return rc ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
