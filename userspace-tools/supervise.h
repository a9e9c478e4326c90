/* SPDX-License-Identifier: GPL-2.0 */
/* Answers the seccomp filter's notifications with sockets of atcp's. */
#ifndef ATCP_SUPERVISE_H
#define ATCP_SUPERVISE_H

int atcp_supervise_serve(int listener, int errors);

#endif /* ATCP_SUPERVISE_H */
