#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# node's http: keep-alive and not, a body of 5 MB both ways, a half-closed socket, many connections at once.
# packages: nodejs

. "$HERE/lib.sh"
# shellcheck disable=SC2086 # $RUN is a command with its options
$RUN node "$HERE/node.js"
