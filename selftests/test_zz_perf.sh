#!/bin/bash
. ./lib/atcp_lib.sh
topo_pair
for st in tcp $STACK; do
p=9000; [ $st = tcp ] || p=9001
spawn ns $S "$PROGS/bench" server -s $st -a $S4 -p $p
wait_listen $S $p $st
( ns $C "$PROGS/bench" bulk -s $st -a $S4 -p $p -t 4 ) &
pid=$!
sleep 2
if [ $st = tcp ]; then ns $C ss -tni; ns $S ss -tni; else ns $C cat /proc/net/atcp/tcp; ns $S cat /proc/net/atcp/tcp; fi
wait $pid
if [ $st = tcp ]; then ns $C cat /proc/net/snmp /proc/net/netstat | grep -E "^Tcp" >/dev/null; ns $C nstat -as | grep -E "Tcp"; echo SRV; ns $S nstat -as | grep Tcp; 
else ns $C env PROC_NET_NETSTAT=/proc/net/atcp/netstat PROC_NET_SNMP=/proc/net/atcp/snmp nstat -as|grep -E "Tcp|Atcp"; echo SRV;  ns $S env PROC_NET_NETSTAT=/proc/net/atcp/netstat PROC_NET_SNMP=/proc/net/atcp/snmp nstat -as | grep -E "Tcp|Atcp"; fi
ns $C ip -s link
done
exit 0
