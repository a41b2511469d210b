#include "engine/login/name.h"

#include "engine/base/log.h"
#include "engine/base/text.h"

#include <string.h>

enum { MAX_BYTES = 200 };

const char *name_to_show(struct arena *arena, const char *said)
{
    if (!said || strlen(said) > MAX_BYTES)
        return "";
    for (const char *at = said; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            return "";
    return text_collapse(arena, said);
}

const char *name_fetch(struct arena *arena, const struct register_source *population,
                       struct breaker *breaker, const char *pid)
{
    if (!population || !breaker_enter(breaker, 0, NULL))
        return "";
    struct register_settings impatient = *population->settings;
    struct register_source source = *population;
    struct register_answer answer;
    if (impatient.timeout_ms > NAME_WAIT_MS)
        impatient.timeout_ms = NAME_WAIT_MS;
    source.settings = &impatient;
    source.ask(&source, arena, &(struct register_subject){.pid = pid}, &answer);
    breaker_leave(breaker, answer.outcome != REGISTER_UNAVAILABLE);
    if (answer.outcome == REGISTER_UNAVAILABLE)
        log_event(LOG_LEVEL_WARNING, "name_not_fetched", "reason=\"%s\"", answer.reason);
    for (size_t i = 0; i < answer.fact_count; i++)
        if (text_equal(answer.facts[i].word, "person.name"))
            return name_to_show(arena, answer.facts[i].value);
    return "";
}
