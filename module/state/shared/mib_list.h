/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every counter and drop reason, once: (SYMBOL, "PublicName"). The symbol is the
 * public name in upper case. No include guard: state/shared/mib.h makes the
 * enums of it and mib.c the names. Documentation/counters.rst says what each is.
 */

#ifndef ATCP_MIB_TCP
#define ATCP_MIB_TCP(sym, name)
#endif
#ifndef ATCP_MIB_EXT
#define ATCP_MIB_EXT(sym, name)
#endif
#ifndef ATCP_MIB_OWN
#define ATCP_MIB_OWN(sym, name)
#endif
#ifndef ATCP_MIB_DROP
#define ATCP_MIB_DROP(sym, name)
#endif

/* RFC 4022's, as in the Tcp: lines of /proc/net/snmp. */
ATCP_MIB_TCP(ACTIVEOPENS, "ActiveOpens")
ATCP_MIB_TCP(PASSIVEOPENS, "PassiveOpens")
ATCP_MIB_TCP(ATTEMPTFAILS, "AttemptFails")
ATCP_MIB_TCP(ESTABRESETS, "EstabResets")
ATCP_MIB_TCP(CURRESTAB, "CurrEstab")
ATCP_MIB_TCP(INSEGS, "InSegs")
ATCP_MIB_TCP(OUTSEGS, "OutSegs")
ATCP_MIB_TCP(RETRANSSEGS, "RetransSegs")
ATCP_MIB_TCP(INERRS, "InErrs")
ATCP_MIB_TCP(OUTRSTS, "OutRsts")
ATCP_MIB_TCP(INCSUMERRORS, "InCsumErrors")

/*
 * Linux's, as in the TcpExt: lines of /proc/net/netstat: all of them and in the
 * kernel's order, so that what reads that file reads ours. Those of features
 * that atcp does not have stay 0.
 */
ATCP_MIB_EXT(SYNCOOKIESSENT, "SyncookiesSent")
ATCP_MIB_EXT(SYNCOOKIESRECV, "SyncookiesRecv")
ATCP_MIB_EXT(SYNCOOKIESFAILED, "SyncookiesFailed")
ATCP_MIB_EXT(EMBRYONICRSTS, "EmbryonicRsts")
ATCP_MIB_EXT(PRUNECALLED, "PruneCalled")
ATCP_MIB_EXT(RCVPRUNED, "RcvPruned")
ATCP_MIB_EXT(OFOPRUNED, "OfoPruned")
ATCP_MIB_EXT(OUTOFWINDOWICMPS, "OutOfWindowIcmps")
ATCP_MIB_EXT(LOCKDROPPEDICMPS, "LockDroppedIcmps")
ATCP_MIB_EXT(ARPFILTER, "ArpFilter")
ATCP_MIB_EXT(TW, "TW")
ATCP_MIB_EXT(TWRECYCLED, "TWRecycled")
ATCP_MIB_EXT(TWKILLED, "TWKilled")
ATCP_MIB_EXT(PAWSACTIVE, "PAWSActive")
ATCP_MIB_EXT(PAWSESTAB, "PAWSEstab")
ATCP_MIB_EXT(DELAYEDACKS, "DelayedACKs")
ATCP_MIB_EXT(DELAYEDACKLOCKED, "DelayedACKLocked")
ATCP_MIB_EXT(DELAYEDACKLOST, "DelayedACKLost")
ATCP_MIB_EXT(LISTENOVERFLOWS, "ListenOverflows")
ATCP_MIB_EXT(LISTENDROPS, "ListenDrops")
ATCP_MIB_EXT(TCPHPHITS, "TCPHPHits")
ATCP_MIB_EXT(TCPPUREACKS, "TCPPureAcks")
ATCP_MIB_EXT(TCPHPACKS, "TCPHPAcks")
ATCP_MIB_EXT(TCPRENORECOVERY, "TCPRenoRecovery")
ATCP_MIB_EXT(TCPSACKRECOVERY, "TCPSackRecovery")
ATCP_MIB_EXT(TCPSACKRENEGING, "TCPSACKReneging")
ATCP_MIB_EXT(TCPSACKREORDER, "TCPSACKReorder")
ATCP_MIB_EXT(TCPRENOREORDER, "TCPRenoReorder")
ATCP_MIB_EXT(TCPTSREORDER, "TCPTSReorder")
ATCP_MIB_EXT(TCPFULLUNDO, "TCPFullUndo")
ATCP_MIB_EXT(TCPPARTIALUNDO, "TCPPartialUndo")
ATCP_MIB_EXT(TCPDSACKUNDO, "TCPDSACKUndo")
ATCP_MIB_EXT(TCPLOSSUNDO, "TCPLossUndo")
ATCP_MIB_EXT(TCPLOSTRETRANSMIT, "TCPLostRetransmit")
ATCP_MIB_EXT(TCPRENOFAILURES, "TCPRenoFailures")
ATCP_MIB_EXT(TCPSACKFAILURES, "TCPSackFailures")
ATCP_MIB_EXT(TCPLOSSFAILURES, "TCPLossFailures")
ATCP_MIB_EXT(TCPFASTRETRANS, "TCPFastRetrans")
ATCP_MIB_EXT(TCPSLOWSTARTRETRANS, "TCPSlowStartRetrans")
ATCP_MIB_EXT(TCPTIMEOUTS, "TCPTimeouts")
ATCP_MIB_EXT(TCPLOSSPROBES, "TCPLossProbes")
ATCP_MIB_EXT(TCPLOSSPROBERECOVERY, "TCPLossProbeRecovery")
ATCP_MIB_EXT(TCPRENORECOVERYFAIL, "TCPRenoRecoveryFail")
ATCP_MIB_EXT(TCPSACKRECOVERYFAIL, "TCPSackRecoveryFail")
ATCP_MIB_EXT(TCPRCVCOLLAPSED, "TCPRcvCollapsed")
ATCP_MIB_EXT(TCPBACKLOGCOALESCE, "TCPBacklogCoalesce")
ATCP_MIB_EXT(TCPDSACKOLDSENT, "TCPDSACKOldSent")
ATCP_MIB_EXT(TCPDSACKOFOSENT, "TCPDSACKOfoSent")
ATCP_MIB_EXT(TCPDSACKRECV, "TCPDSACKRecv")
ATCP_MIB_EXT(TCPDSACKOFORECV, "TCPDSACKOfoRecv")
ATCP_MIB_EXT(TCPABORTONDATA, "TCPAbortOnData")
ATCP_MIB_EXT(TCPABORTONCLOSE, "TCPAbortOnClose")
ATCP_MIB_EXT(TCPABORTONMEMORY, "TCPAbortOnMemory")
ATCP_MIB_EXT(TCPABORTONTIMEOUT, "TCPAbortOnTimeout")
ATCP_MIB_EXT(TCPABORTONLINGER, "TCPAbortOnLinger")
ATCP_MIB_EXT(TCPABORTFAILED, "TCPAbortFailed")
ATCP_MIB_EXT(TCPMEMORYPRESSURES, "TCPMemoryPressures")
ATCP_MIB_EXT(TCPMEMORYPRESSURESCHRONO, "TCPMemoryPressuresChrono")
ATCP_MIB_EXT(TCPSACKDISCARD, "TCPSACKDiscard")
ATCP_MIB_EXT(TCPDSACKIGNOREDOLD, "TCPDSACKIgnoredOld")
ATCP_MIB_EXT(TCPDSACKIGNOREDNOUNDO, "TCPDSACKIgnoredNoUndo")
ATCP_MIB_EXT(TCPSPURIOUSRTOS, "TCPSpuriousRTOs")
ATCP_MIB_EXT(TCPMD5NOTFOUND, "TCPMD5NotFound")
ATCP_MIB_EXT(TCPMD5UNEXPECTED, "TCPMD5Unexpected")
ATCP_MIB_EXT(TCPMD5FAILURE, "TCPMD5Failure")
ATCP_MIB_EXT(TCPAOREQUIRED, "TCPAORequired")
ATCP_MIB_EXT(TCPAOBAD, "TCPAOBad")
ATCP_MIB_EXT(TCPAOKEYNOTFOUND, "TCPAOKeyNotFound")
ATCP_MIB_EXT(TCPAOGOOD, "TCPAOGood")
ATCP_MIB_EXT(TCPAODROPPEDICMPS, "TCPAODroppedIcmps")
ATCP_MIB_EXT(TCPSACKSHIFTED, "TCPSackShifted")
ATCP_MIB_EXT(TCPSACKMERGED, "TCPSackMerged")
ATCP_MIB_EXT(TCPSACKSHIFTFALLBACK, "TCPSackShiftFallback")
ATCP_MIB_EXT(TCPBACKLOGDROP, "TCPBacklogDrop")
ATCP_MIB_EXT(PFMEMALLOCDROP, "PFMemallocDrop")
ATCP_MIB_EXT(TCPMINTTLDROP, "TCPMinTTLDrop")
ATCP_MIB_EXT(TCPDEFERACCEPTDROP, "TCPDeferAcceptDrop")
ATCP_MIB_EXT(IPREVERSEPATHFILTER, "IPReversePathFilter")
ATCP_MIB_EXT(TCPTIMEWAITOVERFLOW, "TCPTimeWaitOverflow")
ATCP_MIB_EXT(TCPREQQFULLDOCOOKIES, "TCPReqQFullDoCookies")
ATCP_MIB_EXT(TCPREQQFULLDROP, "TCPReqQFullDrop")
ATCP_MIB_EXT(TCPRETRANSFAIL, "TCPRetransFail")
ATCP_MIB_EXT(TCPRCVCOALESCE, "TCPRcvCoalesce")
ATCP_MIB_EXT(TCPOFOQUEUE, "TCPOFOQueue")
ATCP_MIB_EXT(TCPOFODROP, "TCPOFODrop")
ATCP_MIB_EXT(TCPOFOMERGE, "TCPOFOMerge")
ATCP_MIB_EXT(TCPCHALLENGEACK, "TCPChallengeACK")
ATCP_MIB_EXT(TCPSYNCHALLENGE, "TCPSYNChallenge")
ATCP_MIB_EXT(TCPFASTOPENACTIVE, "TCPFastOpenActive")
ATCP_MIB_EXT(TCPFASTOPENACTIVEFAIL, "TCPFastOpenActiveFail")
ATCP_MIB_EXT(TCPFASTOPENPASSIVE, "TCPFastOpenPassive")
ATCP_MIB_EXT(TCPFASTOPENPASSIVEFAIL, "TCPFastOpenPassiveFail")
ATCP_MIB_EXT(TCPFASTOPENLISTENOVERFLOW, "TCPFastOpenListenOverflow")
ATCP_MIB_EXT(TCPFASTOPENCOOKIEREQD, "TCPFastOpenCookieReqd")
ATCP_MIB_EXT(TCPFASTOPENBLACKHOLE, "TCPFastOpenBlackhole")
ATCP_MIB_EXT(TCPSPURIOUSRTXHOSTQUEUES, "TCPSpuriousRtxHostQueues")
ATCP_MIB_EXT(BUSYPOLLRXPACKETS, "BusyPollRxPackets")
ATCP_MIB_EXT(TCPAUTOCORKING, "TCPAutoCorking")
ATCP_MIB_EXT(TCPFROMZEROWINDOWADV, "TCPFromZeroWindowAdv")
ATCP_MIB_EXT(TCPTOZEROWINDOWADV, "TCPToZeroWindowAdv")
ATCP_MIB_EXT(TCPWANTZEROWINDOWADV, "TCPWantZeroWindowAdv")
ATCP_MIB_EXT(TCPSYNRETRANS, "TCPSynRetrans")
ATCP_MIB_EXT(TCPORIGDATASENT, "TCPOrigDataSent")
ATCP_MIB_EXT(TCPHYSTARTTRAINDETECT, "TCPHystartTrainDetect")
ATCP_MIB_EXT(TCPHYSTARTTRAINCWND, "TCPHystartTrainCwnd")
ATCP_MIB_EXT(TCPHYSTARTDELAYDETECT, "TCPHystartDelayDetect")
ATCP_MIB_EXT(TCPHYSTARTDELAYCWND, "TCPHystartDelayCwnd")
ATCP_MIB_EXT(TCPACKSKIPPEDSYNRECV, "TCPACKSkippedSynRecv")
ATCP_MIB_EXT(TCPACKSKIPPEDPAWS, "TCPACKSkippedPAWS")
ATCP_MIB_EXT(TCPACKSKIPPEDSEQ, "TCPACKSkippedSeq")
ATCP_MIB_EXT(TCPACKSKIPPEDFINWAIT2, "TCPACKSkippedFinWait2")
ATCP_MIB_EXT(TCPACKSKIPPEDTIMEWAIT, "TCPACKSkippedTimeWait")
ATCP_MIB_EXT(TCPACKSKIPPEDCHALLENGE, "TCPACKSkippedChallenge")
ATCP_MIB_EXT(TCPWINPROBE, "TCPWinProbe")
ATCP_MIB_EXT(TCPKEEPALIVE, "TCPKeepAlive")
ATCP_MIB_EXT(TCPMTUPFAIL, "TCPMTUPFail")
ATCP_MIB_EXT(TCPMTUPSUCCESS, "TCPMTUPSuccess")
ATCP_MIB_EXT(TCPDELIVERED, "TCPDelivered")
ATCP_MIB_EXT(TCPDELIVEREDCE, "TCPDeliveredCE")
ATCP_MIB_EXT(TCPACKCOMPRESSED, "TCPAckCompressed")
ATCP_MIB_EXT(TCPZEROWINDOWDROP, "TCPZeroWindowDrop")
ATCP_MIB_EXT(TCPRCVQDROP, "TCPRcvQDrop")
ATCP_MIB_EXT(TCPWQUEUETOOBIG, "TCPWqueueTooBig")
ATCP_MIB_EXT(TCPFASTOPENPASSIVEALTKEY, "TCPFastOpenPassiveAltKey")
ATCP_MIB_EXT(TCPTIMEOUTREHASH, "TcpTimeoutRehash")
ATCP_MIB_EXT(TCPDUPLICATEDATAREHASH, "TcpDuplicateDataRehash")
ATCP_MIB_EXT(TCPDSACKRECVSEGS, "TCPDSACKRecvSegs")
ATCP_MIB_EXT(TCPDSACKIGNOREDDUBIOUS, "TCPDSACKIgnoredDubious")
ATCP_MIB_EXT(TCPMIGRATEREQSUCCESS, "TCPMigrateReqSuccess")
ATCP_MIB_EXT(TCPMIGRATEREQFAILURE, "TCPMigrateReqFailure")
ATCP_MIB_EXT(BEYONDWINDOW, "BeyondWindow")

/* atcp's own: what Linux has no counter for. */
ATCP_MIB_OWN(SYNACKRETRANS, "SynAckRetrans")
ATCP_MIB_OWN(REQCREATED, "ReqCreated")
ATCP_MIB_OWN(REQEXPIRED, "ReqExpired")
ATCP_MIB_OWN(REQPRUNED, "ReqPruned")
ATCP_MIB_OWN(PARKED, "Parked")
ATCP_MIB_OWN(PARKKEPT, "ParkKept")
ATCP_MIB_OWN(PARKCOMPLETED, "ParkCompleted")
ATCP_MIB_OWN(PARKEXPIRED, "ParkExpired")
ATCP_MIB_OWN(OVERFLOWRESET, "OverflowReset")
ATCP_MIB_OWN(OVERFLOWDROP, "OverflowDrop")
ATCP_MIB_OWN(DEFERACCEPTED, "DeferAccepted")
ATCP_MIB_OWN(DEFERRESET, "DeferReset")
ATCP_MIB_OWN(DEFERDROPPED, "DeferDropped")
ATCP_MIB_OWN(ACCEPTQPRESSED, "AcceptqPressed")
ATCP_MIB_OWN(ACCEPTQRELIEVED, "AcceptqRelieved")
ATCP_MIB_OWN(BACKLOGTRUNCATED, "BacklogTruncated")
ATCP_MIB_OWN(COOKIEACKOVERFLOW, "CookieAckOverflow")
ATCP_MIB_OWN(DRAINREFUSED, "DrainRefused")
ATCP_MIB_OWN(COOKIEDEFERRED, "CookieDeferred")
ATCP_MIB_OWN(FAIRCOOKIES, "FairCookies")
ATCP_MIB_OWN(FLOODCOOKIES, "FloodCookies")
ATCP_MIB_OWN(PROVENADMITTED, "ProvenAdmitted")
ATCP_MIB_OWN(SYNACKMUTED, "SynAckMuted")
ATCP_MIB_OWN(FLOODBEGUN, "FloodBegun")
ATCP_MIB_OWN(FLOODENDED, "FloodEnded")
ATCP_MIB_OWN(SLOWACCEPTBEGUN, "SlowAcceptBegun")
ATCP_MIB_OWN(SLOWACCEPTENDED, "SlowAcceptEnded")
ATCP_MIB_OWN(TWPURGED, "TwPurged")
ATCP_MIB_OWN(TWTOMBSTONE, "TwTombstone")
ATCP_MIB_OWN(ICMPHARDERROR, "IcmpHardError")
ATCP_MIB_OWN(ICMPSOFTERROR, "IcmpSoftError")
ATCP_MIB_OWN(PMTUCHANGED, "PmtuChanged")
ATCP_MIB_OWN(PORTEXHAUSTED, "PortExhausted")
ATCP_MIB_OWN(PORTHELDBYKERNEL, "PortHeldByKernel")
ATCP_MIB_OWN(ORPHANLIMIT, "OrphanLimit")
ATCP_MIB_OWN(GUARDSYNS, "GuardSyns")
ATCP_MIB_OWN(GUARDCOOKIES, "GuardCookies")
ATCP_MIB_OWN(GUARDPASSED, "GuardPassed")

/* Why a segment went no further; ATCP_DROP_SYMBOL, shown as Atcp: DropName. */
/* checksum wrong */
ATCP_MIB_DROP(CSUM, "Csum")
/* header truncated, or its data offset out of bounds */
ATCP_MIB_DROP(HDR, "Hdr")
/* a listener got neither a SYN nor an acceptable ACK */
ATCP_MIB_DROP(LISTEN_NO_SYN, "ListenNoSyn")
/* the listener is closing */
ATCP_MIB_DROP(LISTEN_CLOSED, "ListenClosed")
/* the listener drains, and no other one takes the SYN */
ATCP_MIB_DROP(LISTEN_DRAIN, "ListenDrain")
/* accept queue full */
ATCP_MIB_DROP(LISTEN_OVERFLOW, "ListenOverflow")
/* SYN queue full and cookies are off */
ATCP_MIB_DROP(SYNQ_FULL, "SynqFull")
/* its network has more than a fair share of the SYN queue, and cookies are off */
ATCP_MIB_DROP(FAIR_SHARE, "FairShare")
/* what is left of max_syn_backlog is for proven peers, and cookies are off */
ATCP_MIB_DROP(UNPROVEN, "Unproven")
/* SYN to or from a broadcast, multicast or otherwise unusable address */
ATCP_MIB_DROP(SYN_BCAST, "SynBcast")
/* SYN with FIN or RST */
ATCP_MIB_DROP(SYN_FIN, "SynFin")
/* no memory for a request, child or segment */
ATCP_MIB_DROP(NOMEM, "NoMem")
/* timestamp older than the last one (RFC 7323 5.3) */
ATCP_MIB_DROP(PAWS, "Paws")
/* wholly before RCV.NXT */
ATCP_MIB_DROP(OLD_SEQ, "OldSeq")
/* beyond the receive window */
ATCP_MIB_DROP(OUT_OF_WINDOW, "OutOfWindow")
/* acknowledges less than SND.UNA - MAX.SND.WND (RFC 5961 5.2) */
ATCP_MIB_DROP(OLD_ACK, "OldAck")
/* acknowledges what was never sent */
ATCP_MIB_DROP(BAD_ACK, "BadAck")
/* no ACK where every segment must have one */
ATCP_MIB_DROP(NO_ACK_FLAG, "NoAckFlag")
/* SYN in a synchronised state (RFC 5961 4.2) */
ATCP_MIB_DROP(SYN_IN_WINDOW, "SynInWindow")
/* RST whose sequence number is not RCV.NXT (RFC 5961 3.2) */
ATCP_MIB_DROP(RST_BAD, "RstBad")
/* acceptable RST: consumed */
ATCP_MIB_DROP(RST_OK, "RstOk")
/* ACK that does not fit its request */
ATCP_MIB_DROP(REQ_ACK, "ReqAck")
/* segment to a parked request */
ATCP_MIB_DROP(REQ_PARKED, "ReqParked")
/* bare ACK held back by TCP_DEFER_ACCEPT */
ATCP_MIB_DROP(REQ_DEFER, "ReqDefer")
/* ACK whose cookie is wrong or too old */
ATCP_MIB_DROP(COOKIE_BAD, "CookieBad")
/* refused by the socket's filter */
ATCP_MIB_DROP(SOCKET_FILTER, "SocketFilter")
/* refused by IPsec policy */
ATCP_MIB_DROP(XFRM, "Xfrm")
/* TTL or hop limit below IP_MINTTL */
ATCP_MIB_DROP(MIN_TTL, "MinTtl")
/* signature (RFC 2385) missing, not expected, or wrong */
ATCP_MIB_DROP(MD5, "Md5")
/* authentication option (RFC 5925) missing, of an unknown key, or wrong; or two signatures */
ATCP_MIB_DROP(AO, "Ao")
/* refused by a security module */
ATCP_MIB_DROP(SECURITY, "Security")
/* receive buffer full */
ATCP_MIB_DROP(RCVQ_FULL, "RcvqFull")
/* data after the reader has gone */
ATCP_MIB_DROP(RCVQ_SHUT, "RcvqShut")
/* out-of-order queue full, or pruned */
ATCP_MIB_DROP(OFO_FULL, "OfoFull")
/* all of it is in the out-of-order queue already */
ATCP_MIB_DROP(OFO_DUP, "OfoDup")
/* data into a closed window */
ATCP_MIB_DROP(ZERO_WINDOW, "ZeroWindow")
/* socket locked and its backlog full */
ATCP_MIB_DROP(BACKLOG_FULL, "BacklogFull")
/* the connection is closed or closing */
ATCP_MIB_DROP(STATE_CLOSED, "StateClosed")
/* absorbed by TIME_WAIT */
ATCP_MIB_DROP(TW, "Tw")
/* no route back to the sender */
ATCP_MIB_DROP(ROUTE, "Route")
/* SYN beyond the flood guard's rate for its source prefix */
ATCP_MIB_DROP(GUARD_RATE, "GuardRate")

#undef ATCP_MIB_TCP
#undef ATCP_MIB_EXT
#undef ATCP_MIB_OWN
#undef ATCP_MIB_DROP
