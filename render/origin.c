#include "render/origin.h"

#include "engine/base/text.h"
#include "render/message.h"

const char *origin_text(struct arena *arena, const struct place *place, const char *language)
{
    static const struct {
        const char *source, *message;
    } known[] = {
        {PREFILL_LOGIN, "origin.login"},
        {PREFILL_KRR, "origin.krr"},
        {PREFILL_PERSON, "origin.person"},
        {PREFILL_ORGANISATION, "origin.organisation"},
    };
    const struct place_origin *origin = place ? place_origin(place) : NULL;
    for (size_t i = 0; origin && *place_value(place) && i < COUNT(known); i++)
        if (text_equal(known[i].source, origin->source))
            return message_with(arena, language, known[i].message, "dato",
                                types_write(arena, TYPE_DATE, origin->date, language));
    return NULL;
}
