// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the host's TSC frequency in kHz. A guest under TCG sees the host's TSC, and
 * what it measures itself at boot is wrong by a factor when the host is busy.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

/* One moment by both clocks, read so close together that nothing came between. */
static void tsc_moment(double *ns, double *ticks)
{
	double best = 1e18;
	int i;

	for (i = 0; i < 1000; i++) {
		unsigned long long before = __rdtsc(), after;
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		after = __rdtsc();
		if (after - before < best) {
			best = after - before;
			*ns = ts.tv_sec * 1e9 + ts.tv_nsec;
			*ticks = before + (after - before) / 2.0;
		}
	}
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 300000000 };
	double ns0, ns1, ticks0, ticks1;

	tsc_moment(&ns0, &ticks0);
	nanosleep(&pause, NULL);
	tsc_moment(&ns1, &ticks1);
	printf("%.0f\n", (ticks1 - ticks0) * 1e6 / (ns1 - ns0));
	return 0;
}
