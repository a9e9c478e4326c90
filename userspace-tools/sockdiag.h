/* SPDX-License-Identifier: GPL-2.0 */
/* Does the kernel answer questions about atcp's sockets? */
#ifndef _ATCP_TOOLS_SOCKDIAG_H
#define _ATCP_TOOLS_SOCKDIAG_H

#include <stdbool.h>

bool atcp_sockdiag_answers(void);

#endif /* _ATCP_TOOLS_SOCKDIAG_H */
