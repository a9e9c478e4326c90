// SPDX-License-Identifier: GPL-2.0
/* The words of metrics: heads of families, labels, names. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "metrics_text.h"

/**
 * atcp_metrics_text_head() - what stands above the samples of a family
 * @text: where to
 * @family: its name, without the suffix of its samples
 * @type: counter, gauge, histogram or info
 * @unit: that its name ends with, NULL if it has none
 * @help: one line
 */
void atcp_metrics_text_head(const struct atcp_metrics_text *text, const char *family,
			    const char *type, const char *unit, const char *help)
{
	const char *suffix = "";

	/* There a family is called as its samples are, and info is no type. */
	if (text->prometheus && !strcmp(type, "counter"))
		suffix = "_total";
	if (text->prometheus && !strcmp(type, "info")) {
		suffix = "_info";
		type = "gauge";
	}
	fprintf(text->out, "# TYPE %s%s %s\n", family, suffix, type);
	if (unit && !text->prometheus)
		fprintf(text->out, "# UNIT %s %s\n", family, unit);
	fprintf(text->out, "# HELP %s%s %s\n", family, suffix, help);
}

/**
 * atcp_metrics_text_label() - a label with its value, escaped
 * @out: where to
 * @before: what stands before it: a brace or a comma
 * @name: of the label
 * @value: of the label
 */
void atcp_metrics_text_label(FILE *out, const char *before, const char *name,
			     const char *value)
{
	fprintf(out, "%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*value == '"' || *value == '\\')
			putc('\\', out);
		putc(*value, out);
	}
	putc('"', out);
}

/* Does a word begin at this letter: TcpExt, TCPMemoryPressures? */
static bool atcp_metrics_text_begins(const char *name, const char *at)
{
	if (at == name || !isupper((unsigned char)*at))
		return false;
	return islower((unsigned char)at[-1]) || isdigit((unsigned char)at[-1]) ||
	       (isupper((unsigned char)at[-1]) && islower((unsigned char)at[1]));
}

/**
 * atcp_metrics_text_name() - a counter's name as a metric's: small letters, digits, underscores
 * @prefix: what it begins with
 * @name: as the kernel calls it
 *
 * Return: to be freed.
 */
char *atcp_metrics_text_name(const char *prefix, const char *name)
{
	char *family = atcp_file_must(malloc(strlen(prefix) + 2 * strlen(name) + 1));
	char *out = stpcpy(family, prefix);
	const char *c;

	for (c = name; *c; c++) {
		if (atcp_metrics_text_begins(name, c))
			*out++ = '_';
		*out++ = isalnum((unsigned char)*c) ? tolower((unsigned char)*c) : '_';
	}
	*out = '\0';
	return family;
}
