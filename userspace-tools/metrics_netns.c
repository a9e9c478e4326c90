// SPDX-License-Identifier: GPL-2.0
/* Metrics of the network namespace: its counters, sockets and devices with the flood guard. */
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "metrics_text.h"
#include "proc.h"

/* Names in /proc/net/atcp/snmp and netstat that are levels, not counts. */
static const char * const atcp_metrics_netns_levels[] = {
	"RtoAlgorithm", "RtoMin", "RtoMax", "MaxConn", "CurrEstab",
};

/* The only sample of a family, whose head has been written. */
static void atcp_metrics_netns_sample(const struct atcp_metrics_text *text, const char *family,
				      const char *suffix, const char *value)
{
	fprintf(text->out, "%s%s", family, suffix);
	if (atcp_options.netns) {
		atcp_metrics_text_label(text->out, "{", "netns", atcp_options.netns);
		putc('}', text->out);
	}
	fprintf(text->out, " %s\n", value);
}

static void atcp_metrics_netns_mib(const struct atcp_metrics_text *text, const char *group,
				   const char *name, const char *value)
{
	char *prefix = atcp_metrics_text_name("atcp_netstat_", group);
	char *long_prefix = atcp_file_format("%s_", prefix);
	char *family = atcp_metrics_text_name(long_prefix, name), *help;
	bool level = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_metrics_netns_levels); i++)
		level |= !strcmp(atcp_metrics_netns_levels[i], name);
	help = atcp_file_format("%s: %s of the network namespace.", group, name);
	atcp_metrics_text_head(text, family, level ? "gauge" : "counter", NULL, help);
	atcp_metrics_netns_sample(text, family, level ? "" : "_total", value);
	free(help);
	free(family);
	free(long_prefix);
	free(prefix);
}

/* Pairs of lines: "Group: names" and "Group: values". */
static int atcp_metrics_netns_file(const struct atcp_metrics_text *text, const char *file)
{
	char *read = atcp_proc_read(file), *names, *values, *lines = NULL;
	char *name, *value, *in_names = NULL, *in_values = NULL, *group;

	if (!read) {
		atcp_proc_absent(file);
		return -1;
	}
	names = strtok_r(read, "\n", &lines);
	while (names && (values = strtok_r(NULL, "\n", &lines)) != NULL) {
		group = strtok_r(names, ": ", &in_names);
		strtok_r(values, ": ", &in_values);
		while (group && (name = strtok_r(NULL, " ", &in_names)) &&
		       (value = strtok_r(NULL, " ", &in_values)))
			atcp_metrics_netns_mib(text, group, name, value);
		names = strtok_r(NULL, "\n", &lines);
	}
	free(read);
	return 0;
}

/* Lines of "GROUP: name value name value". */
static int atcp_metrics_netns_sockstat(const struct atcp_metrics_text *text, const char *file)
{
	char *read = atcp_proc_read(file), *line, *lines = NULL;
	char *group, *name, *value, *words = NULL, *family;

	if (!read) {
		atcp_proc_absent(file);
		return -1;
	}
	for (line = strtok_r(read, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		group = strtok_r(line, ": ", &words);
		while (group && (name = strtok_r(NULL, " ", &words)) &&
		       (value = strtok_r(NULL, " ", &words))) {
			family = atcp_file_format("atcp_sockstat_%s_%s", group, name);
			atcp_metrics_text_head(text, family, "gauge", NULL,
					       strcmp(name, "mem") ?
					       "Sockets of the network namespace." :
					       "Memory of all queues, in pages.");
			atcp_metrics_netns_sample(text, family, "", value);
			free(family);
		}
	}
	free(read);
	return 0;
}

/* How many devices have the guard: with none guard=1 does nothing. */
static void atcp_metrics_netns_guard(const struct atcp_metrics_text *text)
{
	char *devices = atcp_knob_read("guard_devices"), *save, *number;
	unsigned int count = 0;

	if (!devices)
		return;
	if (strtok_r(devices, " ,", &save))
		for (count = 1; strtok_r(NULL, " ,", &save); count++)
			;
	number = atcp_file_format("%u", count);
	atcp_metrics_text_head(text, "atcp_guard_devices", "gauge", NULL,
			       "Devices where floods are answered before the IP stack.");
	atcp_metrics_netns_sample(text, "atcp_guard_devices", "", number);
	free(number);
	free(devices);
}

/**
 * atcp_metrics_netns() - the metrics of the network namespace
 * @text: where to
 *
 * Return: 0, or -1 after a message about a file that is not there.
 */
int atcp_metrics_netns(const struct atcp_metrics_text *text)
{
	int rc;

	atcp_metrics_netns_guard(text);
	rc = atcp_metrics_netns_file(text, "net/atcp/snmp");
	rc |= atcp_metrics_netns_file(text, "net/atcp/netstat");
	rc |= atcp_metrics_netns_sockstat(text, "net/atcp/sockstat");
	return rc | atcp_metrics_netns_sockstat(text, "net/atcp/sockstat6");
}
