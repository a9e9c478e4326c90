// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl complete: what may stand next on a command line, for the completion of shells:
 * a word a line, and after a tab what it means. All that there is to know is here; the
 * scripts in completion/ only ask. A line "@file" is for names of files, "@command N" for what
 * the program whose name is word N says.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "complete.h"
#include "file.h"
#include "key.h"
#include "knob.h"
#include "lcolumn.h"
#include "lknob.h"
#include "ltab.h"
#include "netns.h"
#include "owner.h"
#include "topdata.h"

#define ATCP_COMPLETE_LISTENERS \
	"--wide --sort --reverse --state --port --program --watch --count --all-netns --details"

static const char * const atcp_complete_global[] = {
	"-n", "-j", "-p", "-d", "-c", "-h", "-V", "--netns", "--json", "--pretty", "--details",
	"--color", "--all-netns", "--dry-run", "--help", "--version",
};

/* What a command takes besides its name: its options, and what its words are. */
static const struct {
	const char *name;
	const char *options;
	enum { NOTHING, KNOBS, SETTINGS, FILES, LISTENER, SELECTORS, PROGRAM } words;
} atcp_complete_table[] = {
	{ "get", "", KNOBS },
	{ "list", "", KNOBS },
	{ "set", "--dry-run", SETTINGS },
	{ "load", "--dry-run", FILES },
	{ "save", "--changed --all --dry-run", FILES },
	{ "listener", "--dry-run", LISTENER },
	{ "listeners", ATCP_COMPLETE_LISTENERS, SELECTORS },
	{ "top", "--interval --sort --reverse --hide-idle --once --batch --count", SELECTORS },
	{ "metrics", "--format --full --labels --all-netns", NOTHING },
	{ "exporter", "--listen --full --labels --all-netns", NOTHING },
	{ "trace", "--count --read --details", SELECTORS },
	{ "monitor", "--count", SELECTORS },
	{ "advise", "--interval --all --all-netns", SELECTORS },
	{ "ss", "--all-netns", PROGRAM },
	{ "nstat", "", PROGRAM },
	{ "run", "--preload --seccomp", PROGRAM },
	{ "version", "", NOTHING },
};

static const char *atcp_complete_prefix;
/* What stands before it in the same word: "--sort=", "listener,id,". */
static const char *atcp_complete_ahead = "";

/* One word, if it begins as what is typed. */
static void atcp_complete_word(const char *word, const char *meaning)
{
	if (strncmp(word, atcp_complete_prefix, strlen(atcp_complete_prefix)))
		return;
	if (meaning && *meaning)
		printf("%s%s\t%s\n", atcp_complete_ahead, word, meaning);
	else
		printf("%s%s\n", atcp_complete_ahead, word);
}

static void atcp_complete_list(const char *words)
{
	char *copy = atcp_file_format("%s", words), *save, *word;

	for (word = strtok_r(copy, " |", &save); word; word = strtok_r(NULL, " |", &save))
		atcp_complete_word(word, NULL);
	free(copy);
}

static void atcp_complete_netns(void)
{
	struct dirent *entry;
	DIR *dir = opendir(ATCP_NETNS_DIR);

	while (dir && (entry = readdir(dir)) != NULL)
		if (*entry->d_name != '.')
			atcp_complete_word(entry->d_name, "network namespace");
	if (dir)
		closedir(dir);
}

/* Addresses and ports, ports, numbers; of each listener with its program. */
static void atcp_complete_selectors(bool ports)
{
	struct atcp_ltab *tab = atcp_ltab_quietly();
	size_t i;

	for (i = 0; tab && i < tab->count; i++) {
		const struct atcp_ltab_listener *l = &tab->all[i];
		const char *port = strrchr(l->local, ':');
		char *program = atcp_owner_name(l), *id = atcp_file_format("id:%lu", l->id);
		char *meaning = atcp_file_format("%s %s", l->local, program);

		if (ports && port)
			atcp_complete_word(port + 1, program);
		if (!ports) {
			atcp_complete_word(l->local, program);
			if (port)
				atcp_complete_word(port, meaning);
			atcp_complete_word(id, meaning);
		}
		free(meaning);
		free(id);
		free(program);
	}
	atcp_ltab_free(tab);
}

static void atcp_complete_programs(void)
{
	struct atcp_ltab *tab = atcp_ltab_quietly();
	size_t i;

	for (i = 0; tab && i < tab->count; i++) {
		char *program = atcp_owner_name(&tab->all[i]);

		if (strcmp(program, "-"))
			atcp_complete_word(program, NULL);
		free(program);
	}
	atcp_ltab_free(tab);
}

/* NAME, or NAME= where a value is to follow. */
static void atcp_complete_name(const char *before, const char *name, bool value,
			       const char *meaning)
{
	char *word = atcp_file_format("%s%s%s", before, name, value ? "=" : "");

	atcp_complete_word(word, meaning);
	free(word);
}

static void atcp_complete_knobs(bool value)
{
	size_t i;

	for (i = 0; i < atcp_knob_count; i++)
		if (!value || !atcp_knob_table[i].readonly)
			atcp_complete_name("", atcp_knob_table[i].name, value,
					   atcp_knob_table[i].meaning);
}

static void atcp_complete_lknobs(const char *before, bool value)
{
	size_t i;

	for (i = 0; i < atcp_lknob_count; i++)
		atcp_complete_name(before, atcp_lknob_table[i].name, value,
				   atcp_lknob_table[i].meaning);
}

/* listener/SELECTOR/NAME, as far as it is typed. */
static void atcp_complete_paths(bool value)
{
	const char *slash = strrchr(atcp_complete_prefix, '/');
	struct atcp_ltab *tab;
	char *before;
	size_t i;

	/* A selector that is typed already, of whatever kind. */
	if (slash && slash > atcp_complete_prefix + 9 &&
	    !strncmp(atcp_complete_prefix, "listener/", 9)) {
		before = atcp_file_format("%.*s", (int)(slash + 1 - atcp_complete_prefix),
					  atcp_complete_prefix);
		atcp_complete_lknobs(before, value);
		free(before);
		return;
	}
	if (strncmp(atcp_complete_prefix, "listener/", strlen(atcp_complete_prefix) < 9 ?
		    strlen(atcp_complete_prefix) : 9) || !*atcp_complete_prefix)
		return;
	tab = atcp_ltab_quietly();
	for (i = 0; tab && i < tab->count; i++) {
		before = atcp_file_format("listener/%s/", tab->all[i].local);
		atcp_complete_lknobs(before, value);
		free(before);
	}
	atcp_ltab_free(tab);
}

/* A value of a knob, behind NAME=. */
static void atcp_complete_value(const char *name, const char *value, const char *meaning)
{
	char *word = atcp_file_format("%s%s", name, value);

	atcp_complete_word(word, meaning);
	free(word);
}

static void atcp_complete_values_of(const char *name, const struct atcp_lknob *knob,
				    long long max)
{
	char *words = knob && knob->words ? atcp_file_format("%s", knob->words) : NULL;
	char *save, *word;

	for (word = words ? strtok_r(words, "|", &save) : NULL; word;
	     word = strtok_r(NULL, "|", &save))
		atcp_complete_value(name, word, NULL);
	free(words);
	if (max == 1 && !(knob && knob->words)) {
		atcp_complete_value(name, "0", "no");
		atcp_complete_value(name, "1", "yes");
	}
}

/* What it is, and its default, if each is one number. */
static void atcp_complete_numbers(const char *name, const char *value, const char *def)
{
	if (value && *value && !strchr(value, ' '))
		atcp_complete_value(name, value, "as it is");
	if (def && *def && !strchr(def, ' ') && (!value || strcmp(def, value)))
		atcp_complete_value(name, def, "default");
}

/* What a knob can be set to: its words, what it is, and its default. */
static void atcp_complete_values(bool of_listener)
{
	const char *equals = strchr(atcp_complete_prefix, '='), *slash, *bare;
	char *name, *now;
	const struct atcp_lknob *lknob;
	const struct atcp_knob *knob;

	name = atcp_file_format("%.*s", (int)(equals + 1 - atcp_complete_prefix),
				atcp_complete_prefix);
	slash = strrchr(name, '/');
	of_listener |= !strncmp(name, "listener/", 9);
	now = atcp_file_format("%s", slash ? slash + 1 : name);
	now[strlen(now) - 1] = '\0';
	bare = !strncmp(now, ATCP_KNOB_PREFIX, 9) ? now + 9 : now;
	lknob = atcp_lknob_find(!strcmp(bare, "overflow_policy") ? "overflow" : bare);
	knob = of_listener ? NULL : atcp_knob_find(bare);
	atcp_complete_values_of(name, lknob, knob ? knob->max : lknob ? lknob->max : 0);
	if (of_listener) {
		atcp_complete_value(name, "inherit", "what the namespace says");
	} else if (knob) {
		char *value = atcp_knob_read(bare), *other = NULL;

		if (!strcmp(bare, "congestion_control"))
			other = atcp_knob_read("available_congestion_control");
		/* Where there are words these say it better. */
		if (!other && !(lknob && lknob->words) && knob->max != 1)
			atcp_complete_numbers(name, value, knob->def);
		if (other) {
			char *save, *word;

			for (word = strtok_r(other, " ", &save); word;
			     word = strtok_r(NULL, " ", &save))
				atcp_complete_value(name, word, NULL);
		}
		free(other);
		free(value);
	}
	free(now);
	free(name);
}

static void atcp_complete_columns(const char *command)
{
	unsigned int i;

	for (i = 0; i < ATCP_LCOLUMNS && !strcmp(command, "listeners"); i++)
		atcp_complete_word(atcp_lcolumn_name(i), NULL);
	for (i = 0; i < ATCP_TOPDATA_ORDERS && !strcmp(command, "top"); i++)
		atcp_complete_word(atcp_topdata_orders[i], NULL);
}

/* From here on what is typed begins behind the first so many letters of it. */
static void atcp_complete_skip(size_t letters)
{
	static char *ahead;
	char *more = atcp_file_format("%s%.*s", atcp_complete_ahead, (int)letters,
				      atcp_complete_prefix);

	free(ahead);
	ahead = more;
	atcp_complete_ahead = ahead;
	atcp_complete_prefix += letters;
}

/* One of several with commas between them. */
static void atcp_complete_labels(void)
{
	const char *comma = strrchr(atcp_complete_prefix, ',');

	if (comma)
		atcp_complete_skip(comma + 1 - atcp_complete_prefix);
	atcp_complete_list("listener id inode uid family program");
}

static void atcp_complete_commands(void)
{
	const struct atcp_command *commands;
	size_t count, i;

	commands = atcp_main_all(&count);
	for (i = 0; i < count; i++)
		if (commands[i].summary)
			atcp_complete_word(commands[i].name, commands[i].summary);
}

/* The word after an option that takes one; false: it takes none. */
static bool atcp_complete_argument(const char *command, const char *option)
{
	if (!strcmp(option, "-n") || !strcmp(option, "--netns"))
		atcp_complete_netns();
	else if (!strcmp(option, "--sort"))
		atcp_complete_columns(command);
	else if (!strcmp(option, "--state"))
		atcp_complete_list("listen drain");
	else if (!strcmp(option, "--port"))
		atcp_complete_selectors(true);
	else if (!strcmp(option, "--program"))
		atcp_complete_programs();
	else if (!strcmp(option, "--format"))
		atcp_complete_list("openmetrics prometheus");
	else if (!strcmp(option, "--labels"))
		atcp_complete_labels();
	else if (!strcmp(option, "--listen"))
		atcp_complete_list("127.0.0.1:9253 [::1]:9253");
	else if (!strcmp(option, "-r") || !strcmp(option, "--read"))
		return !strcmp(command, "trace") && puts("@file") >= 0;
	else if (strcmp(option, "-i") && strcmp(option, "--interval") && strcmp(option, "--count"))
		return false;
	return true;
}

/* --OPTION=VALUE, of which the value is being typed. */
static void atcp_complete_equals(const char *command)
{
	size_t letters = strcspn(atcp_complete_prefix, "=");
	char *option = atcp_file_format("%.*s", (int)letters, atcp_complete_prefix);

	atcp_complete_skip(letters + 1);
	if (!strcmp(option, "--color") || !strcmp(option, "-c"))
		atcp_complete_list("always auto never");
	else
		atcp_complete_argument(command, option);
	free(option);
}

/* The words of "listener": a selector, what to do, and knobs. */
static void atcp_complete_listener(int words, char **argv)
{
	const char *what = words > 1 ? argv[1] : "";

	if (words == 0)
		atcp_complete_selectors(false);
	else if (words == 1)
		atcp_complete_list("get reset set show");
	else if (!strcmp(what, "set") && strchr(atcp_complete_prefix, '='))
		atcp_complete_values(true);
	else if (!strcmp(what, "set") || !strcmp(what, "get"))
		atcp_complete_lknobs("", !strcmp(what, "set"));
}

/* What stands after a command: words of it, without options; the last is being typed. */
static void atcp_complete_words(size_t row, int at, int words, char **argv)
{
	bool value = atcp_complete_table[row].words == SETTINGS;

	switch (atcp_complete_table[row].words) {
	case KNOBS:
	case SETTINGS:
		if (value && strchr(atcp_complete_prefix, '=')) {
			atcp_complete_values(false);
			break;
		}
		atcp_complete_knobs(value);
		atcp_complete_paths(value);
		break;
	case FILES:
		puts("@file");
		break;
	case LISTENER:
		atcp_complete_listener(words, argv);
		break;
	case SELECTORS:
		atcp_complete_selectors(false);
		break;
	case PROGRAM:
		printf("@command %d\n", at);
		break;
	default:
		break;
	}
}

static bool atcp_complete_is_netns(const char *option)
{
	return !strcmp(option, "-n") || !strcmp(option, "--netns");
}

static void atcp_complete_command(size_t row, int argc, char **argv, int at)
{
	const char *name = atcp_complete_table[row].name, *before = argc > 1 ? argv[argc - 2] : "";
	bool program = atcp_complete_table[row].words == PROGRAM;
	char **rest = atcp_file_must(calloc(argc + 1, sizeof(*rest)));
	int i, words = 0;

	for (i = 0; i < argc - 1; i++) {
		if (argv[i][0] != '-')
			rest[words++] = argv[i];
		else if (!program && i + 1 < argc - 1 && atcp_complete_is_netns(argv[i]))
			atcp_netns_try(argv[++i]);
	}
	/* Of a program that is run the words are its own; ss and nstat are programs themselves. */
	if (program && !strcmp(name, "run"))
		at += 1 + (argc - 1 - words);
	if (*atcp_complete_prefix == '-' && strchr(atcp_complete_prefix, '=') && !program) {
		atcp_complete_equals(name);
	} else if (*atcp_complete_prefix == '-' && !(program && words)) {
		atcp_complete_list(atcp_complete_table[row].options);
		if (!program)
			atcp_complete_list("--help --json --pretty --netns --color");
		if (program && strcmp(name, "run"))
			printf("@command %d\n", at);
	} else if (argc < 2 || *before != '-' || program ||
		   !atcp_complete_argument(name, before)) {
		atcp_complete_words(row, at, words, rest);
	}
	free(rest);
}

/**
 * atcp_complete_run() - the complete subcommand
 * @argc: number of words
 * @argv: "complete", and what stands after atcpctl, the last word as far as it is typed
 *
 * Return: enum atcp_exit
 */
int atcp_complete_run(int argc, char **argv)
{
	size_t row;
	int i;

	if (argc > 1 && !strcmp(argv[1], "--")) {
		argc--;
		argv++;
	}
	atcp_complete_prefix = argc > 1 ? argv[argc - 1] : "";
	for (i = 1; i < argc - 1 && *argv[i] == '-'; i++)
		if (atcp_complete_is_netns(argv[i])) {
			if (++i == argc - 1)
				atcp_complete_netns();
			else
				atcp_options.netns = argv[i];
		}
	if (i >= argc) {
		return ATCP_EXIT_OK;
	} else if (i == argc - 1) {
		if (*atcp_complete_prefix == '-' && strchr(atcp_complete_prefix, '=')) {
			atcp_complete_equals("");
			return ATCP_EXIT_OK;
		}
		atcp_complete_commands();
		atcp_complete_word("help", "what a command takes");
		if (*atcp_complete_prefix == '-')
			for (row = 0; row < ARRAY_SIZE(atcp_complete_global); row++)
				atcp_complete_word(atcp_complete_global[row], NULL);
		return ATCP_EXIT_OK;
	}
	if (!strcmp(argv[i], "help") && i == argc - 2)
		atcp_complete_commands();
	/* Without the right to enter it what is offered is this one's. */
	if (atcp_options.netns)
		atcp_netns_try(atcp_options.netns);
	for (row = 0; row < ARRAY_SIZE(atcp_complete_table); row++)
		if (!strcmp(atcp_complete_table[row].name, argv[i]))
			atcp_complete_command(row, argc - i - 1, argv + i + 1, i);
	return ATCP_EXIT_OK;
}
