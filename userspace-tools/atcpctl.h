/* SPDX-License-Identifier: GPL-2.0 */
/* What the subcommands of atcpctl share: options, messages, exit codes. */
#ifndef ATCPCTL_H
#define ATCPCTL_H

#include <stdbool.h>
#include <stddef.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/**
 * enum atcp_exit - exit codes, as documented in atcpctl(8)
 * @ATCP_EXIT_OK: done
 * @ATCP_EXIT_FAIL: refused or failed; nothing was changed
 * @ATCP_EXIT_USAGE: the command line makes no sense
 * @ATCP_EXIT_NONE: no listener matches, in one namespace of --all-netns; of no program
 */
enum atcp_exit {
	ATCP_EXIT_OK	= 0,
	ATCP_EXIT_FAIL	= 1,
	ATCP_EXIT_USAGE	= 2,
	ATCP_EXIT_NONE	= 3,
};

/**
 * struct atcp_options - what stands on the command line for every subcommand
 * @argv: all words as they were typed
 * @netns: network namespace to work in, NULL for the caller's
 * @json: machine-readable output
 * @pretty: indented JSON
 * @details: every field rather than the main ones
 * @color: escape sequences are welcome on standard output
 * @dry: say what would be changed, and change nothing
 * @all_netns: work in every network namespace
 * @among: this is a child that works in one of them
 */
struct atcp_options {
	char **argv;
	const char *netns;
	bool json;
	bool pretty;
	bool details;
	bool color;
	bool dry;
	bool all_netns;
	bool among;
};

extern struct atcp_options atcp_options;

/**
 * struct atcp_command - one subcommand
 * @name: as typed
 * @run: does the work; argv[0] is the subcommand's name
 * @passthrough: its arguments belong to another program and are not searched
 *	for atcpctl's own options
 * @synopsis: arguments, for help
 * @summary: one line, for help; NULL: it is not for people
 * @option: reads an option of its own at argv[0], argc words left; the words it
 *	took, 0 if it knows none such, -1 after a message; NULL without options
 */
struct atcp_command {
	const char *name;
	int (*run)(int argc, char **argv);
	bool passthrough;
	const char *synopsis;
	const char *summary;
	int (*option)(int argc, char **argv);
};

void atcp_main_warn(const char *fmt, ...) __printf(1, 2);
const struct atcp_command *atcp_main_all(size_t *count);
int atcp_main_interval(int argc, char **argv, double *seconds);

int atcp_get_run(int argc, char **argv);
int atcp_set_run(int argc, char **argv);
int atcp_list_run(int argc, char **argv);
int atcp_load_run(int argc, char **argv);
int atcp_save_run(int argc, char **argv);
int atcp_save_option(int argc, char **argv);
int atcp_listener_run(int argc, char **argv);
int atcp_listeners_run(int argc, char **argv);
int atcp_listeners_option(int argc, char **argv);
int atcp_top_run(int argc, char **argv);
int atcp_top_option(int argc, char **argv);
int atcp_metrics_run(int argc, char **argv);
int atcp_metrics_option(int argc, char **argv);
int atcp_metrics_command_option(int argc, char **argv);
int atcp_exporter_run(int argc, char **argv);
int atcp_exporter_option(int argc, char **argv);
int atcp_trace_run(int argc, char **argv);
int atcp_trace_option(int argc, char **argv);
int atcp_advise_run(int argc, char **argv);
void atcp_advise_nothing(void);
int atcp_advise_option(int argc, char **argv);
int atcp_monitor_run(int argc, char **argv);
int atcp_monitor_option(int argc, char **argv);
int atcp_ss_run(int argc, char **argv);
int atcp_nstat_run(int argc, char **argv);
int atcp_run_run(int argc, char **argv);
int atcp_version_run(int argc, char **argv);

#endif /* ATCPCTL_H */
