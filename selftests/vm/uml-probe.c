// SPDX-License-Identifier: GPL-2.0
/*
 * What User Mode Linux asks of its host, tried without it: uml-probe DIRECTORY... prints the first
 * directory that can hold a machine's memory, or says in one line what is forbidden here and fails.
 *
 * A machine's memory is a file that it maps with PROT_EXEC, and its processes are traced and
 * stopped at each system call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/statvfs.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The machine has 1 GiB, and there may be two. */
#define ROOM (1200ULL << 20)

static int memory_fits(const char *dir)
{
	char path[4096];
	struct statvfs fs;
	void *map;
	int fd;

	if (statvfs(dir, &fs) || (unsigned long long)fs.f_bavail * fs.f_frsize < ROOM)
		return 0;
	if (snprintf(path, sizeof(path), "%s/uml-probe-XXXXXX", dir) >= (int)sizeof(path))
		return 0;
	fd = mkstemp(path);
	if (fd < 0)
		return 0;
	unlink(path);
	map = MAP_FAILED;
	if (!ftruncate(fd, 4096))
		map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return 0;
	munmap(map, 4096);
	return 1;
}

static void traced(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(errno);
	raise(SIGSTOP);
	/* Never made: who traces stops at it. */
	getppid();
	_exit(0);
}

/* Returns what failed, with errno, or NULL. */
static const char *trace(pid_t pid)
{
	struct user_regs_struct regs;
	int status;

	if (waitpid(pid, &status, WUNTRACED) < 0)
		return "waitpid";
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
		return "PTRACE_TRACEME";
	}
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD))
		return "PTRACE_SETOPTIONS";
	if (ptrace(PTRACE_SYSEMU, pid, 0, 0))
		return "PTRACE_SYSEMU";
	if (waitpid(pid, &status, WUNTRACED) < 0 || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != (SIGTRAP | 0x80)) {
		errno = EPROTO;
		return "PTRACE_SYSEMU";
	}
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) || ptrace(PTRACE_SETREGS, pid, 0, &regs))
		return "PTRACE_SETREGS";
	return NULL;
}

int main(int argc, char **argv)
{
	const char *what;
	pid_t pid;
	int i, err;

	for (i = 1; i < argc && !memory_fits(argv[i]); i++)
		;
	if (i >= argc) {
		printf("no directory with 1.2 GB may hold executable memory:");
		for (i = 1; i < argc; i++)
			printf(" %s", argv[i]);
		printf("\n");
		return 1;
	}
	pid = fork();
	if (!pid)
		traced();
	what = pid < 0 ? "fork" : trace(pid);
	err = errno;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (what) {
		printf("ptrace is forbidden: %s: %s\n", what, strerror(err));
		return 1;
	}
	printf("%s\n", argv[i]);
	return 0;
}
