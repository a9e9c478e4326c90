#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checksummed transfer both ways at once over a clean IPv6 link.
# timeout: 600
# platforms: stock uml
# check: stock
. ./lib/atcp_lib.sh

ktap_plan 4
topo_pair
bytes=$(size 100000000 8000000)

ktap_run "atcp listens, the kernel's TCP connects" \
	xfer_pair "$STACK" tcp $S6 "$bytes" 300
ktap_run "the kernel's TCP listens, atcp connects" \
	xfer_pair tcp "$STACK" $S6 "$bytes" 300
ktap_run "atcp at both ends" xfer_pair "$STACK" "$STACK" $S6 "$bytes" 300
door=$([ "$STACK" = tcp ] && echo tcp || echo door)
ktap_run "the door AF_ATCP at both ends" \
	xfer_pair "$door" "$door" $S6 "$((bytes / 10))" 300
ktap_end
