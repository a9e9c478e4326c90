/* SPDX-License-Identifier: GPL-2.0 */
/* What may stand next on a command line. */
#ifndef ATCP_COMPLETE_H
#define ATCP_COMPLETE_H

int atcp_complete_run(int argc, char **argv);

#endif /* ATCP_COMPLETE_H */
