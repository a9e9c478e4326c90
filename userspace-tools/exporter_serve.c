// SPDX-License-Identifier: GPL-2.0
/*
 * The HTTP server of atcpctl exporter, by libmicrohttpd, on the kernel's TCP: what is to
 * be looked at must not be the way to look at it.
 *
 * What a client can take is bounded: so many connections at a time, so much memory for
 * what each asks, seconds without a byte, and seconds in all, after which the main thread
 * shuts the connection down. One thread answers, one request after another; a connection
 * is closed with its answer.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atcpctl.h"
#include "exporter.h"
#include "file.h"
#include "metrics.h"

#define ATCP_EXPORTER_CONNECTIONS	16
/* Bytes of a request's head, with what the library needs. */
#define ATCP_EXPORTER_MEMORY		16384
/* Seconds without a byte, and of a connection. */
#define ATCP_EXPORTER_IDLE		10
#define ATCP_EXPORTER_LIFE		30
/* The first descriptor that systemd hands over. */
#define ATCP_EXPORTER_FD		3

#define ATCP_EXPORTER_OPENMETRICS \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define ATCP_EXPORTER_TEXT	"text/plain; version=0.0.4; charset=utf-8"
#define ATCP_EXPORTER_PAGE \
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>atcp</title></head>" \
	"<body><h1>atcp</h1><p><a href=\"/metrics\">Metrics</a></p></body></html>\n"

/**
 * struct atcp_exporter_client - a connection
 * @fd: its socket, -1: none
 * @until: when it is shut down, CLOCK_MONOTONIC
 */
struct atcp_exporter_client {
	int fd;
	time_t until;
};

/* The server's thread adds and takes away, the main one looks at their times. */
static struct {
	pthread_mutex_t lock;
	pthread_t main;
	struct atcp_exporter_client clients[ATCP_EXPORTER_CONNECTIONS];
} atcp_exporter = { .lock = PTHREAD_MUTEX_INITIALIZER };

static time_t atcp_exporter_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static enum MHD_Result atcp_exporter_answer(struct MHD_Connection *connection,
					    unsigned int status, const char *type,
					    const char *text)
{
	struct MHD_Response *response;
	enum MHD_Result rc;

	response = MHD_create_response_from_buffer(strlen(text), (void *)text,
						   MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result atcp_exporter_metrics(struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);
	bool open = atcp_exporter_openmetrics(accept);
	enum MHD_Result rc;
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return MHD_NO;
	atcp_metrics_write(out, !open);
	if (fclose(out)) {
		free(text);
		return MHD_NO;
	}
	if (size)
		rc = atcp_exporter_answer(connection, MHD_HTTP_OK, open ?
					  ATCP_EXPORTER_OPENMETRICS : ATCP_EXPORTER_TEXT, text);
	else
		rc = atcp_exporter_answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain",
					  "The module atcp is not loaded.\n");
	free(text);
	return rc;
}

static enum MHD_Result atcp_exporter_request(void *data, struct MHD_Connection *connection,
					     const char *url, const char *method,
					     const char *version, const char *upload,
					     size_t *uploaded, void **request)
{
	(void)data;
	(void)version;
	(void)upload;
	(void)uploaded;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return atcp_exporter_answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
					    "text/plain", "GET or HEAD, please.\n");
	if (!strcmp(url, "/metrics"))
		return atcp_exporter_metrics(connection);
	if (!strcmp(url, "/"))
		return atcp_exporter_answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8",
					    ATCP_EXPORTER_PAGE);
	return atcp_exporter_answer(connection, MHD_HTTP_NOT_FOUND, "text/plain",
				    "There is /metrics here, and nothing else.\n");
}

/* A connection comes or goes; while it is there its socket's number is no other's. */
static void atcp_exporter_notify(void *data, struct MHD_Connection *connection,
				 void **context, enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info;
	struct atcp_exporter_client *client;
	int find, fd;

	(void)data;
	(void)context;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return;
	fd = info->connect_fd;
	find = what == MHD_CONNECTION_NOTIFY_STARTED ? -1 : fd;
	pthread_mutex_lock(&atcp_exporter.lock);
	for (client = atcp_exporter.clients;
	     client < atcp_exporter.clients + ATCP_EXPORTER_CONNECTIONS; client++) {
		if (client->fd != find)
			continue;
		client->fd = find < 0 ? fd : -1;
		client->until = atcp_exporter_now() + ATCP_EXPORTER_LIFE;
		break;
	}
	pthread_mutex_unlock(&atcp_exporter.lock);
	if (find < 0)
		pthread_kill(atcp_exporter.main, SIGUSR1);
}

/* Shuts down what has been there for too long; seconds until the next one, -1: none. */
static time_t atcp_exporter_overdue(void)
{
	time_t now = atcp_exporter_now(), wait = -1;
	struct atcp_exporter_client *client;

	pthread_mutex_lock(&atcp_exporter.lock);
	for (client = atcp_exporter.clients;
	     client < atcp_exporter.clients + ATCP_EXPORTER_CONNECTIONS; client++) {
		if (client->fd < 0)
			continue;
		if (now >= client->until) {
			shutdown(client->fd, SHUT_RDWR);
			client->until = now + 1;
		}
		if (wait < 0 || client->until - now < wait)
			wait = client->until - now;
	}
	pthread_mutex_unlock(&atcp_exporter.lock);
	return wait;
}

/* Until a signal says that it is the end. */
static void atcp_exporter_wait(const sigset_t *signals)
{
	struct timespec wait = { 0 };
	int signo;

	do {
		wait.tv_sec = atcp_exporter_overdue();
		signo = wait.tv_sec < 0 ? sigwaitinfo(signals, NULL) :
					  sigtimedwait(signals, NULL, &wait);
	} while (signo < 0 || signo == SIGUSR1);
}

/* The socket that systemd has made, -1 if there is none, -2 after a message. */
static int atcp_exporter_handed(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	if (!pid || !fds || strtol(pid, NULL, 10) != getpid())
		return -1;
	if (!strcmp(fds, "1"))
		return ATCP_EXPORTER_FD;
	atcp_main_warn("exporter: one socket, please, not %s", fds);
	return -2;
}

/* ADDRESS:PORT, to be freed. */
static char *atcp_exporter_address(const struct sockaddr_storage *addr, socklen_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool six = addr->ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)addr, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return atcp_file_format("?");
	return atcp_file_format("%s%s%s:%s", six ? "[" : "", host, six ? "]" : "", port);
}

static int atcp_exporter_listen(const struct atcp_exporter *conf)
{
	char *address;
	int family = conf->addr.ss_family, yes = 1, no = 0, sock;

	/* Not 0, which some ask for atcp by. */
	sock = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (sock < 0) {
		atcp_main_warn("exporter: cannot make a socket: %s", strerror(errno));
		return -2;
	}
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (family == AF_INET6)
		setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	if (bind(sock, (const struct sockaddr *)&conf->addr, conf->len) ||
	    listen(sock, ATCP_EXPORTER_CONNECTIONS)) {
		int err = errno;

		address = atcp_exporter_address(&conf->addr, conf->len);
		atcp_main_warn("exporter: cannot listen at %s: %s", address, strerror(err));
		free(address);
		close(sock);
		return -2;
	}
	return sock;
}

/* Is it a listener of the kernel's TCP? */
static int atcp_exporter_check(int sock)
{
	socklen_t len = sizeof(int), len2 = sizeof(int);
	int protocol = 0, listens = 0;

	if (getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) ||
	    getsockopt(sock, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len2) || !listens) {
		atcp_main_warn("exporter: what was handed over is no listening socket");
		return -1;
	}
	if (protocol == IPPROTO_TCP)
		return 0;
	atcp_main_warn("exporter: its socket is of protocol %d, not of the kernel's TCP (%s)",
		       protocol, "is this run by atcpctl run?");
	return -1;
}

static void atcp_exporter_say(int sock)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char *address;

	if (getsockname(sock, (struct sockaddr *)&addr, &len))
		return;
	address = atcp_exporter_address(&addr, len);
	printf("http://%s/metrics\n", address);
	fflush(stdout);
	free(address);
}

/**
 * atcp_exporter_serve() - answer requests until a signal ends it
 * @conf: where it listens, unless systemd has a socket for it
 *
 * Return: enum atcp_exit
 */
int atcp_exporter_serve(const struct atcp_exporter *conf)
{
	int sock = atcp_exporter_handed();
	struct MHD_Daemon *daemon;
	sigset_t signals;
	size_t i;

	if (sock == -1)
		sock = atcp_exporter_listen(conf);
	if (sock < 0 || atcp_exporter_check(sock))
		return ATCP_EXIT_FAIL;
	for (i = 0; i < ATCP_EXPORTER_CONNECTIONS; i++)
		atcp_exporter.clients[i].fd = -1;
	atcp_exporter.main = pthread_self();
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	/* The server's thread has the same mask. */
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
				  atcp_exporter_request, NULL,
				  MHD_OPTION_LISTEN_SOCKET, sock,
				  MHD_OPTION_CONNECTION_LIMIT, ATCP_EXPORTER_CONNECTIONS,
				  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)ATCP_EXPORTER_MEMORY,
				  MHD_OPTION_CONNECTION_TIMEOUT, ATCP_EXPORTER_IDLE,
				  MHD_OPTION_NOTIFY_CONNECTION, atcp_exporter_notify, NULL,
				  MHD_OPTION_END);
	if (!daemon) {
		atcp_main_warn("exporter: the server does not start: %s", strerror(errno));
		close(sock);
		return ATCP_EXIT_FAIL;
	}
	atcp_exporter_say(sock);
	atcp_exporter_wait(&signals);
	MHD_stop_daemon(daemon);
	return ATCP_EXIT_OK;
}
