# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Runs themes of progs/sockapi in a namespace with lo and a silent neighbour.
#
#   netns $C:  lo   silent0 10.98.0.1/24 fd98::1/64 ---- silent1 (no address)
#
# 10.98.0.2 and fd98::2 resolve to a hardware address that nobody has.
. ./lib/atcp_lib.sh

# sockapi_run THEME...
sockapi_run() {
	C=c-$$
	netns_add $C
	ns $C ip link add silent0 type veth peer name silent1
	ns $C ip addr add 10.98.0.1/24 dev silent0
	ns $C ip addr add fd98::1/64 dev silent0 nodad
	ns $C ip link set silent0 up
	ns $C ip link set silent1 up
	ns $C ip neigh add 10.98.0.2 lladdr 02:00:00:00:00:99 dev silent0
	ns $C ip neigh add fd98::2 lladdr 02:00:00:00:00:99 dev silent0
	ns $C "$PROGS/sockapi" -s "$STACK" "$@"
}
