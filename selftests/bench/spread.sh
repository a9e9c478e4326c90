#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How connections spread over 8 epoll workers that share a nonblocking listener
# (EPOLLEXCLUSIVE): the kernel's TCP, then atcp by each policy of "wake".
#
# bench/spread.sh, run in selftests/
exec python3 -u - <<'END'
import sys

sys.path[:0] = ["lib", "."]
import atcptest as t
import test_acceptq as a

t.private_netns()
a.ROUNDS = 100
for policy, name in ((None, "kernel"), (a.FIFO, "fifo"), (a.LIFO, "lifo"), (a.CPU, "cpu")):
    stack = "tcp" if policy is None else t.STACK
    got, idle = a.spread(20900, policy or 0, a.work_epoll, stack)
    share = sorted(got, reverse=True)
    print(f"{name:8} {share} most {100 * share[0] / sum(share):.0f} %, "
          f"{idle} woken in vain")
END
