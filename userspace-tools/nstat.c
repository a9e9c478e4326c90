// SPDX-License-Identifier: GPL-2.0
/* atcpctl nstat: runs nstat(8) on the counters of atcp. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atcpctl.h"
#include "netns.h"
#include "proc.h"

/*
 * nstat keeps the last values in a file and shows what was added since. The
 * kernel's counters and those of another namespace must not be in that file.
 */
static void atcp_nstat_history(void)
{
	unsigned long long netns = 0;
	char name[128];
	struct stat st;

	if (!stat("/proc/self/ns/net", &st))
		netns = st.st_ino;
	snprintf(name, sizeof(name), "/tmp/.nstat.atcp.u%u.%llu", getuid(),
		 netns);
	setenv("NSTAT_HISTORY", name, 0);
}

/**
 * atcp_nstat_run() - the nstat subcommand
 * @argc: number of words, unused
 * @argv: "nstat" and its arguments
 *
 * Return: does not, unless nstat cannot be run: enum atcp_exit.
 */
int atcp_nstat_run(int argc, char **argv)
{
	char path[4096];

	(void)argc;
	atcp_proc_path(path, sizeof(path), "net/atcp/netstat");
	if (access(path, R_OK)) {
		atcp_proc_absent("net/atcp/netstat");
		return ATCP_EXIT_FAIL;
	}
	atcp_proc_setenv("PROC_NET_NETSTAT", "net/atcp/netstat");
	atcp_proc_setenv("PROC_NET_SNMP", "net/atcp/snmp");
	/* These would be the kernel's. */
	setenv("PROC_NET_SNMP6", "/dev/null", 1);
	setenv("PROC_NET_SCTP_SNMP", "/dev/null", 1);
	atcp_nstat_history();
	if (atcp_options.netns && atcp_netns_mount(atcp_options.netns, false))
		return ATCP_EXIT_FAIL;
	execvp("nstat", argv);
	atcp_main_warn("cannot run nstat: %s (it is part of iproute2)",
		       strerror(errno));
	return ATCP_EXIT_FAIL;
}
