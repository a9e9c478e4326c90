/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_ZEROCOPY_RECEIVE: pages that came are mapped where a program has mapped its socket. */
#ifndef _ATCP_ZCRECV_H
#define _ATCP_ZCRECV_H

struct file;
struct sock;
struct socket;
struct vm_area_struct;

/* proto_ops.mmap: room for pages, to be read only: 0 or -EPERM. */
int atcp_zcrecv_mmap(struct file *file, struct socket *sock, struct vm_area_struct *vma);

/* getsockopt(2) with TCP_ZEROCOPY_RECEIVE: 0 or -errno, as Linux. Socket not locked. */
int atcp_zcrecv_get(struct sock *sk, char __user *optval, int __user *optlen);

#endif /* _ATCP_ZCRECV_H */
