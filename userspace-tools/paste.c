// SPDX-License-Identifier: GPL-2.0
/* What a command needs before its name so that it does the same when it is pasted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "paste.h"

static const char atcp_paste_plain[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,-";

/* A word as the shell reads it back. */
static char *atcp_paste_quote(const char *word)
{
	char *text = atcp_file_must(malloc(strlen(word) * 4 + 3)), *out = text;

	if (*word && !word[strspn(word, atcp_paste_plain)])
		return strcpy(text, word);
	*out++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			out = stpcpy(out, "'\\''");
		else
			*out++ = *word;
	}
	strcpy(out, "'");
	return text;
}

/**
 * atcp_paste_prefix() - atcpctl, and the namespace that this one works in
 *
 * Return: a text to be freed.
 */
char *atcp_paste_prefix(void)
{
	char *netns, *text;

	if (!atcp_options.netns)
		return atcp_file_format("atcpctl");
	netns = atcp_paste_quote(atcp_options.netns);
	text = atcp_file_format("atcpctl -n %s", netns);
	free(netns);
	return text;
}

/**
 * atcp_paste_tool() - the same for a message
 *
 * Return: a text that is good until the next call.
 */
const char *atcp_paste_tool(void)
{
	static char *tool;

	free(tool);
	tool = atcp_paste_prefix();
	return tool;
}
