// SPDX-License-Identifier: GPL-2.0
/* Looks into a program's file to see how its socket calls can be reached. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "atcpctl.h"
#include "elf.h"

/* The kernel follows so many "#!" lines, no more. */
#define ATCP_ELF_SCRIPTS	5
#define ATCP_ELF_GO_NOTE	4
#define ATCP_ELF_ALIGN(n)	(((n) + 3UL) & ~3UL)

/* The beginning of an ELF file of this machine's word size. */
struct atcp_elf_head {
	unsigned char ident[EI_NIDENT];
	__u16 type;
	__u16 machine;
	__u32 version;
	uintptr_t entry;
	uintptr_t phoff;
	uintptr_t shoff;
	__u32 flags;
	__u16 ehsize;
	__u16 phentsize;
	__u16 phnum;
};

/* The beginning of one of its program headers. */
struct atcp_elf_segment {
	__u32 type;
#if __SIZEOF_POINTER__ == 8
	__u32 flags;
#endif
	uintptr_t offset;
	uintptr_t vaddr;
	uintptr_t paddr;
	uintptr_t filesz;
};

struct atcp_elf_note {
	__u32 namesz;
	__u32 descsz;
	__u32 type;
};

/* The interpreter of a script, in place; false if this is no script. */
static bool atcp_elf_script(int fd, char *path, size_t size)
{
	char line[512], *word;
	ssize_t got = pread(fd, line, sizeof(line) - 1, 0);

	if (got < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	word = line + 2 + strspn(line + 2, " \t");
	word[strcspn(word, " \t\r")] = '\0';
	snprintf(path, size, "%s", word);
	return true;
}

/* Go marks its programs with a note that carries the build ID. */
static bool atcp_elf_note_go(int fd, const struct atcp_elf_segment *segment)
{
	char notes[4096];
	size_t off = 0, len;
	ssize_t got;

	len = segment->filesz < sizeof(notes) ? segment->filesz : sizeof(notes);
	got = pread(fd, notes, len, segment->offset);
	while (got > 0 && off + sizeof(struct atcp_elf_note) + 4 <= (size_t)got) {
		struct atcp_elf_note note;

		memcpy(&note, notes + off, sizeof(note));
		off += sizeof(note);
		if (note.type == ATCP_ELF_GO_NOTE && note.namesz == 4 &&
		    !memcmp(notes + off, "Go\0", 4))
			return true;
		if (note.namesz > sizeof(notes) ||
		    note.descsz > sizeof(notes))
			break;
		off += ATCP_ELF_ALIGN(note.namesz) +
		       ATCP_ELF_ALIGN(note.descsz);
	}
	return false;
}

static int atcp_elf_header(int fd, struct atcp_elf *elf)
{
	struct atcp_elf_segment segment;
	struct atcp_elf_head self, head;
	unsigned int i;
	int own;

	own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (own < 0 || pread(own, &self, sizeof(self), 0) != sizeof(self)) {
		atcp_main_warn("cannot read /proc/self/exe: %s",
			       strerror(errno));
		if (own >= 0)
			close(own);
		return -1;
	}
	close(own);
	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.ident, ELFMAG, SELFMAG)) {
		atcp_main_warn("%s is neither an ELF program nor a script",
			       elf->path);
		return -1;
	}
	elf->native = head.machine == self.machine &&
		      head.ident[EI_CLASS] == self.ident[EI_CLASS];
	if (!elf->native)
		return 0;
	for (i = 0; i < head.phnum; i++) {
		if (pread(fd, &segment, sizeof(segment), head.phoff +
			  i * head.phentsize) != sizeof(segment))
			break;
		if (segment.type == PT_INTERP)
			elf->dynamic = true;
		else if (segment.type == PT_NOTE)
			elf->go |= atcp_elf_note_go(fd, &segment);
	}
	return 0;
}

/* Will the kernel mark the program AT_SECURE? */
static bool atcp_elf_secure(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return true;
	if ((st.st_mode & S_ISGID) && (st.st_mode & 0010) &&
	    st.st_gid != getgid())
		return true;
	/* Root has the capabilities anyway. */
	return geteuid() &&
	       fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

/**
 * atcp_elf_inspect() - what kind of program is this?
 * @path: the program's file, or a script
 * @elf: result
 *
 * Return: 0, or -1 after a message.
 */
int atcp_elf_inspect(const char *path, struct atcp_elf *elf)
{
	int depth, fd, rc;

	memset(elf, 0, sizeof(*elf));
	snprintf(elf->path, sizeof(elf->path), "%s", path);
	for (depth = 0; depth <= ATCP_ELF_SCRIPTS; depth++) {
		fd = open(elf->path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			atcp_main_warn("cannot read %s: %s", elf->path,
				       strerror(errno));
			return -1;
		}
		if (!atcp_elf_script(fd, elf->path, sizeof(elf->path))) {
			elf->secure = atcp_elf_secure(fd);
			rc = atcp_elf_header(fd, elf);
			close(fd);
			return rc;
		}
		close(fd);
	}
	atcp_main_warn("%s: too many interpreters in a row", path);
	return -1;
}
