#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stress-ng's stressors of sockets.
# timeout: 240
# packages: stress-ng

# stress-ng takes SOCK_STREAM of a domain and verifies what it sends to itself.
. "$HERE/lib.sh"
# shellcheck disable=SC2086,SC2046 # commands with their options
for stressor in "sock --sock-domain ipv4" "sock --sock-domain ipv6" "sock --sock-nodelay" "sock --sock-opts random" \
		"sock --sock-type stream --sock-zerocopy" sockabuse sockdiag sockmany sendfile epoll; do
	outcome "$stressor" $RUN stress-ng --verify --timeout 3 --temp-path "$PWD" --${stressor%% *} 2 $(
		[[ $stressor != *\ * ]] || echo "${stressor#* }")
done
