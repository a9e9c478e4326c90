/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzzer of the tools takes from them, and the sanitizers from it. */
#ifndef ATCP_FUZZ_TOOLS_H
#define ATCP_FUZZ_TOOLS_H

/* main() of atcpctl, renamed for this build. */
int atcp_tool_main(int argc, char **argv);

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

#endif /* ATCP_FUZZ_TOOLS_H */
