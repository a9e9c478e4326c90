// SPDX-License-Identifier: GPL-2.0
/* atcpctl run: runs an unmodified program with its TCP sockets on atcp. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "atcpctl.h"
#include "elf.h"
#include "library.h"
#include "netns.h"
#include "notify.h"

#define ATCP_RUN_LIBRARY	"libatcp.so"

/**
 * enum atcp_run_way - how the program's socket(2) is reached
 * @ATCP_RUN_AUTO: by both of the following
 * @ATCP_RUN_PRELOAD: the dynamic loader puts our socket() before libc's
 * @ATCP_RUN_SECCOMP: the kernel hands the system call to a supervisor
 */
enum atcp_run_way {
	ATCP_RUN_AUTO,
	ATCP_RUN_PRELOAD,
	ATCP_RUN_SECCOMP,
};

/* Can a socket of atcp's be opened? The kernel loads the module if the administrator allowed it. */
static int atcp_run_check_module(void)
{
	int fd;

	if (getenv("ATCP_RUN_NOCHECK"))
		return 0;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_ATCP);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EPROTONOSUPPORT)
		atcp_main_warn("run: the atcp module is not loaded (modprobe atcp, or insmod atcp.ko)");
	else
		atcp_main_warn("run: cannot open a socket of atcp's: %s",
			       strerror(errno));
	return -1;
}

/* The program's file, found as execvp() finds it; NULL after a message. */
static const char *atcp_run_find(const char *program)
{
	static char found[PATH_MAX];
	const char *dirs = getenv("PATH"), *end;
	struct stat st;

	if (strchr(program, '/'))
		return program;
	if (!dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	for (;; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		snprintf(found, sizeof(found), "%.*s/%s",
			 end > dirs ? (int)(end - dirs) : 1,
			 end > dirs ? dirs : ".", program);
		if (!stat(found, &st) && S_ISREG(st.st_mode) &&
		    !access(found, X_OK))
			return found;
		if (!*end)
			break;
	}
	atcp_main_warn("run: %s: program not found", program);
	return NULL;
}

/* Does LD_PRELOAD reach the program's own socket calls? */
static bool atcp_run_preloads(const struct atcp_elf *elf)
{
	return elf->native && elf->dynamic && !elf->go && !elf->secure;
}

/* What LD_PRELOAD alone does not reach, in words. */
static int atcp_run_explain(const struct atcp_elf *elf)
{
	if (!elf->native)
		atcp_main_warn("run: %s is for another machine or word size than atcpctl: LD_PRELOAD cannot reach it; leave -p away",
			       elf->path);
	else if (elf->secure)
		atcp_main_warn("run: %s is set-user-ID, set-group-ID or has file capabilities: the loader ignores LD_PRELOAD for it; become that user first, then run it",
			       elf->path);
	else if (!elf->dynamic)
		atcp_main_warn("run: %s is statically linked: LD_PRELOAD cannot reach it; leave -p away",
			       elf->path);
	else
		atcp_main_warn("run: %s is a Go program and makes its system calls without libc: LD_PRELOAD cannot reach it; leave -p away",
			       elf->path);
	return -1;
}

/*
 * LD_PRELOAD spares a program the supervisor, and the filter catches all that
 * LD_PRELOAD does not reach, now or in a program that is started later.
 */
static int atcp_run_start(const struct atcp_elf *elf, enum atcp_run_way way)
{
	if (way == ATCP_RUN_PRELOAD)
		return atcp_run_preloads(elf) ? atcp_library_preload("run", ATCP_RUN_LIBRARY) :
						atcp_run_explain(elf);
	if (elf->secure && geteuid()) {
		atcp_main_warn("run: %s is set-user-ID, set-group-ID or has file capabilities: its sockets can be reached as root only; become that user first, then run it",
			       elf->path);
		return -1;
	}
	if (way == ATCP_RUN_AUTO && elf->native &&
	    atcp_library_preload("run", ATCP_RUN_LIBRARY))
		return -1;
	/* A run inside of a run has nothing to add to the outer filter. */
	if (atcp_notify_inside() || !atcp_notify_start())
		return 0;
	if (way == ATCP_RUN_SECCOMP || !atcp_run_preloads(elf))
		return -1;
	atcp_main_warn("run: by LD_PRELOAD alone: static and Go programs that %s starts are on the kernel's TCP",
		       elf->path);
	return 0;
}

/* The options of run itself; returns the index of PROGRAM or -1. */
static int atcp_run_options(int argc, char **argv, enum atcp_run_way *way)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		if (!strcmp(argv[i], "-p") || !strcmp(argv[i], "--preload")) {
			*way = ATCP_RUN_PRELOAD;
		} else if (!strcmp(argv[i], "-s") ||
			   !strcmp(argv[i], "--seccomp")) {
			*way = ATCP_RUN_SECCOMP;
		} else {
			atcp_main_warn("run: unknown option %s (run [-p | -s] [--] PROGRAM [ARGS...])",
				       argv[i]);
			return -1;
		}
	}
	return i;
}

/**
 * atcp_run_run() - the run subcommand
 * @argc: number of words
 * @argv: "run", its options, a program and its arguments
 *
 * Return: does not, unless the program cannot be run: enum atcp_exit.
 */
int atcp_run_run(int argc, char **argv)
{
	enum atcp_run_way way = ATCP_RUN_AUTO;
	struct atcp_elf elf;
	const char *path;
	int first;

	first = atcp_run_options(argc, argv, &way);
	if (first < 0)
		return ATCP_EXIT_USAGE;
	if (first >= argc) {
		atcp_main_warn("run: which program?");
		return ATCP_EXIT_USAGE;
	}
	path = atcp_run_find(argv[first]);
	if (!path || atcp_elf_inspect(path, &elf) || atcp_run_check_module())
		return ATCP_EXIT_FAIL;
	if (atcp_options.netns && atcp_netns_mount(atcp_options.netns, false))
		return ATCP_EXIT_FAIL;
	if (atcp_run_start(&elf, way))
		return ATCP_EXIT_FAIL;
	execv(path, argv + first);
	atcp_main_warn("run: cannot run %s: %s", path, strerror(errno));
	return ATCP_EXIT_FAIL;
}
