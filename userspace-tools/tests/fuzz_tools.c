// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl under ASan and UBSan, on garbage: fuzz_tools -t TREE [-s SEED] [-n SECONDS|-c CASE].
 *
 * TREE is what the tool is to read, as plain files: proc, sysfs, and in "in" load files, events
 * and programs. For each case a few of them are spoilt in a copy and a command is run in a child.
 * What counts is that it ends by itself, in time, and that no sanitizer has anything to say.
 * A case follows from the seed and its number alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../elf.h"
#include "../exporter.h"
#include "fuzz_tools.h"

#define FILES		512
#define SIZE		65536
#define SANITIZER	99
#define SECONDS		20

/* The sanitizers have a status of their own, and what was lost is told at the end. */
const char *__asan_default_options(void)
{
	return "detect_leaks=1:exitcode=99:allocator_may_return_null=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:exitcode=99";
}

/**
 * struct source - a file of the tree
 * @name: below the tree
 * @text: what it says
 * @len: bytes of @text
 * @dirty: the copy differs
 */
struct source {
	char name[200];
	char *text;
	size_t len;
	bool dirty;
};

static struct source sources[FILES];
static unsigned int count;
static uint64_t state;
static char copy[256];

static uint32_t below(uint32_t n)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return n ? (z >> 32) % n : 0;
}

static void die(const char *what)
{
	printf("not ok 1 - fuzz_tools: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_source(const char *path, const char *name)
{
	struct source *s = &sources[count];
	FILE *in = fopen(path, "re");

	if (!in || count == FILES - 1)
		die(path);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->text = malloc(SIZE);
	s->len = fread(s->text, 1, SIZE, in);
	s->dirty = true;
	fclose(in);
	count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->name, ((const struct source *)b)->name);
}

/* Every file below @dir, and its directories in the copy. */
static void walk(const char *tree, const char *dir)
{
	char path[1024], name[512];
	struct dirent *entry;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", tree, dir);
	d = opendir(path);
	if (!d)
		die(path);
	snprintf(path, sizeof(path), "%s/%s", copy, dir);
	mkdir(path, 0755);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s%s%.200s", dir, *dir ? "/" : "", entry->d_name);
		snprintf(path, sizeof(path), "%s/%s", tree, name);
		if (!stat(path, &st) && S_ISDIR(st.st_mode))
			walk(tree, name);
		else
			read_source(path, name);
	}
	closedir(d);
}

static void write_copy(struct source *s, const char *text, size_t len)
{
	char path[1024];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", copy, s->name);
	out = fopen(path, "we");
	if (!out)
		die(path);
	fwrite(text, 1, len, out);
	fclose(out);
}

static const char * const pieces[] = {
	"", " ", "\n", "\t", "=", ":", "[", "]", "/", ",", "-", "*", "#", ";", "\"", "\\", "%s%n",
	"-1", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "4294967296",
	"1e999", "nan", "0x", "0", "999999999999999999999999999999", "\x1b[2J", "\r", "\xff\xfe",
	"\xc3\x28", "[::]:80", "[::ffff:1.2.3.4%lo]:65536", "0.0.0.0:", "inherit", "reset_after:",
	"park", "inf - 5",
	"net.atcp.", "listener/", "module/", "id:", "inode:", "../../etc/passwd", "Tcp:", "TcpExt:",
	": atcp_state: newstate=", "saddr=", "[LOST 1 EVENTS]", "reason=", "le 100",
};

#define PIECES	(sizeof(pieces) / sizeof(*pieces))

/* Puts @n bytes of @what at @at; returns the new length. */
static size_t insert(char *text, size_t len, size_t at, const char *what, size_t n)
{
	if (len + n > SIZE)
		return len;
	memmove(text + at + n, text + at, len - at);
	memcpy(text + at, what, n);
	return len + n;
}

static size_t spoil_once(char *text, size_t len)
{
	size_t at = below(len + 1), n = below(len - at + 1);
	static char run[4096];
	const char *piece;

	switch (below(8)) {
	case 0:
		if (at < len)
			text[at] = below(256);
		return len;
	case 1:
		return below(4) ? at : 0;
	case 2:
		if (n > 40 && below(4))
			n = below(40);
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	case 3:
		if (n > sizeof(run))
			n = sizeof(run);
		memcpy(run, text + at, n);
		return insert(text, len, below(len + 1), run, n);
	case 4:
		n = below(10) ? below(100) : below(sizeof(run));
		memset(run, below(3) ? '0' + below(10) : below(256), n);
		return insert(text, len, at, run, n);
	case 5:
		if (at < len)
			text[at] ^= 1 << below(8);
		return len;
	default:
		piece = pieces[below(PIECES)];
		return insert(text, len, at, piece, strlen(piece));
	}
}

static void spoil(struct source *s)
{
	static char text[SIZE];
	unsigned int times = below(4) + 1;
	size_t len = s->len;

	memcpy(text, s->text, len);
	while (times--)
		len = spoil_once(text, len);
	write_copy(s, text, len);
	s->dirty = true;
}

/* A word of the command line: mostly one that means something, or a spoilt one. */
static char *word(const char *from)
{
	static char texts[16][SIZE];
	static unsigned int next;
	char *text = texts[next++ % 16];
	unsigned int times = below(3) ? 0 : below(4) + 1;
	size_t len = strlen(from);

	memcpy(text, from, len);
	while (times--)
		len = spoil_once(text, len);
	if (len > SIZE - 1)
		len = SIZE - 1;
	text[len] = '\0';
	return text;
}

static const char * const commands[][5] = {
	{ "get", "synack_retries", "listener/*/backlog", "module/family" },
	{ "get", "net.atcp.rmem", "listener/0.0.0.0:80/overflow", "cookie_key" },
	{ "set", "synack_retries=3", "listener/:80/backlog=10", "rmem=1 2 3" },
	{ "set", "cookie_key=1:00112233445566778899aabbccddeeff", "overflow_policy=reset_after:5" },
	{ "list", "*", "syn*" }, { "list", "-j" },
	{ "load", "../in/load" }, { "load", "../in/load" }, { "load", "../in/load-listeners" },
	{ "save" }, { "save", "saved" },
	{ "listener", ":80", "get", "backlog" }, { "listener", "[::]:443", "show" },
	{ "listener", "id:1", "set", "overflow=park", "defer_accept=100" },
	{ "listeners" }, { "listeners", "-d", "*" }, { "listeners", "-j", "inode:1001" },
	{ "top", "--once" }, { "top", "--once", "-j", ":80" }, { "top", "--once", "*" },
	{ "metrics" }, { "metrics" }, { "advise", "-i", "0.01" }, { "advise", "-j", "-a" },
	{ "trace", "-r", "../in/events" }, { "trace", "-j", "-r", "../in/events", ":80" },
	{ "trace", "-d", "-r", "../in/events" }, { "elf", "../in/program" },
	{ "elf", "../in/script" }, { "accept", "../in/accept" },
	{ "metrics", "--labels=listener,program", "--format=prometheus" }, { "metrics", "--full" },
	{ "listeners", "--sort=acceptq", "--state=listen" }, { "listeners", "-w", "-r" },
	{ "complete", "--", "set", "listener/:80/o" }, { "complete", "--", "listener", "" },
};

#define COMMANDS	(sizeof(commands) / sizeof(*commands))

/* What strangers send to the exporter, of any length. */
static int accept_header(const char *name)
{
	FILE *in = fopen(name, "re");
	char text[4096];
	size_t len;

	if (!in)
		return 1;
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[len] = '\0';
	return atcp_exporter_openmetrics(text);
}

static int child(char **argv, int argc)
{
	struct rlimit files = { 1 << 26, 1 << 26 };
	char path[300];
	int out;

	snprintf(path, sizeof(path), "%s/proc", copy);
	setenv("ATCP_PROC_ROOT", path, 1);
	if (chdir(path))
		return 98;
	snprintf(path, sizeof(path), "%s/sysfs", copy);
	setenv("ATCP_SYSFS_ROOT", path, 1);
	snprintf(path, sizeof(path), "%s/out", copy);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(out, 1);
	dup2(out, 2);
	setrlimit(RLIMIT_FSIZE, &files);
	alarm(SECONDS);
	if (!strcmp(argv[1], "accept"))
		return accept_header(argv[2]);
	if (!strcmp(argv[1], "elf")) {
		struct atcp_elf elf = { 0 };

		return atcp_elf_inspect(argc > 2 ? argv[2] : "", &elf) ? 1 : 0;
	}
	return atcp_tool_main(argc, argv);
}

static void show(unsigned long number, char **argv, int argc, int status)
{
	char path[300], buf[8000];
	size_t n;
	FILE *in;
	int i;

	printf("# case %lu: status %#x:", number, status);
	for (i = 1; i < argc; i++)
		printf(" \"%.200s\"", argv[i]);
	printf("\n");
	snprintf(path, sizeof(path), "%s/out", copy);
	in = fopen(path, "re");
	n = in ? fread(buf, 1, sizeof(buf) - 1, in) : 0;
	buf[n] = '\0';
	printf("%s\n", buf);
}

/* One case; false: it is a fault. */
static bool one(uint64_t seed, unsigned long number)
{
	const char * const *command;
	int argc = 1, status = 0;
	char *argv[8] = { "atcpctl" };
	unsigned int i;
	pid_t pid;

	for (i = 0; i < count; i++)
		if (sources[i].dirty) {
			write_copy(&sources[i], sources[i].text, sources[i].len);
			sources[i].dirty = false;
		}
	state = seed ^ (number * 0xd1342543de82ef95ULL);
	for (i = below(5); i; i--)
		spoil(&sources[below(count)]);
	command = commands[below(COMMANDS)];
	/* A file that this command reads, above all. */
	for (i = 0; i < count && command[1]; i++)
		if (strstr(command[1], sources[i].name) && below(4))
			spoil(&sources[i]);
	argv[argc++] = (char *)command[0];
	/* Options stay as they are: with another count or time it may well go on for long. */
	for (i = 1; i < 5 && command[i]; i++)
		argv[argc++] = strchr(".-0123456789", command[i][0]) ? (char *)command[i] :
								       word(command[i]);
	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(child(argv, argc));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork");
	if (!strcmp(command[0], "set") || !strcmp(command[0], "load") ||
	    !strcmp(command[0], "listener"))
		for (i = 0; i < count; i++)
			sources[i].dirty = true;
	if (WIFEXITED(status) && WEXITSTATUS(status) < SANITIZER - 1)
		return true;
	show(number, argv, argc, status);
	return false;
}

int main(int argc, char **argv)
{
	const char *tree = NULL;
	unsigned long number = 0, only = 0, faults = 0;
	time_t began = time(NULL), end = began + 10;
	uint64_t seed = 1;
	int opt;

	while ((opt = getopt(argc, argv, "t:s:n:c:")) != -1) {
		if (opt == 't')
			tree = optarg;
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			end = time(NULL) + atoi(optarg);
		else if (opt == 'c')
			only = strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (!tree)
		return 2;
	snprintf(copy, sizeof(copy), "%.200s.copy", tree);
	mkdir(copy, 0755);
	walk(tree, "");
	qsort(sources, count, sizeof(*sources), by_name);
	if (only) {
		faults = !one(seed, only);
	} else {
		while (time(NULL) < end && faults < 3)
			faults += !one(seed, ++number);
	}
	printf("# figures tools seed %llu cases %lu ms %ld\n", (unsigned long long)seed,
	       only ? 1 : number, (long)(time(NULL) - began) * 1000);
	printf("%sok 1 fuzz tools seed %llu\n", faults ? "not " : "", (unsigned long long)seed);
	return !!faults;
}
