// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl exporter: its options, and which format is asked for. The server is a program of
 * its own (exporter_serve.c), so that no other command loads the library that it needs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atcpctl.h"
#include "exporter.h"

#define ATCP_EXPORTER_LISTEN	"127.0.0.1:9253"

static const char *atcp_exporter_where = ATCP_EXPORTER_LISTEN;

/* ADDRESS:PORT, [ADDRESS]:PORT, or :PORT for every address. */
static int atcp_exporter_parse(const char *word, struct atcp_exporter *conf)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&conf->addr;
	struct sockaddr_in *in = (struct sockaddr_in *)&conf->addr;
	char text[INET6_ADDRSTRLEN + 16], *colon, *end;
	unsigned long port;

	memset(conf, 0, sizeof(*conf));
	if (strlen(word) >= sizeof(text))
		return -1;
	strcpy(text, word);
	colon = strrchr(text, ':');
	if (!colon || colon[1] < '0' || colon[1] > '9')
		return -1;
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (errno || *end || port > 65535)
		return -1;
	*colon = '\0';
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		conf->len = sizeof(*in);
		return 0;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	conf->len = sizeof(*in6);
	if (!*text)
		return 0;
	if (*text != '[' || colon[-1] != ']')
		return -1;
	colon[-1] = '\0';
	return inet_pton(AF_INET6, text + 1, &in6->sin6_addr) == 1 ? 0 : -1;
}

/* The weight of one media range, in thousandths. */
static int atcp_exporter_weight(const char *range, size_t len)
{
	const char *q = range, *end = range + len;

	while ((q = memchr(q, ';', end - q)) != NULL) {
		q += 1 + strspn(q + 1, " \t");
		if (q + 2 <= end && strchr("qQ", *q) && q[1] == '=')
			return strtod(q + 2, NULL) * 1000 + 0.5;
	}
	return 1000;
}

static bool atcp_exporter_range_is(const char *range, size_t len, const char *type)
{
	size_t name = strcspn(range, "; \t,");

	return name <= len && name == strlen(type) && !strncasecmp(range, type, name);
}

/**
 * atcp_exporter_openmetrics() - is OpenMetrics what a client wants rather than plain text?
 * @accept: its Accept header (RFC 9110, section 12.5.1); NULL if there is none
 *
 * Return: it is named, and no plain text weighs more.
 */
bool atcp_exporter_openmetrics(const char *accept)
{
	int open = 0, text = 0, weight;
	size_t len;

	for (; accept && *accept; accept += len + (accept[len] == ',')) {
		accept += strspn(accept, " \t");
		len = strcspn(accept, ",");
		weight = atcp_exporter_weight(accept, len);
		if (atcp_exporter_range_is(accept, len, "application/openmetrics-text") &&
		    weight > open)
			open = weight;
		else if (atcp_exporter_range_is(accept, len, "text/plain") && weight > text)
			text = weight;
	}
	return open && open >= text;
}

/**
 * atcp_exporter_option() - an option of exporter
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of exporter's, -1 after a message.
 */
int atcp_exporter_option(int argc, char **argv)
{
	bool own = !strncmp(argv[0], "--listen=", 9);
	struct atcp_exporter conf;

	if (!own && strcmp(argv[0], "--listen"))
		return atcp_metrics_option(argc, argv);
	atcp_exporter_where = own ? argv[0] + 9 : argc > 1 ? argv[1] : "";
	if (!atcp_exporter_parse(atcp_exporter_where, &conf))
		return own ? 1 : 2;
	atcp_main_warn("--listen: \"%s\" is not ADDRESS:PORT, such as " ATCP_EXPORTER_LISTEN
		       " or [::1]:9253", atcp_exporter_where);
	return -1;
}

/**
 * atcp_exporter_run() - the exporter subcommand
 * @argc: number of words
 * @argv: "exporter" alone
 *
 * Return: enum atcp_exit
 */
int atcp_exporter_run(int argc, char **argv)
{
	struct atcp_exporter conf;

	if (argc > 1) {
		atcp_main_warn("exporter: \"%s\": no arguments, please", argv[1]);
		return ATCP_EXIT_USAGE;
	}
	atcp_exporter_parse(atcp_exporter_where, &conf);
	return atcp_exporter_serve(&conf);
}
