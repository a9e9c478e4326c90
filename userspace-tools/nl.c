// SPDX-License-Identifier: GPL-2.0
/*
 * Speaks to generic netlink's family atcp: reads the knobs of a listener, and sets those
 * of many as one, all or none.
 *
 * Which knobs there are, their numbers and their words is asked of the kernel
 * (knob-get), so that a newer module's are known here too.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/genetlink.h>

#include "atcpctl.h"
#include "file.h"
#include "lknob.h"
#include "nl.h"

/* Room for one message; the kernel's own is 8 KB, its answers' up to 32. */
#define ATCP_NL_BUFFER		32768
#define ATCP_NL_WORDS		16
#define ATCP_NL_AFTER		"reset_after:"

/**
 * struct atcp_nl_knob - a row of the kernel's table
 * @name: of the knob
 * @words: of its values from 0 up, an empty one at the end
 */
struct atcp_nl_knob {
	char name[32];
	char words[ATCP_NL_WORDS][32];
};

/**
 * struct atcp_nl_table - the kernel's table, by attribute
 * @knob: row by row; without a name: there is none of this number
 */
struct atcp_nl_table {
	struct atcp_nl_knob knob[64];
};

/**
 * struct atcp_nl_found - one knob's value
 * @attr: which is looked for
 * @there: it was found
 * @value: number
 * @origin: enum atcp_origin
 */
struct atcp_nl_found {
	unsigned int attr;
	bool there;
	int value;
	unsigned int origin;
};

/**
 * atcp_nl_used() - is there a kernel to speak to?
 *
 * Return: false in tests, whose made-up /proc and /sys are of no kernel.
 */
bool atcp_nl_used(void)
{
	const char *proc = getenv("ATCP_PROC_ROOT"), *sys = getenv("ATCP_SYSFS_ROOT");

	return !(proc && *proc) && !(sys && *sys);
}

/**
 * atcp_nl_request() - begin a request
 * @nl: by which it is to be sent
 * @buffer: where it is made
 * @type: number of the family
 * @flags: NLM_F_*, NLM_F_REQUEST is added
 * @command: number of the command
 *
 * Return: the message, without attributes.
 */
struct nlmsghdr *atcp_nl_request(struct atcp_nl *nl, void *buffer, unsigned int type,
				 unsigned int flags, unsigned int command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = type == GENL_ID_CTRL ? 2 : ATCP_FAMILY_VERSION;
	return nlh;
}

/**
 * struct atcp_nl_talk - a request that is under way
 * @nl: by which
 * @data: for the function that is given the answers
 */
struct atcp_nl_talk {
	struct atcp_nl *nl;
	void *data;
};

/* Keeps the text of a refusal. */
static int atcp_nl_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct atcp_nl *nl = ((struct atcp_nl_talk *)data)->nl;
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*err))) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	if (!err->error)
		return MNL_CB_STOP;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && mnl_nlmsg_size(skip) <= nlh->nlmsg_len)
		mnl_attr_for_each(attr, nlh, skip)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
			    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				snprintf(nl->why, sizeof(nl->why), "%s", mnl_attr_get_str(attr));
	errno = -err->error;
	return MNL_CB_ERROR;
}

/* Sends a request and gives every answer to a function: 0, or -1 with errno set. */
static int atcp_nl_ask(struct atcp_nl *nl, const struct nlmsghdr *nlh, mnl_cb_t answer,
		       void *data)
{
	/* What has no function here has the library's own. */
	mnl_cb_t control[NLMSG_ERROR + 1] = { [NLMSG_ERROR] = atcp_nl_error };
	char *buffer = atcp_file_must(malloc(ATCP_NL_BUFFER));
	struct atcp_nl_talk talk = { .nl = nl, .data = data };
	int rc = MNL_CB_ERROR, err;
	ssize_t len;

	*nl->why = '\0';
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) >= 0) {
		do {
			len = mnl_socket_recvfrom(nl->sock, buffer, ATCP_NL_BUFFER);
			atcp_nl_calm(buffer, len);
			rc = len < 0 ? MNL_CB_ERROR :
			     mnl_cb_run2(buffer, len, nlh->nlmsg_seq,
					 mnl_socket_get_portid(nl->sock), answer, &talk,
					 control, ARRAY_SIZE(control));
		} while (rc > MNL_CB_STOP);
	}
	err = errno;
	free(buffer);
	errno = err;
	return rc == MNL_CB_ERROR ? -1 : 0;
}

static int atcp_nl_group(const struct nlattr *nest, struct atcp_nl *nl)
{
	const struct nlattr *attr, *inner;

	mnl_attr_for_each_nested(attr, nest) {
		bool events = false;

		mnl_attr_for_each_nested(inner, attr) {
			if (mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_NAME)
				events = !strcmp(mnl_attr_get_str(inner), ATCP_MCGRP_EVENTS);
		}
		mnl_attr_for_each_nested(inner, attr) {
			if (events && mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_ID)
				nl->events = mnl_attr_get_u32(inner);
		}
	}
	return MNL_CB_OK;
}

static int atcp_nl_family(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_nl *nl = ((struct atcp_nl_talk *)data)->data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			atcp_nl_group(attr, nl);
	}
	return MNL_CB_OK;
}

/**
 * atcp_nl_open() - a socket that speaks to the family, in this network namespace
 *
 * Return: for atcp_nl_close(); NULL with errno set, ENOENT if the module is not loaded.
 */
struct atcp_nl *atcp_nl_open(void)
{
	struct atcp_nl *nl = atcp_file_must(calloc(1, sizeof(*nl)));
	char buffer[256];
	struct nlmsghdr *nlh;
	int yes = 1, err;

	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (nl->sock && !mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID)) {
		mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &yes, sizeof(yes));
		nlh = atcp_nl_request(nl, buffer, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ATCP_FAMILY_NAME);
		if (!atcp_nl_ask(nl, nlh, atcp_nl_family, nl))
			return nl;
	}
	err = errno;
	atcp_nl_close(nl);
	errno = err;
	return NULL;
}

/**
 * atcp_nl_close() - end of it
 * @nl: may be NULL
 */
void atcp_nl_close(struct atcp_nl *nl)
{
	if (nl && nl->sock)
		mnl_socket_close(nl->sock);
	free(nl);
}

/**
 * atcp_nl_follow() - give every event to a function until that says MNL_CB_STOP
 * @nl: from atcp_nl_open(); it is for nothing else from then on
 * @event: is given a message; NULL: some were lost, as they came faster than they were read
 * @data: for it
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_nl_follow(struct atcp_nl *nl, mnl_cb_t event, void *data)
{
	int group = nl->events, size = 1 << 20, rc;
	char *buffer;
	ssize_t len;

	setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -1;
	buffer = atcp_file_must(malloc(ATCP_NL_BUFFER));
	do {
		len = mnl_socket_recvfrom(nl->sock, buffer, ATCP_NL_BUFFER);
		if (len < 0)
			rc = errno == ENOBUFS ? event(NULL, data) :
			     errno == EINTR ? MNL_CB_OK : MNL_CB_ERROR;
		else
			rc = mnl_cb_run(buffer, len, 0, 0, event, data);
	} while (rc > MNL_CB_STOP);
	free(buffer);
	return rc;
}

/* --- the table of knobs ---------------------------------------------------------- */

static int atcp_nl_row(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_nl_table *table = ((struct atcp_nl_talk *)data)->data;
	struct atcp_nl_knob row = { .name = "" };
	unsigned int id = 0, words = 0;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case ATCP_A_INFO_ID:
			id = mnl_attr_get_u32(attr);
			break;
		case ATCP_A_INFO_NAME:
			snprintf(row.name, sizeof(row.name), "%s", mnl_attr_get_str(attr));
			break;
		case ATCP_A_INFO_WORD:
			if (words < ATCP_NL_WORDS)
				snprintf(row.words[words++], sizeof(row.words[0]), "%s",
					 mnl_attr_get_str(attr));
			break;
		}
	}
	if (id < ARRAY_SIZE(table->knob))
		table->knob[id] = row;
	return MNL_CB_OK;
}

/* The socket for knobs, with the kernel's table; NULL with errno set. */
static struct atcp_nl *atcp_nl_knobs(const struct atcp_nl_table **found)
{
	static struct atcp_nl_table table;
	static struct atcp_nl *nl;
	char buffer[256];

	*found = &table;
	if (nl)
		return nl;
	nl = atcp_nl_open();
	if (nl && atcp_nl_ask(nl, atcp_nl_request(nl, buffer, nl->family, NLM_F_DUMP,
						  ATCP_CMD_KNOB_GET), atcp_nl_row, &table)) {
		atcp_nl_close(nl);
		nl = NULL;
	}
	return nl;
}

static unsigned int atcp_nl_attr(const struct atcp_nl_table *table, const char *name)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(table->knob); i++)
		if (!strcmp(table->knob[i].name, name))
			return i;
	return 0;
}

/* A value's number; false if it is neither a number nor one of the words. */
static bool atcp_nl_number(const struct atcp_nl_knob *knob, const char *value, int *number)
{
	char *end;
	long ms;
	int i;

	for (i = 0; i < ATCP_NL_WORDS && *knob->words[i]; i++) {
		if (!strcmp(knob->words[i], value)) {
			*number = i;
			return true;
		}
	}
	if (!strncmp(value, ATCP_NL_AFTER, strlen(ATCP_NL_AFTER)) && *knob->words[0]) {
		ms = strtol(value + strlen(ATCP_NL_AFTER), &end, 10);
		*number = ATCP_OVERFLOW_RESET_AFTER((int)ms);
		return !*end && ms > 0 && ms < 1 << 27;
	}
	errno = 0;
	ms = strtol(value, &end, 10);
	*number = ms;
	return end != value && !*end && !errno && *number == ms;
}

/* A number as sysfs has it; to be freed. */
static char *atcp_nl_text(const struct atcp_nl_knob *knob, int number)
{
	if (!*knob->words[0] || number < 0)
		return atcp_file_format("%d", number);
	if (number < ATCP_NL_WORDS && *knob->words[number])
		return atcp_file_format("%s", knob->words[number]);
	return atcp_file_format(ATCP_NL_AFTER "%d", ATCP_OVERFLOW_MS(number));
}

/* --- reading and setting ----------------------------------------------------------- */

static void atcp_nl_found(const struct nlattr *nest, struct atcp_nl_found *found)
{
	const struct nlattr *attr;

	found->there = true;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == ATCP_A_KNOB_VALUE)
			found->value = (int)mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == ATCP_A_KNOB_ORIGIN)
			found->origin = mnl_attr_get_u32(attr);
	}
}

static const char *atcp_nl_origin(const struct atcp_nl_found *found)
{
	static const char * const origins[] = {
		[ATCP_ORIGIN_LISTENER]	= "listener",
		[ATCP_ORIGIN_SOCKET]	= "socket",
		[ATCP_ORIGIN_NETNS]	= "netns",
	};

	return found->origin < ARRAY_SIZE(origins) ? origins[found->origin] : "";
}

static int atcp_nl_value(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_nl_found *found = ((struct atcp_nl_talk *)data)->data;
	const struct nlattr *attr, *knob;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != ATCP_A_LISTENER_KNOBS)
			continue;
		mnl_attr_for_each_nested(knob, attr) {
			if (mnl_attr_get_type(knob) == found->attr)
				atcp_nl_found(knob, found);
		}
	}
	return MNL_CB_OK;
}

/* The table's row of a knob's attribute, NULL if there is none. */
static const struct atcp_nl_knob *atcp_nl_knob_of(const struct nlattr *nest)
{
	const struct atcp_nl_table *table;
	unsigned int attr = mnl_attr_get_type(nest);

	if (!atcp_nl_knobs(&table) || attr >= ARRAY_SIZE(table->knob) ||
	    !*table->knob[attr].name)
		return NULL;
	return &table->knob[attr];
}

/**
 * atcp_nl_knob() - which knob a listener's message tells of
 * @nest: its attribute
 *
 * Return: the knob's name, NULL if there is none of this number.
 */
const char *atcp_nl_knob(const struct nlattr *nest)
{
	const struct atcp_nl_knob *knob = atcp_nl_knob_of(nest);

	return knob ? knob->name : NULL;
}

/**
 * atcp_nl_knob_text() - what it says of it
 * @nest: the attribute of a knob that there is
 *
 * Return: value and origin, as sysfs has them; to be freed
 */
char *atcp_nl_knob_text(const struct nlattr *nest)
{
	struct atcp_nl_found found = { .origin = UINT_MAX };
	char *value, *text;

	atcp_nl_found(nest, &found);
	value = atcp_nl_text(atcp_nl_knob_of(nest), found.value);
	text = atcp_file_format("%s %s", value, atcp_nl_origin(&found));
	free(value);
	return text;
}

/**
 * struct atcp_nl_each - who is given the answers
 * @one: the function
 * @data: for it
 */
struct atcp_nl_each {
	void (*one)(const struct nlmsghdr *nlh, void *data);
	void *data;
};

static int atcp_nl_answer(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_nl_each *each = ((struct atcp_nl_talk *)data)->data;

	each->one(nlh, each->data);
	return MNL_CB_OK;
}

/**
 * atcp_nl_dump() - send a request, and give every answer to a function
 * @nl: by which
 * @nlh: the request
 * @one: is given each answer, with its attributes from ATCP_NL_HEAD on
 * @data: for @one
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_nl_dump(struct atcp_nl *nl, const struct nlmsghdr *nlh,
		 void (*one)(const struct nlmsghdr *nlh, void *data), void *data)
{
	struct atcp_nl_each each = { .one = one, .data = data };

	return atcp_nl_ask(nl, nlh, atcp_nl_answer, &each);
}

/**
 * atcp_nl_get() - a knob of a listener
 * @id: number of the listener
 * @name: of the knob
 * @value: result, for atcp_lknob_value_free()
 *
 * Return: 0, or -1 with errno set; ENOENT: there is no such listener, or no such knob.
 */
int atcp_nl_get(unsigned long id, const char *name, struct atcp_lknob_value *value)
{
	struct atcp_nl_found found = { .origin = UINT_MAX };
	const struct atcp_nl_table *table;
	struct atcp_nl *nl = atcp_nl_knobs(&table);
	struct nlmsghdr *nlh;
	char buffer[256];

	if (!nl)
		return -1;
	found.attr = atcp_nl_attr(table, name);
	nlh = atcp_nl_request(nl, buffer, nl->family, NLM_F_ACK, ATCP_CMD_LISTENER_GET);
	mnl_attr_put_u32(nlh, ATCP_A_LISTENER_ID, id);
	mnl_attr_put_u32(nlh, ATCP_A_LISTENER_PARTS, ATCP_PART_KNOBS);
	if (found.attr && atcp_nl_ask(nl, nlh, atcp_nl_value, &found))
		return -1;
	if (!found.there) {
		errno = ENOENT;
		return -1;
	}
	value->value = atcp_nl_text(&table->knob[found.attr], found.value);
	value->from = atcp_file_format("%s", atcp_nl_origin(&found));
	return 0;
}

/* One knob in a request; false if there is none such, or no such value. */
static bool atcp_nl_put(struct nlmsghdr *nlh, const struct atcp_nl_table *table,
			const struct atcp_nl_item *item)
{
	unsigned int attr = atcp_nl_attr(table, item->name);
	struct nlattr *nest;
	int number;

	errno = ENOENT;
	if (!attr)
		return false;
	nest = mnl_attr_nest_start(nlh, attr);
	errno = EINVAL;
	if (!strcmp(item->value, "inherit"))
		mnl_attr_put(nlh, ATCP_A_KNOB_INHERIT, 0, NULL);
	else if (atcp_nl_number(&table->knob[attr], item->value, &number))
		mnl_attr_put_u32(nlh, ATCP_A_KNOB_VALUE, number);
	else
		return false;
	mnl_attr_nest_end(nlh, nest);
	return true;
}

/**
 * atcp_nl_order() - send what is to be done
 * @nl: by which
 * @nlh: the request
 * @room: no less than its length
 * @why: what the kernel said when it refused, to be freed; as it was if nothing
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_nl_order(struct atcp_nl *nl, const struct nlmsghdr *nlh, size_t room, char **why)
{
	/* The kernel takes no more in one message than there is room for in the socket. */
	int size = 2 * room;

	setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (!atcp_nl_ask(nl, nlh, NULL, NULL))
		return 0;
	if (*nl->why)
		*why = atcp_file_format("%s", nl->why);
	return -1;
}

/**
 * atcp_nl_set() - set knobs of listeners, all of them or none
 * @items: these
 * @count: how many
 * @why: what the kernel said when it refused, to be freed; NULL if nothing
 *
 * Return: 0, or -1 with errno set and every knob as it was.
 */
int atcp_nl_set(const struct atcp_nl_item *items, size_t count, char **why)
{
	/* A listener, its number, its knobs, one of them, its value. */
	size_t room = 256 + count * 5 * 8;
	const struct atcp_nl_table *table;
	struct atcp_nl *nl = atcp_nl_knobs(&table);
	struct nlattr *listener, *knobs;
	struct nlmsghdr *nlh;
	void *buffer;
	int rc = 0;
	size_t i;

	*why = NULL;
	if (!nl)
		return -1;
	buffer = atcp_file_must(malloc(room));
	nlh = atcp_nl_request(nl, buffer, nl->family, NLM_F_ACK, ATCP_CMD_LISTENER_SET);
	for (i = 0; i < count && !rc; i++) {
		listener = mnl_attr_nest_start(nlh, ATCP_A_CHANGE_LISTENER);
		mnl_attr_put_u32(nlh, ATCP_A_LISTENER_ID, items[i].id);
		knobs = mnl_attr_nest_start(nlh, ATCP_A_LISTENER_KNOBS);
		if (!atcp_nl_put(nlh, table, &items[i]))
			rc = -1;
		mnl_attr_nest_end(nlh, knobs);
		mnl_attr_nest_end(nlh, listener);
	}
	if (!rc)
		rc = atcp_nl_order(nl, nlh, room, why);
	free(buffer);
	return rc;
}
