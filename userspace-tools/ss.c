// SPDX-License-Identifier: GPL-2.0
/* atcpctl ss: runs ss(8) on the socket tables of atcp. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allnets.h"
#include "atcpctl.h"
#include "netns.h"
#include "proc.h"

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

/**
 * atcp_ss_run() - the ss subcommand
 * @argc: number of words
 * @argv: "ss" and its arguments
 *
 * Return: does not, unless ss cannot be run: enum atcp_exit.
 */
int atcp_ss_run(int argc, char **argv)
{
	char **args = calloc(argc + 2, sizeof(*args));
	bool chosen = false;
	char path[4096];
	int i, out = 0;

	if (argc == 2 && !strcmp(argv[1], "--all-netns")) {
		free(args);
		return atcp_allnets_show();
	}
	if (!args)
		return ATCP_EXIT_FAIL;
	atcp_proc_path(path, sizeof(path), "net/atcp/tcp");
	if (access(path, R_OK)) {
		atcp_proc_absent("net/atcp/tcp");
		return ATCP_EXIT_FAIL;
	}
	for (i = 1; i < argc; i++)
		chosen |= atcp_ss_chooses(argv[i]);
	args[out++] = argv[0];
	if (!chosen)
		args[out++] = "-t";
	for (i = 1; i < argc; i++)
		args[out++] = argv[i];

	atcp_proc_setenv("PROC_NET_TCP", "net/atcp/tcp");
	atcp_proc_setenv("PROC_NET_TCP6", "net/atcp/tcp6");
	atcp_proc_setenv("PROC_NET_SOCKSTAT", "net/atcp/sockstat");
	atcp_proc_setenv("PROC_IP_LOCAL_PORT_RANGE", "sys/net/atcp/local_port_range");
	if (atcp_options.netns && atcp_netns_mount(atcp_options.netns, false))
		return ATCP_EXIT_FAIL;
	execvp("ss", args);
	atcp_main_warn("cannot run ss: %s (it is part of iproute2)",
		       strerror(errno));
	free(args);
	return ATCP_EXIT_FAIL;
}
