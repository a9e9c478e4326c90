// SPDX-License-Identifier: GPL-2.0
/* Has a thread that asked for a TCP socket make one of atcp's itself. */
#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/atcp.h>

#include "atcpctl.h"
#include "filter.h"
#include "redo.h"

/*
 * Only the thread itself can make a socket that is its own in everything: its
 * namespaces, credentials, groups, cgroup and label. So it is stopped by ptrace
 * on its way out of the call, sent back to the same instruction with atcp's
 * protocol number in the register, which the filter lets pass, and let go with
 * its registers as they were:
 *
 *	the filter's notification    SEIZE, INTERRUPT, answered with "again"
 *	TRAP, on the way out         set registers, block signals
 *	ENTER, socket(2) begins      -
 *	EXIT, socket(2) has ended    put registers and signals back, DETACH
 *
 * Each step waits for nothing: the supervisor serves others between them.
 */

/**
 * enum atcp_redo_step - which stop a thread is on its way to
 * @ATCP_REDO_TRAP: the one that PTRACE_INTERRUPT asked for
 * @ATCP_REDO_ENTER: the beginning of socket(2)
 * @ATCP_REDO_EXIT: the end of socket(2)
 * @ATCP_REDO_LEAVE: any, upon which it is let go
 */
enum atcp_redo_step {
	ATCP_REDO_TRAP,
	ATCP_REDO_ENTER,
	ATCP_REDO_EXIT,
	ATCP_REDO_LEAVE,
};

/**
 * struct atcp_redo - a thread under ptrace
 * @next: in the list of all
 * @tid: its number
 * @step: what it does
 * @compat: its call was one of i386's
 * @nr: number of the call that it waits in
 * @socket_nr: number of socket(2)
 * @args: domain and type
 * @signals: its signal mask
 * @regs: its registers after the call that is made again
 */
struct atcp_redo {
	struct atcp_redo *next;
	pid_t tid;
	enum atcp_redo_step step;
	bool compat;
	int nr;
	int socket_nr;
	int args[2];
	unsigned long long signals;
#ifdef __x86_64__
	struct user_regs_struct regs;
#endif
};

static struct atcp_redo *atcp_redo_all;

static struct atcp_redo *atcp_redo_find(pid_t tid)
{
	struct atcp_redo *redo;

	for (redo = atcp_redo_all; redo && redo->tid != tid; redo = redo->next)
		;
	return redo;
}

static void atcp_redo_forget(struct atcp_redo *redo)
{
	struct atcp_redo **link = &atcp_redo_all;

	while (*link != redo)
		link = &(*link)->next;
	*link = redo->next;
	free(redo);
}

static bool atcp_redo_trace(int request, pid_t tid, unsigned long addr,
			    void *data)
{
	return !ptrace(request, tid, (void *)addr, data);
}

static bool atcp_redo_go(struct atcp_redo *redo, int signal)
{
	return atcp_redo_trace(PTRACE_SYSCALL, redo->tid, 0,
			       (void *)(long)signal);
}

static void atcp_redo_detach(struct atcp_redo *redo, int signal)
{
	atcp_redo_trace(PTRACE_DETACH, redo->tid, 0, (void *)(long)signal);
	atcp_redo_forget(redo);
}

#ifdef __x86_64__
/*
 * Sends the thread back to the instruction, two bytes long, that it made the
 * call with; false if a signal handler came in between, or anything else.
 */
static bool atcp_redo_change(struct atcp_redo *redo)
{
	const unsigned long long none = ~0ULL;
	struct user_regs_struct regs;

	if (!atcp_redo_trace(PTRACE_GETREGS, redo->tid, 0, &redo->regs) ||
	    (int)redo->regs.orig_rax != redo->nr ||
	    ((long)redo->regs.rax != -ATCP_REDO_ERESTARTNOINTR &&
	     (long)redo->regs.rax != -512 /* ERESTARTSYS */))
		return false;
	regs = redo->regs;
	regs.orig_rax = -1;
	regs.rax = redo->socket_nr;
	regs.rip -= 2;
	if (redo->compat) {
		regs.rbx = redo->args[0];
		regs.rcx = (unsigned int)redo->args[1];
		regs.rdx = IPPROTO_ATCP;
	} else {
		regs.rdi = redo->args[0];
		regs.rsi = (unsigned int)redo->args[1];
		regs.rdx = IPPROTO_ATCP;
	}
	return atcp_redo_trace(PTRACE_GETSIGMASK, redo->tid,
			       sizeof(redo->signals), &redo->signals) &&
	       atcp_redo_trace(PTRACE_SETREGS, redo->tid, 0, &regs) &&
	       atcp_redo_trace(PTRACE_SETSIGMASK, redo->tid, sizeof(none),
			       (void *)&none);
}

/* The registers that the kernel leaves alone are as the program had them. */
static void atcp_redo_restore(struct atcp_redo *redo)
{
	struct user_regs_struct regs;

	atcp_redo_trace(PTRACE_GETREGS, redo->tid, 0, &regs);
	redo->regs.rax = regs.rax;
	atcp_redo_trace(PTRACE_SETREGS, redo->tid, 0, &redo->regs);
	atcp_redo_trace(PTRACE_SETSIGMASK, redo->tid, sizeof(redo->signals),
			&redo->signals);
}
#else
static bool atcp_redo_change(struct atcp_redo *redo)
{
	return !redo;
}

static void atcp_redo_restore(struct atcp_redo *redo)
{
	(void)redo;
}
#endif

/* A step is done: begin the next one. */
static void atcp_redo_step(struct atcp_redo *redo, int status)
{
	const bool event = status >> 16 == PTRACE_EVENT_STOP;
	const bool call = WSTOPSIG(status) == (SIGTRAP | 0x80);
	/* A signal that is on its way to the thread, and arrives. */
	const int signal = event || call ? 0 : WSTOPSIG(status);

	switch (redo->step) {
	case ATCP_REDO_TRAP:
		if (event && atcp_redo_change(redo)) {
			redo->step = ATCP_REDO_ENTER;
			break;
		}
		if (!event && !call) {
			/* The trap is still to come. */
			if (!atcp_redo_trace(PTRACE_CONT, redo->tid, 0,
					     (void *)(long)signal))
				atcp_redo_forget(redo);
			return;
		}
		atcp_redo_detach(redo, signal);
		return;
	case ATCP_REDO_ENTER:
		if (call)
			redo->step = ATCP_REDO_EXIT;
		break;
	case ATCP_REDO_EXIT:
		if (!call)
			break;
		atcp_redo_restore(redo);
		atcp_redo_detach(redo, 0);
		return;
	case ATCP_REDO_LEAVE:
		atcp_redo_detach(redo, signal);
		return;
	}
	if (!atcp_redo_go(redo, signal))
		atcp_redo_forget(redo);
}

/**
 * atcp_redo_attach() - take hold of a thread
 * @tid: the thread; whether it is still the one that asked is to be checked
 *	after this, and then atcp_redo_start() or atcp_redo_leave() called
 *
 * Return: 0, or -errno: -EPERM if it may not be traced or is traced already.
 */
int atcp_redo_attach(pid_t tid)
{
	struct atcp_redo *redo;
	int rc;

#ifndef __x86_64__
	return -EOPNOTSUPP;
#endif
	redo = calloc(1, sizeof(*redo));
	if (!redo)
		return -ENOMEM;
	if (!atcp_redo_trace(PTRACE_SEIZE, tid, 0,
			     (void *)(long)PTRACE_O_TRACESYSGOOD)) {
		rc = -errno;
		free(redo);
		return rc;
	}
	redo->tid = tid;
	redo->step = ATCP_REDO_LEAVE;
	redo->next = atcp_redo_all;
	atcp_redo_all = redo;
	return 0;
}

/**
 * atcp_redo_start() - have a thread make its socket itself
 * @tid: a thread that waits for an answer; answer it with
 *	-ATCP_REDO_ERESTARTNOINTR
 * @data: the call that it waits in
 * @args: domain and type, with flags
 */
void atcp_redo_start(pid_t tid, const struct seccomp_data *data,
		     const int args[2])
{
	struct atcp_redo *redo = atcp_redo_find(tid);

	redo->step = ATCP_REDO_TRAP;
	redo->compat = atcp_filter_compat(data);
	redo->nr = data->nr;
	redo->socket_nr = atcp_filter_socket_nr(data);
	memcpy(redo->args, args, sizeof(redo->args));
	atcp_redo_trace(PTRACE_INTERRUPT, tid, 0, NULL);
}

/**
 * atcp_redo_leave() - let go of a thread
 * @tid: a thread that turned out to be another one
 */
void atcp_redo_leave(pid_t tid)
{
	atcp_redo_trace(PTRACE_INTERRUPT, tid, 0, NULL);
}

/**
 * atcp_redo_reap() - go on with each thread that stopped
 *
 * To be called after SIGCHLD.
 */
void atcp_redo_reap(void)
{
	struct atcp_redo *redo;
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		redo = atcp_redo_find(tid);
		if (!redo)
			continue;
		if (WIFSTOPPED(status))
			atcp_redo_step(redo, status);
		else
			atcp_redo_forget(redo);
	}
}
