// SPDX-License-Identifier: GPL-2.0
/*
 * Holds a CPU up where a function begins, so that a test can let another CPU
 * overtake it: insmod atcp_delay.ko symbol=NAME cpu=N ms=MS. For the selftests only.
 *
 * Each delay is asked for by writing 1 to the parameter "armed"; it reads "0" while one
 * is under way and "-1" when it is over.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/smp.h>

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "the function");

static int cpu;
module_param(cpu, int, 0444);
MODULE_PARM_DESC(cpu, "the CPU that is held up");

static unsigned int ms = 100;
module_param(ms, uint, 0644);
MODULE_PARM_DESC(ms, "for how long, ms");

static int armed;
module_param(armed, int, 0644);
MODULE_PARM_DESC(armed, "1: the next call is held up; 0: it is; -1: it was");

static int atcp_delay_entered(struct kprobe *kp, struct pt_regs *regs)
{
	if (raw_smp_processor_id() == cpu && cmpxchg(&armed, 1, 0) == 1) {
		mdelay(ms);
		WRITE_ONCE(armed, -1);
	}
	return 0;
}

static struct kprobe atcp_delay_probe = {
	.pre_handler = atcp_delay_entered,
};

static int __init atcp_delay_init(void)
{
	if (!symbol)
		return -EINVAL;
	atcp_delay_probe.symbol_name = symbol;
	return register_kprobe(&atcp_delay_probe);
}

static void __exit atcp_delay_exit(void)
{
	unregister_kprobe(&atcp_delay_probe);
}

module_init(atcp_delay_init);
module_exit(atcp_delay_exit);
MODULE_DESCRIPTION("atcp selftests: holds a CPU up at a function");
MODULE_LICENSE("GPL");
