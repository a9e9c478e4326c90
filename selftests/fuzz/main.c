// SPDX-License-Identifier: GPL-2.0
/*
 * One seed of the fuzzer: fuzz -s SEED [-n STEPS] [-k MODULE]. With -T it attacks the kernel's
 * own TCP, to see that what it calls a fault is one.
 *
 * Everything that it does follows from the number: the plan, each segment, call and
 * write. What differs from run to run is how threads are interleaved, and the numbers
 * that the stack itself draws. Exit status 0: nothing found; 1: something is wrong,
 * and said; 4: this machine cannot. What the kernel reports is for who runs this.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "beside.h"
#include "drive.h"
#include "flow.h"
#include "fuzz.h"
#include "mutate.h"
#include "pool.h"

#define STEPS		4000
#define UNLOAD_MS	240000

struct plan plan = { .protocol = IPPROTO_ATCP };
struct figures figures;
atomic_bool fuzz_pause, fuzz_stop, fuzz_over;
atomic_int fuzz_paused;

static const char *module;
static pthread_t threads[16];
static unsigned int nthreads;

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# seed %llu: ", (unsigned long long)plan.seed);
	vprintf(fmt, ap);
	printf("\n");
	fflush(stdout);
	va_end(ap);
	_exit(1);
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Writes a small file; that it cannot be written is nothing. */
void set_text(const char *path, const char *fmt, ...)
{
	char buf[4096];
	va_list ap;
	int fd, len;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, buf, len);
	close(fd);
}

/* Reads a small file whole, without its last newline; its length, or -1. */
int get_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, buf, size - 1);
	close(fd);
	if (got < 0)
		return -1;
	while (got && buf[got - 1] == '\n')
		got--;
	buf[got] = '\0';
	return got;
}

bool fuzz_go_on(void)
{
	if (fuzz_pause) {
		fuzz_paused++;
		while (fuzz_pause && !fuzz_stop)
			usleep(2000);
		fuzz_paused--;
	}
	return !fuzz_stop;
}

static void make_plan(struct rnd *r)
{
	struct rnd own;

	static const unsigned int mtus[] = { 1500, 1500, 1500, 1280, 9000, 65535 };

	plan.faults = rnd_pct(r, 50) ? rnd_range(r, 4, 20) : 0;
	plan.callers = rnd_below(r, 4);
	plan.knobs = rnd_pct(r, 60);
	plan.churn = rnd_pct(r, 40);
	plan.reloads = rnd_pct(r, 25) ? rnd_range(r, 1, 2) : 0;
	plan.napi = rnd_pct(r, 40);
	plan.offload = rnd_pct(r, 40);
	plan.guard = rnd_pct(r, 40);
	plan.mtu = rnd_pick(r, mtus);
	if (!plan.steps)
		plan.steps = STEPS;
	if (!module)
		plan.reloads = 0;
	/* By numbers of its own: older seeds do what they did. */
	rnd_init(&own, plan.seed, 400);
	plan.netlink = plan.protocol && rnd_pct(&own, 60);
}

static void run(const char *command)
{
	if (system(command))
		fail("%s", command);
}

/* A namespace of its own, and a sysfs that shows it. */
static void enter(void)
{
	char command[256];

	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		fail("unshare: %s", strerror(errno));
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL))
		fail("sysfs: %s", strerror(errno));
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (plan.protocol && access("/proc/net/atcp/tcp", R_OK)) {
		printf("# atcp is not loaded\n");
		exit(4);
	}
	if (wire_open(plan.napi, plan.offload, plan.mtu)) {
		printf("# no TUN device: %s\n", strerror(errno));
		exit(4);
	}
	snprintf(command, sizeof(command), "ip link set lo up; ip link set fuzz0 mtu %u up; "
		 "ip addr add 10.99.0.1/24 dev fuzz0; ip addr add fd99::1/64 dev fuzz0 nodad",
		 plan.mtu);
	set_text("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
	set_text("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	set_text("/proc/sys/net/ipv4/conf/all/accept_source_route", "1");
	run(command);
	set_text("/proc/sys/net/ipv4/conf/fuzz0/accept_source_route", "1");
	set_text("/proc/sys/net/ipv6/conf/fuzz0/accept_source_route", "1");
}

static void start(void *(*function)(void *), long stream)
{
	if (pthread_create(&threads[nthreads], NULL, function, (void *)stream))
		fail("pthread_create");
	nthreads++;
}

/* The threads that can be held up; the watchdog is not one of them. */
static unsigned int start_all(void)
{
	unsigned int i;

	start(calls_watchdog, 0);
	for (i = 0; i < plan.callers; i++)
		start(calls_thread, i);
	if (plan.knobs)
		start(knobs_thread, 0);
	if (plan.churn)
		start(netns_thread, 0);
	if (plan.netlink)
		start(netlink_thread, 0);
	return nthreads - 1;
}

static void stop_all(void)
{
	/* The watchdog, which is the first, wakes the others until they are gone. */
	fuzz_stop = true;
	while (nthreads > 1)
		pthread_join(threads[--nthreads], NULL);
	fuzz_over = true;
	pthread_join(threads[--nthreads], NULL);
}

/* One thing of what the peer, the flows' programs and the listeners do. */
static void step(struct rnd *r)
{
	unsigned int what = rnd_below(r, 100);
	struct flow *f = flow_any(r);

	if (!f || what < 6)
		drive_goal(r);
	else if (what < 58)
		mutate_segment(r, f);
	else if (what < 63)
		mutate_icmp(r, f);
	else if (what < 76)
		flow_step(r, f, TH_ACK | TH_PSH, rnd_pct(r, 60) ? rnd_below(r, 1400) : 0);
	else if (what < 97)
		drive_socket(r, f);
	else if (what < 98)
		drive_churn(r);
	else
		drive_accept(r, 8);
	flow_drain(r, rnd_pct(r, 3) ? 3 : 0);
}

static const char * const states[] = {
	"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
};

static unsigned long seen[ARRAY_SIZE(states)];

/* Which states the connections are in, now and then: what has been tried is known by that. */
static void look(void)
{
	static const char * const tables[][2] = {
		{ "/proc/net/tcp", "/proc/net/tcp6" },
		{ "/proc/net/atcp/tcp", "/proc/net/atcp/tcp6" },
	};
	unsigned int state, i;
	char line[300];
	FILE *in;

	for (i = 0; i < 2; i++) {
		in = fopen(tables[!!plan.protocol][i], "re");
		while (in && fgets(line, sizeof(line), in))
			if (sscanf(line, " %*u: %*s %*s %x ", &state) == 1 &&
			    state < ARRAY_SIZE(seen))
				seen[state]++;
		if (in)
			fclose(in);
	}
}

static bool unloaded(void)
{
	return !syscall(SYS_delete_module, "atcp", O_NONBLOCK);
}

static void load_module(void)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		fail("cannot load %s: %s", module, strerror(errno));
	close(fd);
}

static void tell_holders(void)
{
	char buf[4000];

	if (get_text("/proc/net/atcp/sockstat", buf, sizeof(buf)) > 0)
		printf("# %s\n", buf);
	if (get_text("/proc/net/atcp/tcp", buf, sizeof(buf)) > 0)
		printf("%s\n", buf);
	if (get_text("/proc/net/atcp/tcp6", buf, sizeof(buf)) > 0)
		printf("%s\n", buf);
}

/* Nothing of this seed is open; segments go on, RSTs answer what still comes, until it can go. */
static void wind_down(struct rnd *r, bool unload)
{
	long began = now_ms(), end = began + UNLOAD_MS;
	char buf[300];
	unsigned int i;

	canary_pause(true);
	pool_close_all(r);
	drive_close_all(r);
	knobs_restore();
	flow_answer_rst(true);
	for (i = 0; now_ms() < end; i++) {
		flow_drain(r, 20);
		if (!plan.protocol && i == 50)
			break;
		if (unload && unloaded())
			break;
		if (!unload && get_text("/proc/net/atcp/sockstat", buf, sizeof(buf)) > 0 &&
		    strstr(buf, " alloc 0 mem 0"))
			break;
		if (i % 10 == 9)
			flow_rst(r, &flows[i / 10 % FLOWS]);
		if (i < 20)
			mutate_segment(r, &flows[rnd_below(r, FLOWS)]);
	}
	flow_answer_rst(false);
	if (now_ms() < end) {
		printf("# all was over after %ld ms\n", now_ms() - began);
		return;
	}
	tell_holders();
	fail(unload ? "the module stays in use" : "sockets or memory are left");
}

/* All of it goes and comes again while segments come in. */
static void reload(struct rnd *r, unsigned int beside)
{
	unsigned int i;

	faults_set(0);
	fuzz_pause = true;
	while (fuzz_paused < (int)beside)
		usleep(1000);
	netlink_unload();
	wind_down(r, true);
	for (i = 0; i < 50; i++)
		mutate_segment(r, &flows[rnd_below(r, FLOWS)]);
	load_module();
	netlink_load();
	for (i = 0; i < FLOWS; i++)
		if (flows[i].used)
			flow_drop(&flows[i]);
	knobs_plan(r);
	drive_listen_all(r);
	fuzz_pause = false;
	faults_set(plan.faults);
}

static void fuzz(struct rnd *r)
{
	unsigned int i, beside, again = plan.reloads ? plan.steps / (plan.reloads + 1) : 0;

	drive_listen_all(r);
	canary_check(true);
	beside = start_all();
	faults_set(plan.faults);
	for (i = 1; i <= plan.steps; i++) {
		step(r);
		if (i % 50 == 0)
			look();
		if (i % 500 == 0) {
			printf("# %u steps, %lu segments, %lu replies, %lu calls\n", i,
			       figures.segments, figures.replies, figures.calls);
			/* Where memory fails it may take its time. */
			if (!plan.faults || i % 2000 == 0)
				canary_check(!plan.faults);
		}
		if (again && i % again == 0 && i / again <= plan.reloads)
			reload(r, beside);
	}
	faults_set(0);
	stop_all();
	netlink_unload();
	canary_check(true);
	wind_down(r, false);
	/* And here, with the knobs as they were, a connection is what it always was. */
	knobs_restore();
	for (i = 0; i < FLOWS; i++)
		if (flows[i].used)
			flow_drop(&flows[i]);
	canary_check(true);
	canary_pause(true);
}

static void tell_plan(void)
{
	printf("# plan of seed %llu: %u steps, faults %u %%, %u callers%s%s%s, %u reloads",
	       (unsigned long long)plan.seed, plan.steps, plan.faults, plan.callers,
	       plan.knobs ? ", knobs" : "", plan.churn ? ", namespaces" : "",
	       plan.netlink ? ", netlink" : "", plan.reloads);
	printf(", mtu %u%s%s%s\n", plan.mtu, plan.napi ? ", napi" : "",
	       plan.offload ? ", offload" : "", plan.guard ? ", guard" : "");
}

static void tell(long ms)
{
	unsigned int i;

	printf("# figures seed %llu segments %lu packets %lu icmps %lu replies %lu flows %lu",
	       (unsigned long long)plan.seed, figures.segments, figures.packets, figures.icmps,
	       figures.replies, figures.flows);
	printf(" calls %lu writes %lu messages %lu told %lu netns %lu faults %lu read %lu",
	       figures.calls, figures.writes, figures.messages, figures.told, figures.netns,
	       figures.faults, figures.read);
	printf(" carried %lu ms %ld", figures.carried, ms);
	for (i = 1; i < ARRAY_SIZE(states); i++)
		printf(" %s %lu", states[i], seen[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	long began = now_ms();
	struct rnd r;
	int opt;

	while ((opt = getopt(argc, argv, "s:n:k:T")) != -1) {
		if (opt == 's')
			plan.seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			plan.steps = atoi(optarg);
		else if (opt == 'k')
			module = optarg;
		else if (opt == 'T')
			plan.protocol = 0;
		else
			return 2;
	}
	setlinebuf(stdout);
	rnd_init(&r, plan.seed, 0);
	make_plan(&r);
	calls_init();
	canary_start();
	pool_init();
	enter();
	if (plan.faults && !faults_init())
		plan.faults = 0;
	tell_plan();
	knobs_init();
	netlink_init(plan.netlink ? module : NULL);
	knobs_plan(&r);
	fuzz(&r);
	canary_end();
	tell(now_ms() - began);
	return 0;
}
