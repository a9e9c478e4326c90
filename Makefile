# SPDX-License-Identifier: GPL-2.0
# The project's front door: builds the module and the tools, installs them, and runs the test platforms.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
# The one place where the version stands.
VERSION := $(shell sed -n 's/^\#define ATCP_VERSION[[:space:]]*"\(.*\)"/\1/p' uapi/linux/atcp.h)

# V=1 shows the commands, else a line says what is made.
ifeq ($(V),1)
Q =
say = :
else ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
Q = @
say = :
else
Q = @
say = printf '  %-7s %s\n'
endif

# The kernel to build for: the running one where its headers are here, else the newest headers.
KERNELDIR ?= $(shell scripts/find-kernel)
DESTDIR ?=
PREFIX ?= /usr/local
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/atcp
export CACHE

# From the header: Debian's kernel.release file names the upstream version.
KERNELRELEASE_OF = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	'$(KERNELDIR)/include/generated/utsrelease.h' 2>/dev/null)
MODDIR = $(DESTDIR)/lib/modules/$(KERNELRELEASE_OF)/extra
STRIP ?= $(CROSS_COMPILE)strip

.PHONY: fuzz soak all module tools install uninstall modules_install headers_install dkms-install dkms-uninstall \
	deb check-packages selftests kunit uml-test vm-test debug-test kcsan-test check-programs bench style \
	docs check check-kernels demo vm deps clean help

# The @: keeps make from saying that there is nothing to be done.
all: module tools
	@:

help:
	@sed -n 's/^## //p' Makefile

##   make module           build atcp.ko and the modules beside it for KERNELDIR (default: the running kernel's headers)
module:
	@test -n '$(KERNELDIR)' || { echo 'No kernel headers here: apt-get install linux-headers-amd64'; exit 1; }
	$(Q)+$(MAKE) -C '$(KERNELDIR)' M='$(CURDIR)' $(if $(V),V=$(V)) modules

##   make tools            build atcpctl, the preload library and the rest of userspace-tools
tools:
	$(Q)+$(MAKE) -C userspace-tools all PREFIX='$(PREFIX)'

##   make install          install the module, the tools and the header (honours DESTDIR and PREFIX)
install: modules_install headers_install
	$(Q)+$(MAKE) -C userspace-tools install DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'

# Without what only a debugger reads, which is 40 times the module; type information for BPF stays.
# A kernel without CONFIG_INET_DIAG has no atcp_diag.ko.
KOS = atcp.ko atcp_diag.ko atcp_dctcp.ko atcp_bbr.ko
modules_install: module
	$(Q)install -d '$(MODDIR)'
	$(Q)for ko in $(KOS); do \
		[ -e $$ko ] || { rm -f '$(MODDIR)'/$$ko; continue; }; \
		$(say) INSTALL '$(MODDIR)'/$$ko; \
		$(STRIP) --strip-debug -o '$(MODDIR)'/$$ko.new $$ko && chmod 0644 '$(MODDIR)'/$$ko.new && \
		mv -f '$(MODDIR)'/$$ko.new '$(MODDIR)'/$$ko || exit 1; \
	done
	$(if $(DESTDIR),,$(Q)depmod -a '$(KERNELRELEASE_OF)')

##   make uninstall        remove what install put there, for KERNELDIR's kernel
uninstall:
	$(Q)rm -f $(KOS:%='$(MODDIR)/%') '$(DESTDIR)$(PREFIX)/include/linux/atcp.h' \
		'$(DESTDIR)$(PREFIX)/include/linux/atcp_ao.h' \
		'$(DESTDIR)$(PREFIX)/include/linux/atcp_netlink.h'
	$(Q)+$(MAKE) -C userspace-tools uninstall DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'
	$(if $(DESTDIR),,$(Q)depmod -a '$(KERNELRELEASE_OF)')

##   make headers_install  install <linux/atcp.h>, <linux/atcp_ao.h> and <linux/atcp_netlink.h>
headers_install:
	@$(say) INSTALL '$(DESTDIR)$(PREFIX)/include/linux/atcp.h'
	$(Q)install -D -m 0644 uapi/linux/atcp.h '$(DESTDIR)$(PREFIX)/include/linux/atcp.h'
	@$(say) INSTALL '$(DESTDIR)$(PREFIX)/include/linux/atcp_ao.h'
	$(Q)install -D -m 0644 uapi/linux/atcp_ao.h '$(DESTDIR)$(PREFIX)/include/linux/atcp_ao.h'
	@$(say) INSTALL '$(DESTDIR)$(PREFIX)/include/linux/atcp_netlink.h'
	$(Q)install -D -m 0644 uapi/linux/atcp_netlink.h '$(DESTDIR)$(PREFIX)/include/linux/atcp_netlink.h'

##   make dkms-install     hand the module to DKMS, which rebuilds it for each new kernel
dkms-install:
	$(Q)scripts/dkms install '$(VERSION)' '$(KERNELDIR)' '$(DESTDIR)'

##   make dkms-uninstall   take it back from DKMS, with every module that it built
dkms-uninstall:
	$(Q)scripts/dkms uninstall

##   make deb              Debian packages, built in a Debian of their own: atcp-dkms, atcp-tools, atcp-dev (SUITE=trixie)
SUITE ?= bookworm
deb:
	$(Q)scripts/deb $(SUITE) '$(VERSION)' dist

##   make check-packages   install, upgrade, remove and purge them, and DKMS, in chroots of bookworm and trixie
check-packages:
	scripts/check-packages

##   make selftests        build the programs that the selftests use
selftests:
	$(Q)+$(MAKE) -C selftests

##   make kunit            KUnit suites in User Mode Linux
kunit:
	scripts/kunit $(T)

##   make uml-test         kselftests in User Mode Linux, debug kernel (T="test_a test_b" chooses)
##                         packet scripts: T=test_scripts S="rfc5681-* window/*" chooses
uml-test:
	$(if $(S),ATCP_SCRIPTS='$(S)') selftests/vm/run.sh uml tests $(T)

##   make vm-test          kselftests in a QEMU VM on Debian's stock kernel (T=... chooses)
vm-test:
	selftests/vm/run.sh stock tests $(T)

##   make debug-test       kselftests in a QEMU VM on the debug kernel (T=... chooses)
debug-test:
	selftests/vm/run.sh debug tests $(T)

##   make kcsan-test       the same tests on a kernel with the data race detector (not part of check)
kcsan-test:
	selftests/vm/run.sh kcsan tests $(T)

##   make check-programs   other people's programs and tests over both stacks, compared (T=... chooses, P=uml)
check-programs:
	P='$(P)' scripts/check-programs $(T)

##   make bench            atcp beside the kernel's TCP in the stock VM: ratios (T=run|profile|synflood|paths|cc: one)
##                         A="-r 2 loss": its arguments
bench:
	ATCP_BENCH='$(A)' selftests/vm/run.sh stock bench $(T)

##   make style            checkpatch --strict, sparse, W=1, kernel-doc, layers, shellcheck
style:
	scripts/check-style

##   make docs             Documentation as HTML, in the cache (sphinx, every warning an error)
docs:
	scripts/docs

##   make check            everything: style, tools, kunit, uml, stock, kernels, debug, and a closing count
check:
	scripts/check

##   make check-kernels    every selftest on Debian's 6.1, 6.12 and newest kernel, other options, other machines
check-kernels:
	scripts/check --kernels

##   make fuzz             an attacker on the debug kernels and the tools: SECONDS=600 SEED=n P="uml uml debug tools"
fuzz: P =
fuzz:
	SECONDS_TO_RUN='$(SECONDS)' scripts/fuzz $(P)

##   make soak HOURS=n     the same for hours; it goes on after a failure
soak: P =
soak:
	@test -n '$(HOURS)' || { echo 'How long? make soak HOURS=n'; exit 1; }
	KEEP_ON=1 SECONDS_TO_RUN="$$(awk 'BEGIN { printf "%d", $(HOURS) * 3600 }')" scripts/fuzz $(P)

##   make demo             watch a web server on atcp serve through a SYN flood, in a VM
demo:
	selftests/vm/run.sh stock demo

##   make vm               an interactive shell in a VM with atcp loaded (P=stock|debug|uml)
P ?= stock
vm:
	selftests/vm/run.sh $(P) shell

##   make deps             apt-get install what the test platforms need
deps:
	scripts/deps

##   make clean            remove what builds left in the tree (the cache stays)
clean:
	$(Q)+$(if $(KERNELDIR),$(MAKE) -C '$(KERNELDIR)' M='$(CURDIR)' clean,:)
	$(Q)+$(MAKE) -C userspace-tools clean
	$(Q)+$(MAKE) -C selftests clean
