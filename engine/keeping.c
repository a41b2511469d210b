#include "engine/keeping.h"

#include "engine/base/clock.h"

int64_t keeping_draft_days(const struct form *form, int64_t most)
{
    struct form_duration said = form_about(form)->draft_retention;
    int64_t days = (int64_t)said.months * 30 + said.days + said.seconds / 86400;
    return days < 1 ? 1 : days < most ? days : most;
}

/* The end of the day in Norway that comes so long after. */
static int64_t end_of_day(int64_t from, struct form_duration after)
{
    struct clock_time t = clock_oslo(from);
    int64_t day = form_duration_add(clock_days(t.year, t.month, t.day), after, 1);
    clock_date(day + 1, &t.year, &t.month, &t.day);
    t.hour = t.minute = t.second = 0;
    return clock_seconds(t);
}

int64_t keeping_until(const struct form *form, int64_t received_at)
{
    return end_of_day(received_at, form_about(form)->retention);
}

int64_t keeping_later_until(const struct form_upload *upload, int64_t from, int64_t days)
{
    struct form_duration after = {.days = (int)days};
    return end_of_day(from, upload->has_later ? upload->later : after) - 1;
}
