// SPDX-License-Identifier: GPL-2.0
/* A static program that asks for sockets in many ways and says what it got: for test_run. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define X32_BIT 0x40000000

static int protocol_of(int fd)
{
	int protocol = -1;
	socklen_t len = sizeof(protocol);

	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
	return protocol;
}

static void show(const char *what, int domain, int type, int protocol)
{
	int fd = socket(domain, type, protocol);
	struct stat st = { .st_uid = -1 };

	if (fd < 0) {
		printf("%s: %s\n", what, strerror(errno));
		return;
	}
	fstat(fd, &st);
	printf("%s: %d of user %u\n", what, protocol_of(fd), st.st_uid);
	close(fd);
}

static int sockets(void)
{
	show("inet", AF_INET, SOCK_STREAM, 0);
	show("inet6", AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	show("udp", AF_INET, SOCK_DGRAM, 0);
	return 0;
}

/* What a program does that others may not look into. */
static int mute(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return sockets();
}

static int uring(void)
{
	char params[256] = "";
	long fd = syscall(SYS_io_uring_setup, 4, params);

	printf("ring: %s\n", fd < 0 ? strerror(errno) : "made");
	return 0;
}

static int own_listener(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog prog = { .len = 1, .filter = code };
	long fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	printf("listener: %s\n", fd < 0 ? strerror(errno) : "made");
	return 0;
}

/* x32 is off unless the kernel was told otherwise: then ENOSYS, not a signal. */
static int call_x32(void)
{
	long fd = syscall(X32_BIT | SYS_socket, AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		printf("x32: %s\n", strerror(errno));
	else
		printf("x32: %d\n", protocol_of(fd));
	return 0;
}

/* A SYN, for a rule that counts it. */
static int dial_out(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	printf("dial: %d, %s\n", protocol_of(fd), strerror(errno));
	return 0;
}

static void on_signal(int sig) { (void)sig; }

static void *storm_thread(void *arg)
{
	long wrong = 0, i;

	for (i = 0; i < (long)arg; i++) {
		int fd = socket(i & 1 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || protocol_of(fd) != 253) {
			printf("socket %ld: %s\n", i, fd < 0 ? strerror(errno) : "not of atcp's");
			wrong++;
		}
		close(fd);
	}
	return (void *)wrong;
}

/* Threads that make sockets under a hail of signals. */
static int make_storm(long rounds)
{
	struct itimerval often = { { 0, 700 }, { 0, 700 } };
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pthread_t threads[4];
	long wrong = 0, i;
	sigset_t set;
	void *some;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, storm_thread, (void *)rounds);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &some);
		wrong += (long)some;
	}
	memset(&often, 0, sizeof(often));
	setitimer(ITIMER_REAL, &often, NULL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("storm: %ld wrong, SIGALRM %s\n", wrong,
	       sigismember(&set, SIGALRM) ? "blocked" : "open");
	return wrong != 0;
}

static double since(const struct timespec *from, long rounds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((now.tv_sec - from->tv_sec) * 1e9 + now.tv_nsec - from->tv_nsec) / rounds;
}

/* What a socket and another call cost, in ns. */
static int cost(long rounds)
{
	struct timespec from;
	double sockets_ns, calls_ns;
	long i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < rounds; i++)
		close(socket(AF_INET, SOCK_STREAM, 0));
	sockets_ns = since(&from, rounds);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < rounds * 10; i++)
		syscall(SYS_getppid);
	calls_ns = since(&from, rounds * 10);
	printf("socket and close: %.0f ns, getppid: %.0f ns\n", sockets_ns, calls_ns);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "sockets";
	long rounds = argc > 2 ? atol(argv[2]) : 200;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "sockets"))
		return sockets();
	if (!strcmp(what, "mute"))
		return mute();
	if (!strcmp(what, "uring"))
		return uring();
	if (!strcmp(what, "listener"))
		return own_listener();
	if (!strcmp(what, "x32"))
		return call_x32();
	if (!strcmp(what, "dial"))
		return dial_out();
	if (!strcmp(what, "storm"))
		return make_storm(rounds);
	if (!strcmp(what, "cost"))
		return cost(rounds);
	fprintf(stderr, "run_probe sockets|mute|uring|listener|x32|dial|storm [N]|cost [N]\n");
	return 2;
}
