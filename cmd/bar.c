/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bar.c - see bar.h. */
#include "bar.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "words.h"

/* Columns. */
#define BAR_MIN 8
#define BAR_MAX 30
#define OBJECT_MIN 10
#define OBJECT_MAX 40
#define GAP 2 /* between two parts */

enum unit { BYTES = 1, ITEMS, SECONDS };

static const struct look {
	const char *name, *title;
	enum unit unit;
} looks[] = {
	[SP_TASK_METADATA] = { "metadata", N_("reading repositories"), BYTES },
	[SP_TASK_DOWNLOAD] = { "download", N_("downloading"), BYTES },
	[SP_TASK_COPY] = { "copy", N_("copying"), BYTES },
	[SP_TASK_PACKAGES] = { "transaction", N_("changing packages"), ITEMS },
	[SP_TASK_SERVICES] = { "activation", N_("telling services"), ITEMS },
	[SP_TASK_COMMAND] = { "command", N_("running"), SECONDS },
	[SP_TASK_TIME] = { "time", N_("waiting for the clock to be in step"),
			   SECONDS },
	[SP_TASK_MEDIUM] = { "medium", N_("waiting for the medium"), SECONDS },
	[SP_TASK_CONFIRM] = { "confirmation", N_("waiting for a confirmation"),
			      SECONDS },
};

/* --- words ------------------------------------------------------------------------ */

/* What an object is called may be anything. */
static char *shown(const char *object, bool utf8)
{
	sp_auto_buf b = { 0 };
	char *text;

	sp_buf_add_shown(&b, object);
	text = sp_buf_take(&b);
	for (char *p = text; *p && !utf8; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return text;
}

/* --- numbers ---------------------------------------------------------------------- */

/* "29 MB", "12", "20 s". */
static void add_quantity(const struct sp_task *t, int64_t n, struct sp_buf *b)
{
	if (looks[t->sort].unit == BYTES)
		sp_size_format(n, b);
	else if (looks[t->sort].unit == ITEMS)
		sp_buf_addf(b, "%lld", (long long)n);
	else
		sp_buf_addf(b, _("%lld s"), (long long)n);
}

/* "12 MB of 29 MB", "3 of 12", "29 MB". */
static void add_amount(const struct sp_task *t, struct sp_buf *b)
{
	sp_auto_buf done = { 0 }, total = { 0 };

	add_quantity(t, t->done, &done);
	add_quantity(t, t->total, &total);
	if (t->total < 0)
		sp_buf_add(b, sp_buf_cstr(&done));
	else
		sp_buf_addf(b, _("%s of %s"), sp_buf_cstr(&done),
			    sp_buf_cstr(&total));
}

static void add_rate(const struct sp_task *t, struct sp_buf *b)
{
	sp_auto_buf rate = { 0 };

	if (t->rate <= 0 || looks[t->sort].unit != BYTES)
		return;
	sp_size_format(t->rate, &rate);
	sp_buf_addf(b, _("%s/s"), sp_buf_cstr(&rate));
}

/* "0:05", "2:00:00". */
static void add_time(int64_t s, struct sp_buf *b)
{
	if (s >= 3600)
		sp_buf_addf(b, "%lld:%02d", (long long)(s / 3600),
			    (int)(s / 60 % 60));
	else
		sp_buf_addf(b, "%d", (int)(s / 60));
	sp_buf_addf(b, ":%02d", (int)(s % 60));
}

/* How long still; where nobody knows, for how long already. */
static void add_times(const struct sp_task *t, struct sp_buf *b)
{
	enum unit unit = looks[t->sort].unit;
	int64_t left = t->total - t->done;
	sp_auto_buf time = { 0 };

	if (unit == SECONDS && t->total < 0 && t->done > 0)
		add_time(t->done, b);
	if (t->total < 0 || left < 0 || unit == ITEMS)
		return;
	if (unit == BYTES) {
		if (t->rate <= 0)
			return;
		left /= t->rate;
	}
	add_time(left, &time);
	sp_buf_addf(b, _("%s left"), sp_buf_cstr(&time));
}

/* --- the bar ---------------------------------------------------------------------- */

enum part { TITLE, BAR, AMOUNT, RATE, TIMES, OBJECT, PARTS };

static int share(const struct sp_task *t, int of)
{
	if (t->done >= t->total)
		return of;
	return t->done < 0
		       ? 0
		       : (int)((double)of * (double)t->done / (double)t->total);
}

static void add_bar(const struct sp_task *t, int n, bool utf8, struct sp_buf *b)
{
	int full = share(t, n);

	for (int i = 0; i < n; i++)
		if (utf8)
			sp_buf_add(b,
				   i < full ? "\xe2\x96\x88" : "\xe2\x96\x91");
		else
			sp_buf_addc(b, i < full ? '#' : '.');
}

/* Columns of all parts that are there, with what is between them. */
static int total_of(const struct sp_buf parts[])
{
	int sum = 0;

	for (int i = 0; i < PARTS; i++)
		if (parts[i].len)
			sum += (sum ? GAP : 0) +
			       sp_columns(sp_buf_cstr(&parts[i]));
	return sum;
}

/* Cut to @max columns; what is cut says so. */
static void cut(struct sp_buf *b, int max)
{
	if (max < 0 || sp_columns(sp_buf_cstr(b)) <= max)
		return;
	b->len = sp_columns_fit(sp_buf_cstr(b), max > 3 ? max - 3 : max);
	b->data[b->len] = '\0';
	if (max > 3)
		sp_buf_add(b, "...");
}

/* What is left is divided between the object and the bar. */
static void fill(const struct sp_task *t, int columns_max, bool utf8,
		 struct sp_buf parts[])
{
	int bar = t->total > 0 ? BAR_MIN + GAP : 0;
	int room = columns_max - total_of(parts) - GAP;

	if (t->object && *t->object && room - bar >= OBJECT_MIN) {
		sp_auto_free char *object = shown(t->object, utf8);

		sp_buf_add(&parts[OBJECT], object);
		cut(&parts[OBJECT],
		    room - bar > OBJECT_MAX ? OBJECT_MAX : room - bar);
	}
	room = columns_max - total_of(parts) - GAP;
	if (bar && room >= BAR_MIN)
		add_bar(t, room > BAR_MAX ? BAR_MAX : room, utf8, &parts[BAR]);
}

void cmd_bar_draw(const struct sp_task *t, int columns_max, bool utf8,
		  struct sp_buf *ret)
{
	/* The first is the first to go. */
	static const enum part order[] = { RATE, AMOUNT, TIMES };
	struct sp_buf parts[PARTS] = { 0 };

	sp_buf_add(&parts[TITLE], _(looks[t->sort].title));
	if (looks[t->sort].unit != SECONDS)
		add_amount(t, &parts[AMOUNT]);
	add_rate(t, &parts[RATE]);
	add_times(t, &parts[TIMES]);
	for (size_t i = 0; i < SP_COUNT(order); i++)
		if (total_of(parts) > columns_max)
			parts[order[i]].len = 0;
	cut(&parts[TITLE], columns_max);
	fill(t, columns_max, utf8, parts);
	for (int i = 0, any = 0; i < PARTS; i++) {
		if (parts[i].len)
			sp_buf_addf(ret, "%*s%s", any++ ? GAP : 0, "",
				    sp_buf_cstr(&parts[i]));
		sp_buf_clear(&parts[i]);
	}
}

/* --- a line, an event --------------------------------------------------------------- */

void cmd_bar_line(const struct sp_task *t, int elapsed_s, struct sp_buf *ret)
{
	bool seconds = looks[t->sort].unit == SECONDS;
	sp_auto_buf total = { 0 }, amount = { 0 };

	sp_buf_add(ret, _(looks[t->sort].title));
	if (t->state == SP_TASK_ENDS) {
		sp_buf_addf(ret, _(": ended after %d s"), elapsed_s);
		return;
	}
	add_amount(t, &amount);
	if (t->state == SP_TASK_GOES_ON)
		sp_buf_addf(ret, ": %s", sp_buf_cstr(&amount));
	else if (t->total > 0 && seconds)
		sp_buf_addf(&total, _("%lld s at most"), (long long)t->total);
	else if (t->total > 0)
		add_quantity(t, t->total, &total);
	if (total.len)
		sp_buf_addf(ret, " (%s)", sp_buf_cstr(&total));
	if (t->object && *t->object) {
		sp_auto_free char *object = shown(t->object, true);

		sp_buf_addf(ret, ": %s", object);
	}
}

void cmd_bar_event(const struct sp_task *t, struct sp_buf *ret)
{
	static const char *const states[] = {
		[SP_TASK_BEGINS] = "begin",
		[SP_TASK_GOES_ON] = "progress",
		[SP_TASK_ENDS] = "end",
	};
	static const char *const units[] = {
		[BYTES] = "bytes",
		[ITEMS] = "items",
		[SECONDS] = "seconds",
	};
	struct sp_json j;

	sp_json_init(&j, ret, 0);
	sp_json_map(&j);
	sp_json_key(&j, "event");
	sp_json_str(&j, states[t->state]);
	sp_json_key(&j, "task");
	sp_json_str(&j, looks[t->sort].name);
	sp_json_key(&j, "object");
	sp_json_str(&j, t->object);
	sp_json_key(&j, "done");
	sp_json_int(&j, t->done);
	sp_json_key(&j, "total");
	if (t->total < 0)
		sp_json_null(&j);
	else
		sp_json_int(&j, t->total);
	sp_json_key(&j, "unit");
	sp_json_str(&j, units[looks[t->sort].unit]);
	sp_json_map_end(&j);
	sp_buf_addc(ret, '\n');
}
