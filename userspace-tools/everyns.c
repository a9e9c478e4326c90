// SPDX-License-Identifier: GPL-2.0
/*
 * Does the same in every network namespace, and joins what comes of it: --all-netns.
 *
 * The namespaces are those with a name in /run/netns, and those that a process is in,
 * which are called by a path of it. Each gets a child process that enters it and prints
 * into a pipe; some of them at a time, as one may take an interval of its own.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "atcpctl.h"
#include "everyns.h"
#include "file.h"
#include "knob.h"
#include "netns.h"
#include "proc.h"
#include "table.h"

/* Children at a time. */
#define ATCP_EVERYNS_AT_ONCE	16

/**
 * struct atcp_everyns_one - a network namespace
 * @number: its inode
 * @name: as atcpctl -n takes it; NULL for the one that the tool is in
 * @fd: its file, for who gave it its name may be gone when its turn comes;
 *	-1: it could not be opened
 * @pid: the child that is in it
 * @pipe: what that prints
 * @text: all of it
 * @rc: how it ended
 */
struct atcp_everyns_one {
	ino_t number;
	char *name;
	int fd;
	pid_t pid;
	int pipe;
	char *text;
	int rc;
};

struct atcp_everyns {
	struct atcp_everyns_one *all;
	size_t count;
};

static void atcp_everyns_add(struct atcp_everyns *every, const char *path, const char *name)
{
	long most = sysconf(_SC_OPEN_MAX) / 2;
	struct stat st;
	int fd = -1;
	size_t i;

	if (stat(path, &st))
		return;
	for (i = 0; i < every->count; i++)
		if (every->all[i].number == st.st_ino)
			return;
	if ((long)every->count < most) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		/* It is gone since; what else is wrong is said when its turn comes. */
		if (fd < 0 && (errno == ENOENT || errno == ESRCH))
			return;
	}
	every->all = atcp_file_must(realloc(every->all, (every->count + 1) *
					    sizeof(*every->all)));
	memset(&every->all[every->count], 0, sizeof(*every->all));
	every->all[every->count].number = st.st_ino;
	every->all[every->count].pipe = -1;
	every->all[every->count].fd = fd;
	every->all[every->count++].name = name ? atcp_file_format("%s", name) : NULL;
}

static int atcp_everyns_is_pid(const struct dirent *e)
{
	return isdigit((unsigned char)*e->d_name);
}

static int atcp_everyns_is_name(const struct dirent *e)
{
	return *e->d_name != '.';
}

/* The caller's first, then those with names, then those of processes. */
static void atcp_everyns_find(struct atcp_everyns *every)
{
	struct dirent **names;
	char path[4096];
	int i, count;

	atcp_everyns_add(every, "/proc/thread-self/ns/net", NULL);
	count = scandir(ATCP_NETNS_DIR, &names, atcp_everyns_is_name, alphasort);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), ATCP_NETNS_DIR "/%s", names[i]->d_name);
		atcp_everyns_add(every, path, names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	count = scandir("/proc", &names, atcp_everyns_is_pid, versionsort);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", names[i]->d_name);
		atcp_everyns_add(every, path, path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

/* In the child: enters, prints, ends. */
static void atcp_everyns_child(const struct atcp_everyns_one *one,
			       int (*write)(FILE *out, void *data), void *data)
{
	int rc = ATCP_EXIT_FAIL;

	atcp_options.all_netns = false;
	atcp_options.among = true;
	if (one->name)
		atcp_options.netns = one->name;
	if (!one->name || !(one->fd >= 0 ? atcp_netns_enter_held(one->fd, one->name) :
					   atcp_netns_enter(one->name)))
		rc = write(stdout, data);
	if (fflush(stdout) || ferror(stdout))
		rc = ATCP_EXIT_FAIL;
	_exit(rc);
}

static void atcp_everyns_start(struct atcp_everyns *every, size_t at,
			       int (*write)(FILE *out, void *data), void *data)
{
	struct atcp_everyns_one *one = &every->all[at];
	int ends[2];

	one->rc = ATCP_EXIT_FAIL;
	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC)) {
		atcp_main_warn("cannot make a pipe: %s", strerror(errno));
		return;
	}
	one->pid = fork();
	if (!one->pid) {
		dup2(ends[1], STDOUT_FILENO);
		atcp_everyns_child(one, write, data);
	}
	close(ends[1]);
	if (one->pid < 0) {
		atcp_main_warn("cannot fork: %s", strerror(errno));
		close(ends[0]);
		return;
	}
	one->pipe = ends[0];
}

static void atcp_everyns_read(struct atcp_everyns_one *one)
{
	char *path;
	int status;

	if (one->pipe < 0)
		return;
	path = atcp_file_format("/proc/self/fd/%d", one->pipe);
	one->text = atcp_file_read(path);
	free(path);
	close(one->pipe);
	while (waitpid(one->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		one->rc = WEXITSTATUS(status);
}

/* Lets every namespace print. */
static void atcp_everyns_run(struct atcp_everyns *every,
			     int (*write)(FILE *out, void *data), void *data)
{
	size_t i, n, end;

	atcp_everyns_find(every);
	for (i = 0; i < every->count; i = end) {
		end = i + ATCP_EVERYNS_AT_ONCE;
		if (end > every->count)
			end = every->count;
		for (n = i; n < end; n++)
			atcp_everyns_start(every, n, write, data);
		for (n = i; n < end; n++)
			atcp_everyns_read(&every->all[n]);
	}
}

static void atcp_everyns_free(struct atcp_everyns *every)
{
	while (every->count--) {
		if (every->all[every->count].fd >= 0)
			close(every->all[every->count].fd);
		free(every->all[every->count].name);
		free(every->all[every->count].text);
	}
	free(every->all);
}

/**
 * struct atcp_everyns_family - the samples of one name, of all namespaces
 * @head: the lines that begin with #
 * @samples: the others
 */
struct atcp_everyns_family {
	char *head;
	char *samples;
};

struct atcp_everyns_families {
	struct atcp_everyns_family *all;
	size_t count;
};

static char *atcp_everyns_join(char *text, const char *more, size_t len)
{
	size_t before = text ? strlen(text) : 0;

	text = atcp_file_must(realloc(text, before + len + 1));
	memcpy(text + before, more, len);
	text[before + len] = '\0';
	return text;
}

/* One namespace's text: a family begins with "# TYPE", and all its lines follow. */
static void atcp_everyns_sort_in(struct atcp_everyns_families *families, const char *text)
{
	const char *next, *samples, *end;
	size_t i, head;

	for (; text && *text; text = end) {
		samples = text;
		while (*samples == '#') {
			next = strchr(samples, '\n');
			if (!next)
				return;
			samples = next + 1;
			if (!strncmp(samples, "# TYPE ", 7))
				break;
		}
		/* Nothing in a label begins a line. */
		end = strncmp(samples, "# TYPE ", 7) ? strstr(samples, "\n# TYPE ") : samples;
		if (!end)
			end = samples + strlen(samples);
		else if (end > samples || *end == '\n')
			end++;
		head = samples - text;
		for (i = 0; i < families->count; i++)
			if (strlen(families->all[i].head) == head &&
			    !memcmp(families->all[i].head, text, head))
				break;
		if (i == families->count) {
			families->all = atcp_file_must(realloc(families->all, (i + 1) *
							       sizeof(*families->all)));
			families->all[i].head = atcp_everyns_join(NULL, text, head);
			families->all[i].samples = NULL;
			families->count++;
		}
		families->all[i].samples = atcp_everyns_join(families->all[i].samples, samples,
							     end - samples);
	}
}

/**
 * atcp_everyns_families() - metrics of every network namespace, family by family
 * @out: where to
 * @write: prints those of one
 * @data: for @write
 *
 * Return: enum atcp_exit
 */
int atcp_everyns_families(FILE *out, int (*write)(FILE *out, void *data), void *data)
{
	struct atcp_everyns_families families = { 0 };
	struct atcp_everyns every = { 0 };
	int rc = ATCP_EXIT_OK;
	size_t i;

	atcp_everyns_run(&every, write, data);
	for (i = 0; i < every.count; i++) {
		atcp_everyns_sort_in(&families, every.all[i].text);
		if (every.all[i].rc)
			rc = ATCP_EXIT_FAIL;
	}
	for (i = 0; i < families.count; i++) {
		fprintf(out, "%s%s", families.all[i].head,
			families.all[i].samples ? families.all[i].samples : "");
		free(families.all[i].head);
		free(families.all[i].samples);
	}
	free(families.all);
	atcp_everyns_free(&every);
	return rc;
}

/* The objects of an array, each with its namespace. */
static void atcp_everyns_objects(struct json_object *all, const struct atcp_everyns_one *one)
{
	struct json_object *some = one->text ? json_tokener_parse(one->text) : NULL, *obj;
	size_t i;

	if (!json_object_is_type(some, json_type_array)) {
		json_object_put(some);
		return;
	}
	for (i = 0; i < json_object_array_length(some); i++) {
		obj = json_object_get(json_object_array_get_idx(some, i));
		json_object_object_add(obj, "netns", one->name ?
				       json_object_new_string(one->name) : NULL);
		json_object_array_add(all, obj);
	}
	json_object_put(some);
}

static void atcp_everyns_print(const struct atcp_everyns *every)
{
	struct json_object *all = json_object_new_array();
	bool first = true;
	size_t i;

	for (i = 0; i < every->count; i++) {
		const struct atcp_everyns_one *one = &every->all[i];

		if (atcp_options.json) {
			atcp_everyns_objects(all, one);
		} else if (one->text && *one->text) {
			printf("%s%snetns %s%s\n%s", first ? "" : "\n",
			       atcp_table_paint(ATCP_COLOR_HEAD),
			       one->name ? one->name : "(this one)",
			       atcp_table_paint(ATCP_COLOR_NONE), one->text);
			first = false;
		}
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
}

/**
 * struct atcp_everyns_call - a subcommand and its words
 * @cmd: the subcommand
 * @argc: number of words
 * @argv: they
 */
struct atcp_everyns_call {
	const struct atcp_command *cmd;
	int argc;
	char **argv;
};

static int atcp_everyns_call(FILE *out, void *data)
{
	struct atcp_everyns_call *call = data;

	(void)out;
	return call->cmd->run(call->argc, call->argv);
}

/**
 * atcp_everyns_command() - a subcommand in every network namespace
 * @cmd: the subcommand
 * @argc: number of its words
 * @argv: its name, and words
 *
 * Namespaces of which there is nothing to say are passed over.
 *
 * Return: the greatest exit status; but a selector needs to mean something in one
 * namespace only.
 */
int atcp_everyns_command(const struct atcp_command *cmd, int argc, char **argv)
{
	struct atcp_everyns_call call = { .cmd = cmd, .argc = argc, .argv = argv };
	struct atcp_everyns every = { 0 };
	bool matched = false;
	int rc = ATCP_EXIT_OK;
	size_t i;

	atcp_everyns_run(&every, atcp_everyns_call, &call);
	atcp_everyns_print(&every);
	for (i = 0; i < every.count; i++) {
		if (every.all[i].rc == ATCP_EXIT_NONE)
			continue;
		matched = true;
		if (every.all[i].rc > rc)
			rc = every.all[i].rc;
	}
	atcp_everyns_free(&every);
	/* Each was passed over, as nothing is to be said of it; if that holds for all, it is. */
	if (matched && !rc && cmd->run == atcp_advise_run && !atcp_options.json)
		atcp_advise_nothing();
	if (matched)
		return rc;
	atcp_main_warn("no listener of any network namespace matches%s%s%s",
		       argc > 1 ? " \"" : "", argc > 1 ? argv[1] : "", argc > 1 ? "\"" : "");
	return ATCP_EXIT_FAIL;
}
