#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Socket calls, theme "io": atcp's outcomes are those of the kernel's TCP.
# timeout: 300
# platforms: stock uml
. ./lib/sockapi.sh

sockapi_run io
