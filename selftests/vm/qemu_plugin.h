/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a plugin of QEMU's is called by and what it calls, as far as profile.c needs it. QEMU's own
 * header is in no package of Debian 12. Versions 1 to 5 of the interface have this in common.
 */
#ifndef SELFTESTS_QEMU_PLUGIN_H
#define SELFTESTS_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_tb;
typedef void (*tb_trans_fn)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*tb_exec_fn)(unsigned int cpu, void *data);

/* Looked up in the plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

/* Called when a block is translated; what is registered then is called whenever it is executed. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_trans_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, tb_exec_fn fn, int flags,
					  void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#endif
