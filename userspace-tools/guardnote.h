/* SPDX-License-Identifier: GPL-2.0 */
/* The knob guard does nothing without a device: who says so, and what to do about it. */
#ifndef ATCP_GUARDNOTE_H
#define ATCP_GUARDNOTE_H

#include <stdbool.h>

bool atcp_guardnote_idle(void);
char *atcp_guardnote_devices(void);
char *atcp_guardnote_text(void);

#endif /* ATCP_GUARDNOTE_H */
