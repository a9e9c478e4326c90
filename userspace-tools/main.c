// SPDX-License-Identifier: GPL-2.0
/* atcpctl: reads the command line and hands over to one subcommand. */
#include <errno.h>
#include <linux/atcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "atcpctl.h"
#include "complete.h"
#include "everyns.h"
#include "file.h"
#include "netns.h"
#include "version.h"

struct atcp_options atcp_options;

static const struct atcp_command atcp_main_commands[] = {
	{ "get", atcp_get_run, false, "NAME...",
	  "print knobs", NULL },
	{ "set", atcp_set_run, false, "NAME=VALUE...",
	  "set knobs, all of them or none", NULL },
	{ "list", atcp_list_run, false, "[WORD | PATTERN...]",
	  "every knob: value, unit, range, default, meaning", NULL },
	{ "load", atcp_load_run, false, "FILE",
	  "set knobs from a sysctl.conf-like file, all or none; - is stdin", NULL },
	{ "save", atcp_save_run, false, "[--changed | --all] [FILE]",
	  "write the knobs that differ from their defaults, or all, in the form that load reads",
	  atcp_save_option },
	{ "listener", atcp_listener_run, false,
	  "SELECTOR get [KNOB...] | set KNOB=VALUE... | reset | show",
	  "knobs and figures of one listener, or of all that match", NULL },
	{ "listeners", atcp_listeners_run, false,
	  "[-w] [--sort COLUMN] [-r] [--state S] [--port N] [--program NAME] [--watch[=SECONDS]] [SELECTOR...]",
	  "SYN queue and accept queue of every listener", atcp_listeners_option },
	{ "top", atcp_top_run, false,
	  "[-i SECONDS] [--sort COLUMN] [-r] [--hide-idle] [--once | -b | --count N] [SELECTOR...]",
	  "the listeners live: queues as bars, rates, reasons", atcp_top_option },
	{ "metrics", atcp_metrics_run, false,
	  "[--format openmetrics|prometheus] [--full] [--labels NAME,...]",
	  "queues and counters as OpenMetrics text, or Prometheus'", atcp_metrics_command_option },
	{ "exporter", atcp_exporter_run, false,
	  "[--listen ADDRESS:PORT] [--full] [--labels NAME,...]",
	  "serve the metrics by HTTP, for Prometheus", atcp_exporter_option },
	{ "trace", atcp_trace_run, false,
	  "[--count N] [--read FILE] [SELECTOR...]",
	  "handshakes as they happen, each with its verdict", atcp_trace_option },
	{ "monitor", atcp_monitor_run, false, "[--count N] [SELECTOR...]",
	  "what happens to the listeners and their knobs, a line each", atcp_monitor_option },
	{ "advise", atcp_advise_run, false, "[-i SECONDS | --all] [SELECTOR...]",
	  "what is wrong, by what figures, and the command that mends it", atcp_advise_option },
	{ "ss", atcp_ss_run, true, "[--all-netns | ARGS...]",
	  "ss(8) on atcp's sockets", NULL },
	{ "nstat", atcp_nstat_run, true, "[ARGS...]",
	  "nstat(8) on atcp's counters", NULL },
	{ "run", atcp_run_run, true, "[-p | -s] [--] PROGRAM [ARGS...]",
	  "run a program with its TCP sockets on atcp", NULL },
	{ "version", atcp_version_run, false, "",
	  "of atcpctl and of the loaded module", NULL },
	{ "complete", atcp_complete_run, true, "WORD...", NULL, NULL },
};

/**
 * atcp_main_warn() - say on standard error what is wrong
 * @fmt: printf format, without the program's name and the newline
 */
void atcp_main_warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("atcpctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/**
 * atcp_main_interval() - read the time of an option
 * @argc: words left
 * @argv: the option and its value
 * @seconds: result
 *
 * Return: words taken, -1 after a message.
 */
int atcp_main_interval(int argc, char **argv, double *seconds)
{
	char *end;

	*seconds = argc > 1 ? strtod(argv[1], &end) : 0;
	if (argc > 1 && end != argv[1] && !*end && *seconds >= 0.01 &&
	    *seconds <= 86400)
		return 2;
	atcp_main_warn("%s: \"%s\" is not a time: range 0.01..86400, unit seconds",
		       argv[0], argc > 1 ? argv[1] : "");
	return -1;
}

/**
 * atcp_main_all() - every subcommand
 * @count: how many
 *
 * Return: the first of them.
 */
const struct atcp_command *atcp_main_all(size_t *count)
{
	*count = ARRAY_SIZE(atcp_main_commands);
	return atcp_main_commands;
}

static void atcp_main_help(FILE *out)
{
	size_t i;

	fputs("Usage: atcpctl [OPTIONS] COMMAND [ARGUMENTS]\n\nCOMMANDS\n", out);
	for (i = 0; i < ARRAY_SIZE(atcp_main_commands); i++) {
		const struct atcp_command *cmd = &atcp_main_commands[i];

		/* For shells, not for people. */
		if (!cmd->summary)
			continue;
		fprintf(out, "  %s %s\n\t%s\n", cmd->name, cmd->synopsis,
			cmd->summary);
	}
	fputs("\nOPTIONS\n"
	      "  -n, --netns NETNS    work in the network namespace NETNS (a name or a path)\n"
	      "  -j, --json           JSON output\n"
	      "  -p, --pretty         JSON output, indented\n"
	      "  -d, --details        listeners: every field\n"
	      "  -c, --color[=WHEN]   colours: always, auto or never\n"
	      "      --all-netns      listeners, advise, metrics, exporter, ss: of every network namespace\n"
	      "      --dry-run        set, load, listener, save: say what would be changed, and change nothing\n"
	      "  -h, --help           this text; after a command: that command's\n"
	      "  -V, --version        version\n"
	      "\nSee atcpctl(8) and atcp(7).\n", out);
}

/* Of one command, for CMD --help. */
static void atcp_main_help_of(const struct atcp_command *cmd)
{
	printf("Usage: atcpctl [OPTIONS] %s %s\n\t%s\n", cmd->name, cmd->synopsis,
	       cmd->summary);
	puts("\nOPTIONS are those of atcpctl --help; see atcpctl(8).");
}

/* Ours of a command that runs another program, and that program's own. */
static int atcp_main_help_through(const struct atcp_command *cmd, char **argv)
{
	atcp_main_help_of(cmd);
	if (!strcmp(cmd->name, "run"))
		return ATCP_EXIT_OK;
	puts("");
	fflush(stdout);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	execvp(cmd->name, (char *[]){ (char *)cmd->name, argv[1], NULL });
	atcp_main_warn("cannot run %s: %s", cmd->name, strerror(errno));
	return ATCP_EXIT_FAIL;
}

static bool atcp_main_among(const struct atcp_command *cmd, const char *const *names)
{
	while (*names && strcmp(*names, cmd->name))
		names++;
	return *names;
}

/* An option that means nothing to the command is not passed over in silence. */
static int atcp_main_suits(const struct atcp_command *cmd)
{
	static const char *const no_json[] = {
		"save", "metrics", "exporter", "ss", "nstat", "run", NULL
	};
	static const char *const all[] = {
		"listeners", "advise", "metrics", "exporter", "ss", NULL
	};
	static const char *const changes[] = { "set", "load", "listener", "save", NULL };

	if (atcp_options.json && atcp_main_among(cmd, no_json)) {
		atcp_main_warn("%s: there is no JSON of it%s", cmd->name, cmd->passthrough ?
			       " (the program's own options stand after it)" : "");
		return -1;
	}
	if (atcp_options.dry && !atcp_main_among(cmd, changes)) {
		atcp_main_warn("%s: it changes nothing, so there is no --dry-run", cmd->name);
		return -1;
	}
	if (atcp_options.all_netns && !atcp_main_among(cmd, all)) {
		atcp_main_warn("%s: it is of one network namespace, so there is no --all-netns",
			       cmd->name);
		return -1;
	}
	if (atcp_options.all_netns && atcp_options.netns) {
		atcp_main_warn("either --all-netns or -n");
		return -1;
	}
	return 0;
}

static int atcp_main_color(const char *when)
{
	if (!strcmp(when, "always")) {
		atcp_options.color = true;
	} else if (!strcmp(when, "never")) {
		atcp_options.color = false;
	} else if (strcmp(when, "auto")) {
		atcp_main_warn("--color=%s: it is always, auto or never", when);
		return -1;
	}
	return 0;
}

/* Does arg spell the option, with one dash or two, as iproute2 allows? */
static bool atcp_main_is(const char *arg, const char *brief, const char *full)
{
	if (!strcmp(arg, brief))
		return true;
	if (arg[0] == '-' && arg[1] == '-')
		arg++;
	return arg[0] == '-' && !strcmp(arg + 1, full);
}

/*
 * One option at argv[0], argc words left. Returns the number of words it
 * took, 0 when argv[0] is no option of ours, -1 when it is used wrongly.
 */
static int atcp_main_option(int argc, char **argv, const struct atcp_command *cmd)
{
	const char *arg = argv[0];
	const char *value;

	if (atcp_main_is(arg, "-j", "json")) {
		atcp_options.json = true;
	} else if (atcp_main_is(arg, "-p", "pretty")) {
		atcp_options.json = true;
		atcp_options.pretty = true;
	} else if (atcp_main_is(arg, "-d", "details")) {
		atcp_options.details = true;
	} else if (atcp_main_is(arg, "-c", "color")) {
		atcp_options.color = true;
	} else if (!strncmp(arg, "-c=", 3) || !strncmp(arg, "-color=", 7) ||
		   !strncmp(arg, "--color=", 8)) {
		return atcp_main_color(strchr(arg, '=') + 1) ? -1 : 1;
	} else if (atcp_main_is(arg, "-h", "help")) {
		if (cmd)
			atcp_main_help_of(cmd);
		else
			atcp_main_help(stdout);
		exit(ATCP_EXIT_OK);
	} else if (!strcmp(arg, "--dry-run")) {
		atcp_options.dry = true;
	} else if (!strcmp(arg, "--all-netns")) {
		atcp_options.all_netns = true;
	} else if (atcp_main_is(arg, "-V", "version") ||
		   !strcmp(arg, "-Version")) {
		puts("atcpctl, version " ATCP_VERSION);
		atcp_version_check();
		exit(ATCP_EXIT_OK);
	} else if (atcp_main_is(arg, "-n", "netns")) {
		if (argc < 2) {
			atcp_main_warn("option %s needs a network namespace",
				       arg);
			return -1;
		}
		atcp_options.netns = argv[1];
		return 2;
	} else if (!strncmp(arg, "--netns=", 8)) {
		value = arg + 8;
		atcp_options.netns = value;
	} else {
		return 0;
	}
	return 1;
}

/* A command's --OPTION=VALUE is its --OPTION VALUE; the words taken, 0 if it is neither. */
static int atcp_main_equals(char *arg, const struct atcp_command *cmd)
{
	char *equals = strchr(arg, '='), *words[3];
	int took;

	if (strncmp(arg, "--", 2) || !equals || !cmd || !cmd->option)
		return 0;
	*equals = '\0';
	words[0] = arg;
	words[1] = equals + 1;
	words[2] = NULL;
	took = cmd->option(2, words);
	/* Who runs this command line again needs it as it was. */
	*equals = '=';
	return took == 2 ? 1 : took < 0 ? -1 : 0;
}

/*
 * Takes the options out of argv, in place. Without @cmd only those before the
 * first other word; otherwise all up to "--", the command's own among them.
 * Returns the new argc, or -1.
 */
static int atcp_main_options(int argc, char **argv,
			     const struct atcp_command *cmd)
{
	int in = 1, out = 1;

	while (in < argc) {
		int took = 0;

		if (argv[in][0] != '-' || !argv[in][1]) {
			if (!cmd)
				break;
		} else if (strcmp(argv[in], "--")) {
			/* A command's own come first: -a is not the same to all. */
			took = cmd && cmd->option ? cmd->option(argc - in, argv + in) : 0;
			if (!took)
				took = atcp_main_option(argc - in, argv + in, cmd);
			if (!took)
				took = atcp_main_equals(argv[in], cmd);
			if (!took) {
				atcp_main_warn("unknown option %s (see atcpctl --help)",
					       argv[in]);
				return -1;
			}
			if (took < 0)
				return -1;
			in += took;
			continue;
		} else {
			in++;
			break;
		}
		argv[out++] = argv[in++];
	}
	while (in < argc)
		argv[out++] = argv[in++];
	argv[out] = NULL;
	return out;
}

static const struct atcp_command *atcp_main_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_main_commands); i++)
		if (!strcmp(atcp_main_commands[i].name, name))
			return &atcp_main_commands[i];
	return NULL;
}

static int atcp_main_unknown(const char *name)
{
	const char *nearest = NULL;
	size_t i, least = 0;

	for (i = 0; i < ARRAY_SIZE(atcp_main_commands); i++)
		if (atcp_main_commands[i].summary &&
		    atcp_alias_nearer(name, atcp_main_commands[i].name, &least))
			nearest = atcp_main_commands[i].name;
	atcp_main_warn("unknown command \"%s\" (see atcpctl --help)%s%s%s", name,
		       nearest ? "; did you mean " : "", nearest ? nearest : "",
		       nearest ? "?" : "");
	return ATCP_EXIT_USAGE;
}

/* What was printed is not done before it is written: a full disk is a failure. */
static void atcp_main_flush(void)
{
	int err = 0;

	if (fflush(stdout))
		err = errno;
	else if (ferror(stdout))
		err = EIO;
	/* A reader that has had enough is no failure. */
	if (!err || err == EPIPE)
		return;
	atcp_main_warn("cannot write: %s", strerror(err));
	_exit(ATCP_EXIT_FAIL);
}

int main(int argc, char **argv)
{
	/* Those that are run in each namespace; the others see to it themselves. */
	static const char *const joined[] = { "listeners", "advise", NULL };
	const struct atcp_command *cmd;

	atexit(atcp_main_flush);
	atcp_options.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	atcp_options.argv = atcp_file_must(calloc(argc + 1, sizeof(*argv)));
	memcpy(atcp_options.argv, argv, argc * sizeof(*argv));
	argc = atcp_main_options(argc, argv, NULL);
	if (argc < 0)
		return ATCP_EXIT_USAGE;
	if (argc < 2) {
		atcp_main_help(stderr);
		return ATCP_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc == 2) {
		atcp_main_help(stdout);
		return ATCP_EXIT_OK;
	}
	/* "help CMD" is "CMD --help". */
	if (!strcmp(argv[1], "help")) {
		argv[1] = argv[2];
		argv[2] = atcp_file_format("--help");
		argv[3] = NULL;
		argc = 3;
	}
	cmd = atcp_main_find(argv[1]);
	if (!cmd)
		return atcp_main_unknown(argv[1]);
	argc--;
	argv++;
	if (!cmd->passthrough) {
		argc = atcp_main_options(argc, argv, cmd);
		if (argc < 0)
			return ATCP_EXIT_USAGE;
	}
	if (cmd->passthrough && cmd->summary && argc == 2 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return atcp_main_help_through(cmd, argv);
	if (atcp_main_suits(cmd))
		return ATCP_EXIT_USAGE;
	if (cmd->run != atcp_version_run && cmd->summary)
		atcp_version_check();
	if (atcp_options.netns && atcp_netns_enter(atcp_options.netns))
		return ATCP_EXIT_FAIL;
	if (atcp_options.all_netns && atcp_main_among(cmd, joined))
		return atcp_everyns_command(cmd, argc, argv);
	return cmd->run(argc, argv);
}
