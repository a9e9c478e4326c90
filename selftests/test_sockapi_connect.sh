#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Socket calls, theme "connect": atcp's outcomes are those of the kernel's TCP.
# timeout: 300
# platforms: stock uml
# check: uml
. ./lib/sockapi.sh

sockapi_run connect
