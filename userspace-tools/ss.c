// SPDX-License-Identifier: GPL-2.0
/* atcpctl ss: runs ss(8) on the sockets of atcp. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allnets.h"
#include "atcpctl.h"
#include "everyns.h"
#include "file.h"
#include "library.h"
#include "netns.h"
#include "paste.h"
#include "proc.h"
#include "sockdiag.h"

/*
 * Does the word choose what ss shows? Without such a word ss shows sockets of
 * every kind, the kernel's own among them, so -t is added.
 */
static bool atcp_ss_chooses(const char *word)
{
	static const char * const words[] = {
		"--tcp", "--udp", "--dccp", "--raw", "--unix", "--packet",
		"--sctp", "--vsock", "--xdp", "--tipc", "--mptcp", "--query",
		"--socket", "--summary", "--help", "--version", "--diag",
	};
	size_t i;

	if (word[0] != '-')
		return false;
	if (word[1] != '-')
		return word[strcspn(word, "tudwx0SMAshVD")];
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(word, words[i], strlen(words[i])))
			return true;
	return false;
}

/* Is the word one of the short options in @letters, among others perhaps, or the long one? */
static bool atcp_ss_asks(const char *word, const char *letters, const char *name)
{
	if (word[0] != '-')
		return false;
	if (word[1] == '-')
		return !strcmp(word + 2, name);
	return word[1 + strcspn(word + 1, letters)];
}

/*
 * The kernel is asked by sock_diag where atcp_diag is, else ss reads /proc, which does
 * not know all of it. False after a message: so it cannot be done.
 */
static bool atcp_ss_source(int argc, char **argv)
{
	bool kill = false, more = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (atcp_ss_asks(argv[i], "E", "events")) {
			atcp_main_warn("ss: the kernel tells of the ends of its own protocols' sockets only: %s shows none of atcp's (%s trace does)",
				       argv[i], atcp_paste_tool());
			return false;
		}
		kill |= atcp_ss_asks(argv[i], "K", "kill");
		more |= atcp_ss_asks(argv[i], "m", "memory") ||
			atcp_ss_asks(argv[i], "i", "info") ||
			atcp_ss_asks(argv[i], "e", "extended") || !strcmp(argv[i], "--tos") ||
			!strcmp(argv[i], "--cgroup");
	}
	/* $ATCP_PROC_ROOT is another machine's, of which this kernel knows nothing. */
	if (!getenv("ATCP_PROC_ROOT") && atcp_sockdiag_answers())
		return !atcp_library_preload("ss", "libatcpss.so");
	if (kill) {
		atcp_main_warn("ss: only atcp_diag can end sockets, and it is not loaded (modprobe atcp_diag, or insmod atcp_diag.ko)");
		return false;
	}
	if (more)
		atcp_main_warn("ss: atcp_diag is not loaded (modprobe atcp_diag, or insmod atcp_diag.ko): what follows is from /proc, which knows less");
	atcp_proc_setenv("PROC_NET_TCP", "net/atcp/tcp");
	atcp_proc_setenv("PROC_NET_TCP6", "net/atcp/tcp6");
	return true;
}

/**
 * atcp_ss_run() - the ss subcommand
 * @argc: number of words
 * @argv: "ss" and its arguments
 *
 * Return: does not, unless ss cannot be run: enum atcp_exit.
 */
int atcp_ss_run(int argc, char **argv)
{
	static const struct atcp_command self = { .name = "ss", .run = atcp_ss_run };
	bool chosen = false;
	char path[4096];
	int i, out = 0;
	char **args;

	if (argc > 1 && !strcmp(argv[1], "--all-netns")) {
		atcp_options.all_netns = true;
		argc--;
		argv++;
	}
	if (atcp_options.all_netns && atcp_options.netns) {
		atcp_main_warn("either --all-netns or -n");
		return ATCP_EXIT_USAGE;
	}
	if (atcp_options.all_netns)
		return argc > 1 ? atcp_everyns_command(&self, argc, argv) : atcp_allnets_show();
	atcp_proc_path(path, sizeof(path), "net/atcp/tcp");
	if (access(path, R_OK)) {
		atcp_proc_absent("net/atcp/tcp");
		return ATCP_EXIT_FAIL;
	}
	args = atcp_file_must(calloc(argc + 2, sizeof(*args)));
	for (i = 1; i < argc; i++)
		chosen |= atcp_ss_chooses(argv[i]);
	args[out++] = "ss";
	if (!chosen)
		args[out++] = "-t";
	for (i = 1; i < argc; i++)
		args[out++] = argv[i];

	if (!atcp_ss_source(argc, argv)) {
		free(args);
		return ATCP_EXIT_FAIL;
	}
	atcp_proc_setenv("PROC_NET_SOCKSTAT", "net/atcp/sockstat");
	atcp_proc_setenv("PROC_NET_SNMP", "net/atcp/snmp");
	atcp_proc_setenv("PROC_NET_SOCKSTAT6", "net/atcp/sockstat6");
	atcp_proc_setenv("PROC_IP_LOCAL_PORT_RANGE", "sys/net/atcp/local_port_range");
	if (atcp_options.netns && atcp_netns_mount(atcp_options.netns, false)) {
		free(args);
		return ATCP_EXIT_FAIL;
	}
	execvp("ss", args);
	atcp_main_warn("cannot run ss: %s (it is part of iproute2)",
		       strerror(errno));
	free(args);
	return ATCP_EXIT_FAIL;
}
