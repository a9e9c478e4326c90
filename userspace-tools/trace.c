// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl trace: the handshakes of this namespace's listeners as they happen, a line
 * for each with its verdict, from the tracepoints atcp:*.
 *
 * What is known of a handshake until its verdict is kept in a table of fixed size, so
 * that a flood costs no memory.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "atcpctl.h"
#include "knob.h"
#include "select.h"
#include "table.h"
#include "tevent.h"
#include "tflow.h"
#include "tracefs.h"
#include "twhose.h"

/**
 * struct atcp_trace_line - what is to be printed
 * @event: the event that decided it
 * @verdict: one or two words
 * @reason: of a drop, or of an end; NULL
 * @flow: what was known of the handshake; NULL
 * @listener: whose it is, by id; 0 if that is not known
 * @color: of the verdict
 */
struct atcp_trace_line {
	const struct atcp_tevent *event;
	const char *verdict;
	const char *reason;
	const struct atcp_tflow *flow;
	unsigned long listener;
	enum atcp_color color;
};

static struct atcp_trace {
	const char *file;
	unsigned long count;
	unsigned long printed;
	double offset;
} atcp_trace;

static bool atcp_trace_over;
/* A file that can be read when it is to end. */
static int atcp_trace_signal_fd;

/* Drops of connections that are made already: no handshake's. */
static const char * const atcp_trace_later[] = {
	"Paws", "OldSeq", "OutOfWindow", "OldAck", "BadAck", "NoAckFlag",
	"SynInWindow", "RstBad", "RstOk", "SocketFilter", "RcvqFull", "RcvqShut",
	"OfoFull", "OfoDup", "ZeroWindow", "BacklogFull", "StateClosed", "Tw",
};

/* Why a request ended, by the event's cause. */
static const struct {
	const char *cause;
	const char *verdict;
} atcp_trace_ends[] = {
	{ "rst", "reset" },
	{ "timeout", "timed out" },
	{ "listen", "listener closed" },
	{ "close", "listener closed" },
	{ "icmp", "unreachable" },
	{ "memory", "no memory" },
	{ "abort", "reset by us" },
};

/* What is known of a handshake that had no verdict yet. */
static struct atcp_tflow *atcp_trace_flow(const struct atcp_tevent *event)
{
	struct atcp_tflow *flow = atcp_tflow_find(event);

	return flow && !flow->ended ? flow : NULL;
}

static void atcp_trace_clock(double at, char *text, size_t size)
{
	double when = at + atcp_trace.offset;
	time_t seconds = when;
	char day[16];
	struct tm tm;

	if (atcp_trace.file) {
		snprintf(text, size, "%.6f", at);
		return;
	}
	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%T", &tm);
	snprintf(text, size, "%s.%06u", day, (unsigned int)((when - seconds) * 1e6));
}

/* The clock's format would not show microseconds of what is seconds since 1970. */
static void atcp_trace_json(const struct atcp_trace_line *line, const char *local,
			    const char *peer)
{
	const struct atcp_tflow *flow = line->flow;
	struct json_object *obj = json_object_new_object(), *when;

	when = json_object_new_double(line->event->at + atcp_trace.offset);
	json_object_set_serializer(when, json_object_double_to_json_string, "%.6f",
				   NULL);
	json_object_object_add(obj, "time", when);
	json_object_object_add(obj, "verdict",
			       json_object_new_string(line->verdict));
	if (line->reason)
		json_object_object_add(obj, "reason",
				       json_object_new_string(line->reason));
	if (line->event->peer.port)
		json_object_object_add(obj, "peer", json_object_new_string(peer));
	json_object_object_add(obj, "local", json_object_new_string(local));
	if (line->listener)
		json_object_object_add(obj, "id",
				       json_object_new_int64(line->listener));
	if (flow && flow->since)
		json_object_object_add(obj, "after_us",
				       json_object_new_int64((line->event->at -
							      flow->since) * 1e6 + 0.5));
	if (flow)
		json_object_object_add(obj, "synack_retrans",
				       json_object_new_int64(flow->again));
	if (flow)
		json_object_object_add(obj, "cookie",
				       json_object_new_boolean(flow->cookie));
	if (flow && flow->fast)
		json_object_object_add(obj, "fastopen", json_object_new_boolean(true));
	atcp_knob_json_print(obj);
}

static void atcp_trace_text(const struct atcp_trace_line *line, const char *local,
			    const char *peer)
{
	const struct atcp_tflow *flow = line->flow;
	char clock[32];

	atcp_trace_clock(line->event->at, clock, sizeof(clock));
	if (line->event->peer.port)
		printf("%s %s > %s ", clock, peer, local);
	else
		printf("%s %s ", clock, local);
	printf("%s%s%s", atcp_table_paint(line->color), line->verdict,
	       atcp_table_paint(ATCP_COLOR_NONE));
	if (line->reason)
		printf(": %s", line->reason);
	if (flow && flow->since)
		printf(", after %.3f ms", (line->event->at - flow->since) * 1e3);
	if (flow && flow->again)
		printf(", %u SYN-ACK%s again", flow->again,
		       flow->again > 1 ? "s" : "");
	if (flow && flow->cookie)
		printf(", by cookie");
	if (flow && flow->fast)
		printf(", by fast open");
	putchar('\n');
}

static void atcp_trace_print(const struct atcp_trace_line *line)
{
	char *local = atcp_tevent_name(&line->event->local);
	char *peer = atcp_tevent_name(&line->event->peer);

	if (atcp_options.json)
		atcp_trace_json(line, local, peer);
	else
		atcp_trace_text(line, local, peer);
	free(local);
	free(peer);
	if (fflush(stdout)) {
		atcp_trace_over = true;
		if (errno == EPIPE)
			clearerr(stdout);
	}
	if (atcp_trace.count && ++atcp_trace.printed >= atcp_trace.count)
		atcp_trace_over = true;
}

/* A request, or a child by cookie or fast open, begins. */
static void atcp_trace_begin(struct atcp_trace_line *line)
{
	const struct atcp_tevent *event = line->event;
	struct atcp_tflow *flow = atcp_trace_flow(event);

	if (!flow)
		flow = atcp_tflow_begin(event);
	line->flow = flow;
	if (!strcmp(event->cause, "syn")) {
		flow->since = event->at;
		flow->again = 0;
		flow->cookie = false;
		line->verdict = "SYN, SYN-ACK";
		line->flow = NULL;
		if (atcp_options.details)
			atcp_trace_print(line);
	} else if (!strcmp(event->cause, "fastopen")) {
		flow->since = event->at;
		flow->fast = true;
		line->verdict = "queued";
		line->color = ATCP_COLOR_CALM;
		atcp_trace_print(line);
	} else if (!strcmp(event->cause, "cookie")) {
		flow->cookie = true;
	}
}

/* Of one that ended, the drop of the segment that ended it comes after this. */
static void atcp_trace_forget(const struct atcp_tevent *event, struct atcp_tflow *flow)
{
	if (!strcmp(event->cause, "abort"))
		(flow ?: atcp_tflow_begin(event))->ended = true;
	else if (flow)
		flow->peer.port = 0;
}

/* A request or child changes its state. */
static void atcp_trace_state(struct atcp_trace_line *line)
{
	const struct atcp_tevent *event = line->event;
	struct atcp_tflow *flow;
	size_t i;

	if (!strcmp(event->what, "SYN_RECV")) {
		atcp_trace_begin(line);
		return;
	}
	if (strcmp(event->before, "SYN_RECV"))
		return;
	flow = atcp_trace_flow(event);
	line->flow = flow;
	if (!strcmp(event->what, "ESTABLISHED")) {
		line->verdict = flow && flow->fast ? "acknowledged" : "queued";
		line->color = ATCP_COLOR_CALM;
	} else if (!strcmp(event->what, "CLOSE")) {
		line->verdict = "ended";
		line->color = ATCP_COLOR_ALARM;
		for (i = 0; i < ARRAY_SIZE(atcp_trace_ends); i++)
			if (!strcmp(atcp_trace_ends[i].cause, event->cause))
				line->verdict = atcp_trace_ends[i].verdict;
		if (!strcmp(line->verdict, "ended"))
			line->reason = event->cause;
	} else {
		return;
	}
	/* By fast open it had its verdict at the SYN. */
	if (strcmp(line->verdict, "acknowledged") || atcp_options.details)
		atcp_trace_print(line);
	atcp_trace_forget(event, flow);
}

static void atcp_trace_drop(struct atcp_trace_line *line)
{
	struct atcp_tflow *flow = atcp_tflow_find(line->event);
	const char *reason = line->event->what;
	size_t i;

	if (flow && flow->ended) {
		flow->peer.port = 0;
		flow = NULL;
		/* The overflow policy's RST was its verdict. */
		if (!strcmp(reason, "ListenOverflow"))
			return;
	}
	line->flow = flow;
	for (i = 0; !flow && i < ARRAY_SIZE(atcp_trace_later); i++)
		if (!strcmp(atcp_trace_later[i], reason))
			return;
	line->verdict = "dropped";
	line->reason = reason;
	line->color = ATCP_COLOR_ALARM;
	/*
	 * It had its verdict when it was parked, and what could not be kept comes again;
	 * or it has none until its data comes.
	 */
	if (!strcmp(reason, "ReqDefer")) {
		line->verdict = "deferred";
		line->reason = NULL;
		line->color = ATCP_COLOR_WATCH;
		if (!atcp_options.details)
			return;
	} else if (!strcmp(reason, "ReqParked") && !atcp_options.details) {
		return;
	}
	atcp_trace_print(line);
}

/* A bad cookie is dropped as well, and told there. */
static void atcp_trace_cookie(struct atcp_trace_line *line)
{
	const struct atcp_tevent *event = line->event;
	struct atcp_tflow *flow = atcp_trace_flow(event);
	bool sent = !strcmp(event->what, "sent");
	bool ours = sent || !strcmp(event->what, "good");

	line->color = ATCP_COLOR_WATCH;
	line->verdict = "cookie";
	if (!sent)
		line->reason = event->what;
	if (!flow && ours)
		flow = atcp_tflow_begin(event);
	if (sent)
		flow->since = event->at;
	if (sent || atcp_options.details)
		atcp_trace_print(line);
	if (ours)
		flow->cookie = true;
}

static void atcp_trace_retransmit(struct atcp_trace_line *line)
{
	struct atcp_tflow *flow = atcp_trace_flow(line->event);

	if (strcmp(line->event->what, "synack"))
		return;
	if (flow)
		flow->again++;
	line->flow = flow;
	line->verdict = "SYN-ACK again";
	line->color = ATCP_COLOR_WATCH;
	if (atcp_options.details)
		atcp_trace_print(line);
}

/* The reason has the event's name and the figures that it was judged by. */
static void atcp_trace_flood(struct atcp_trace_line *line)
{
	const char *figures = strstr(line->event->rest, "syns=");
	char reason[256];

	snprintf(reason, sizeof(reason), "%s%s%.*s", line->event->what,
		 figures ? ", " : "", figures ? (int)strcspn(figures, "\n") : 0,
		 figures ? figures : "");
	line->verdict = strstr(line->event->what, "slow") ? "acceptor" : "flood";
	line->reason = reason;
	line->color = ATCP_COLOR_HEAD;
	atcp_trace_print(line);
}

/* Parked is a verdict: the handshake is over. Accepted is a step after it. */
static void atcp_trace_queue(struct atcp_trace_line *line)
{
	char waited[64];

	line->verdict = line->event->what;
	if (!strcmp(line->event->what, "parked")) {
		line->flow = atcp_trace_flow(line->event);
		line->color = ATCP_COLOR_WATCH;
	} else if (atcp_options.details) {
		snprintf(waited, sizeof(waited), "waited %.3f ms",
			 line->event->waited_us / 1e3);
		line->reason = waited;
		line->color = ATCP_COLOR_CALM;
	} else {
		return;
	}
	atcp_trace_print(line);
}

static void atcp_trace_take(const char *text, char **selectors)
{
	struct atcp_trace_line line = { 0 };
	struct atcp_tevent event;

	if (!atcp_tevent_parse(text, &event))
		return;
	if (event.kind == ATCP_TEVENT_LOST) {
		atcp_main_warn("trace: %s events were lost", event.what);
		return;
	}
	line.event = &event;
	if (!atcp_twhose_wanted(&event, selectors, &line.listener))
		return;
	switch (event.kind) {
	case ATCP_TEVENT_STATE:
		atcp_trace_state(&line);
		break;
	case ATCP_TEVENT_DROP:
		atcp_trace_drop(&line);
		break;
	case ATCP_TEVENT_RETRANSMIT:
		atcp_trace_retransmit(&line);
		break;
	case ATCP_TEVENT_COOKIE:
		atcp_trace_cookie(&line);
		break;
	case ATCP_TEVENT_FLOOD:
		atcp_trace_flood(&line);
		break;
	case ATCP_TEVENT_QUEUE:
		atcp_trace_queue(&line);
		break;
	default:
		break;
	}
}

/* Whole lines of what was read; the rest is kept for the next time. */
static size_t atcp_trace_lines(char *buffer, size_t len, char **selectors)
{
	char *line = buffer, *end;

	while (!atcp_trace_over &&
	       (end = memchr(line, '\n', len - (line - buffer))) != NULL) {
		*end = '\0';
		atcp_trace_take(line, selectors);
		line = end + 1;
	}
	len -= line - buffer;
	memmove(buffer, line, len);
	return len;
}

/* Until a signal, or enough lines, or the end of a file. */
static int atcp_trace_loop(int fd, char **selectors)
{
	static char buffer[65536];
	/* Signals are looked at each time: events may come faster than they are read. */
	struct pollfd wait[] = {
		{ .fd = atcp_trace_signal_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	size_t len = 0;
	ssize_t got;

	while (!atcp_trace_over) {
		if (poll(wait, ARRAY_SIZE(wait), -1) < 0)
			continue;
		if (wait[0].revents)
			break;
		got = read(fd, buffer + len, sizeof(buffer) - len);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0) {
			atcp_main_warn("trace: cannot read: %s", strerror(errno));
			return ATCP_EXIT_FAIL;
		}
		/* trace_pipe gives nothing when tracing is turned off. */
		if (!got && atcp_trace.file)
			break;
		len = atcp_trace_lines(buffer, len + got, selectors);
		if (len == sizeof(buffer))
			len = 0;
	}
	return ATCP_EXIT_OK;
}

static int atcp_trace_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&blocked, signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	/* A reader that went away is seen by fflush(), and tidied up after. */
	signal(SIGPIPE, SIG_IGN);
	atcp_trace_signal_fd = signalfd(-1, &blocked, SFD_CLOEXEC);
	if (atcp_trace_signal_fd < 0)
		atcp_main_warn("trace: cannot wait for signals: %s", strerror(errno));
	return atcp_trace_signal_fd;
}

/* From the trace's clock to the wall's, seconds. */
static double atcp_trace_offset(void)
{
	struct timespec wall, mono;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return wall.tv_sec - mono.tv_sec + (wall.tv_nsec - mono.tv_nsec) / 1e9;
}

/**
 * atcp_trace_option() - an option of trace
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of trace's, -1 if it is used wrongly.
 */
int atcp_trace_option(int argc, char **argv)
{
	bool count = !strcmp(argv[0], "--count");
	char *end;

	if (!count && strcmp(argv[0], "-r") && strcmp(argv[0], "--read"))
		return 0;
	if (argc < 2) {
		atcp_main_warn("option %s needs a %s", argv[0],
			       count ? "number of lines" : "file");
		return -1;
	}
	if (!count) {
		atcp_trace.file = argv[1];
		return 2;
	}
	errno = 0;
	atcp_trace.count = strtoul(argv[1], &end, 10);
	if (errno || *end || argv[1][0] == '-' || !atcp_trace.count) {
		atcp_main_warn("--count: \"%s\" is not in range 1..%lu, unit lines",
			       argv[1], ~0UL);
		return -1;
	}
	return 2;
}

static int atcp_trace_open(char **selectors)
{
	FILE *file;

	if (!atcp_trace.file) {
		atcp_trace.offset = atcp_trace_offset();
		return atcp_twhose_init() ? -1 : atcp_tracefs_open();
	}
	for (; *selectors; selectors++) {
		struct atcp_select sel;

		if (!atcp_select_parse(*selectors, &sel) &&
		    (sel.kind == ATCP_SELECT_ID || sel.kind == ATCP_SELECT_INODE)) {
			atcp_main_warn("trace: \"%s\": a file's events know address and port only",
				       *selectors);
			return -1;
		}
	}
	file = fopen(atcp_trace.file, "re");
	if (!file) {
		atcp_main_warn("cannot open %s: %s", atcp_trace.file,
			       strerror(errno));
		return -1;
	}
	return fileno(file);
}

/**
 * atcp_trace_run() - the trace subcommand
 * @argc: number of words, unused
 * @argv: "trace" and selectors
 *
 * Return: enum atcp_exit
 */
int atcp_trace_run(int argc, char **argv)
{
	int fd, rc;

	(void)argc;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	/* Before there is anything to tidy up after. */
	if (atcp_trace_signals() < 0 || atcp_tflow_init())
		return ATCP_EXIT_FAIL;
	fd = atcp_trace_open(argv + 1);
	rc = fd < 0 ? ATCP_EXIT_FAIL : atcp_trace_loop(fd, argv + 1);
	if (fd >= 0)
		close(fd);
	close(atcp_trace_signal_fd);
	atcp_tracefs_close();
	atcp_twhose_exit();
	atcp_tflow_exit();
	return rc;
}
