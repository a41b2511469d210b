#include "engine/keeping.h"

#include "engine/base/clock.h"

int64_t keeping_draft_days(const struct form *form, int64_t most)
{
    struct form_duration said = form_about(form)->draft_retention;
    int64_t days = (int64_t)said.months * 30 + said.days + said.seconds / 86400;
    return days < 1 ? 1 : days < most ? days : most;
}

int64_t keeping_until(const struct form *form, int64_t received_at)
{
    struct clock_time t = clock_oslo(received_at);
    int64_t day =
        form_duration_add(clock_days(t.year, t.month, t.day), form_about(form)->retention, 1);
    clock_date(day + 1, &t.year, &t.month, &t.day);
    t.hour = t.minute = t.second = 0;
    return clock_seconds(t);
}
