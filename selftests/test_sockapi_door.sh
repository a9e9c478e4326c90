#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Socket calls through AF_ATCP: the same outcomes as the kernel's TCP gives.
# timeout: 400
# platforms: stock uml
# check: uml
. ./lib/sockapi.sh

[ "$STACK" = tcp ] || STACK=door
sockapi_run bind listen connect io addr close info
