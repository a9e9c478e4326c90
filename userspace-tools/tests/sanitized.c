// SPDX-License-Identifier: GPL-2.0
/* atcpctl with the sanitizers in it: memory that it loses is a status of its own. */
#include "fuzz_tools.h"

const char *__asan_default_options(void)
{
	return "detect_leaks=1:exitcode=99:strict_string_checks=1:verify_asan_link_order=0";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:exitcode=99";
}

int main(int argc, char **argv)
{
	return atcp_tool_main(argc, argv);
}
