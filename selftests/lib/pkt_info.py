# SPDX-License-Identifier: GPL-2.0
"""Names that packet scripts use: of TCP_INFO's figures, and of the headers' constants."""
import errno
import fcntl
import select
import socket
import struct
import termios

# struct tcp_info after its eight bytes: names and their types.
FIGURES = [(name, "I") for name in (
    "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets", "last_data_sent",
    "last_ack_sent", "last_data_recv", "last_ack_recv", "pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh",
    "snd_cwnd", "advmss", "reordering", "rcv_rtt", "rcv_space", "total_retrans")]
FIGURES += [(name, "Q") for name in ("pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received")]
FIGURES += [(name, "I") for name in ("segs_out", "segs_in", "notsent_bytes", "min_rtt", "data_segs_in",
                                     "data_segs_out")]
FIGURES += [(name, "Q") for name in ("delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited")]
FIGURES += [("delivered", "I"), ("delivered_ce", "I"), ("bytes_sent", "Q"), ("bytes_retrans", "Q")]
FIGURES += [(name, "I") for name in ("dsack_dups", "reord_seen", "rcv_ooopack", "snd_wnd")]
# What newer kernels have beside that, of ECN the most.
FIGURES += [("rcv_wnd", "I"), ("rehash", "I"), ("total_rto", "H"), ("total_rto_recoveries", "H"), ("total_rto_time", "I")]
FIGURES += [(name, "I") for name in ("received_ce", "delivered_e1_bytes", "delivered_e0_bytes", "delivered_ce_bytes",
                                     "received_e1_bytes", "received_e0_bytes", "received_ce_bytes", "ecn_bits")]
LAYOUT = "=8B" + "".join(kind for _, kind in FIGURES)
LENGTH = struct.calcsize(LAYOUT)

STATES = ["TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_TIME_WAIT",
          "TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING"]
CONSTANTS = {name: number for number, name in enumerate(STATES, 1)}
CONSTANTS.update({name: number for number, name in enumerate((
    "TCP_CA_Open", "TCP_CA_Disorder", "TCP_CA_CWR", "TCP_CA_Recovery", "TCP_CA_Loss"))})
CONSTANTS.update(TCPI_ECN_MODE_DISABLED=0, TCPI_ECN_MODE_RFC3168=1, TCPI_ECN_MODE_ACCECN=2, TCPI_ECN_MODE_PENDING=3)
CONSTANTS.update({"TCP_ACCECN_" + name: 1 << bit for bit, name in enumerate((
    "ACE_FAIL_SEND", "ACE_FAIL_RECV", "OPT_FAIL_SEND", "OPT_FAIL_RECV"))})
CONSTANTS.update({"TCPI_OPT_" + name: 1 << bit for bit, name in enumerate((
    "TIMESTAMPS", "SACK", "WSCALE", "ECN", "ECN_SEEN", "SYN_DATA"))})
# Of Linux 6.3, newer than the Python here.
CONSTANTS["IP_LOCAL_PORT_RANGE"] = 51
for module in (socket, select, errno, fcntl, termios):
    CONSTANTS.update({key: value for key, value in vars(module).items()
                      if key.isupper() and isinstance(value, int)})
CONSTANTS.update({name: getattr(__import__("os"), name) for name in ("O_RDWR", "O_NONBLOCK")})
# What Python 3.11 has no name for, and Linux's other names.
CONSTANTS.update(SOL_TCP=6, TCP_THIN_LINEAR_TIMEOUTS=16, TCP_THIN_DUPACK=17, TCP_USER_TIMEOUT=18, TCP_TIMESTAMP=24,
                 TCP_NOTSENT_LOWAT=25, TCP_SAVE_SYN=27, TCP_SAVED_SYN=28, TCP_FASTOPEN=23, TCP_FASTOPEN_CONNECT=30,
                 TCP_FASTOPEN_KEY=33, TCP_FASTOPEN_NO_COOKIE=34, TCP_INQ=36, TCP_TX_DELAY=37, TCP_ULP=31,
                 TCP_MD5SIG=14, TCP_REPAIR=19, TCP_REPAIR_QUEUE=20, TCP_QUEUE_SEQ=21, TCP_CC_INFO=26, TCP_ZEROCOPY_RECEIVE=35,
                 SO_RCVBUFFORCE=33, SO_SNDBUFFORCE=32, SO_MAX_PACING_RATE=47, SO_PEEK_OFF=42, SO_INCOMING_CPU=49,
                 SO_BUSY_POLL=46, SO_NO_CHECK=11, SO_PRIORITY=12, SO_TIMESTAMPING=37, SO_ZEROCOPY=60,
                 SO_TXREHASH=74, SIOCINQ=0x541B, SIOCOUTQ=0x5411, SIOCOUTQNSD=0x894B, SIOCATMARK=0x8905,
                 FIONREAD=0x541B, MSG_FASTOPEN=0x20000000, MSG_ZEROCOPY=0x4000000, MSG_MORE=0x8000,
                 MSG_NOSIGNAL=0x4000, MSG_TRUNC=0x20, POLLRDHUP=0x2000, IP_MTU=14, IPV6_MTU=24, IP_RECVERR=11,
                 IPV6_RECVERR=25, IP_MTU_DISCOVER=10, IPV6_MTU_DISCOVER=23, INT_MAX=0x7FFFFFFF)


def tcp_info(sock):
    """TCP_INFO as a dictionary, names with tcpi_."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
    values = struct.unpack(LAYOUT, raw + bytes(LENGTH - len(raw)))
    found = dict(zip(("tcpi_state", "tcpi_ca_state", "tcpi_retransmits", "tcpi_probes", "tcpi_backoff",
                      "tcpi_options"), values))
    found.update(tcpi_snd_wscale=values[6] & 15, tcpi_rcv_wscale=values[6] >> 4,
                 tcpi_delivery_rate_app_limited=values[7] & 1, tcpi_fastopen_client_fail=values[7] >> 1 & 3)
    found.update(("tcpi_" + name, value) for (name, _), value in zip(FIGURES, values[8:]))
    bits = found["tcpi_ecn_bits"]
    found.update(tcpi_ecn_mode=bits & 3, tcpi_accecn_opt_seen=bits >> 2 & 3, tcpi_accecn_fail_mode=bits >> 4 & 15)
    return found
