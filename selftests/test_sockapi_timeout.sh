#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Socket calls, theme "timeout": atcp's outcomes are those of the kernel's TCP.
# timeout: 300
# platforms: stock uml
# check: uml
# clock: travel
. ./lib/sockapi.sh

sockapi_run timeout
