/* SPDX-License-Identifier: GPL-2.0 */
/* What kind of program a file is, as far as preloading goes. */
#ifndef ATCP_ELF_H
#define ATCP_ELF_H

#include <stdbool.h>

/**
 * struct atcp_elf - a program's properties
 * @path: the ELF file; for a script, that of its interpreter
 * @dynamic: asks for a dynamic loader, which reads LD_PRELOAD
 * @native: of the same word size and machine as atcpctl
 * @go: built by the Go toolchain, which makes system calls without libc
 * @secure: set-user-ID, set-group-ID or with file capabilities that make the
 *	loader ignore LD_PRELOAD
 */
struct atcp_elf {
	char path[4096];
	bool dynamic;
	bool native;
	bool go;
	bool secure;
};

int atcp_elf_inspect(const char *path, struct atcp_elf *elf);

#endif /* ATCP_ELF_H */
