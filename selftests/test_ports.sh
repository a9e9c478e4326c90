#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A port has one owner: EADDRINUSE between atcp and the kernel's TCP, and
# within atcp as Linux defines it, for every pair of addresses and options.
# timeout: 300
# platforms: stock uml
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

C=c-$$
netns_add $C
ns $C "$PROGS/ports" -s "$STACK" &&
	# Where a port has many owners they are found by their addresses.
	ns $C "$PROGS/ports" -s "$STACK" -c 100
