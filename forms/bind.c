#include "forms/bind.h"

#include "forms/answers_inside.h"

/* The expression at the place; `failed` when it cannot be evaluated. */
static bool evaluate(struct answers *answers, const struct xpath *xpath, const struct place *place,
                     bool failed)
{
    struct error err = {0};
    bool result = failed;
    if (!xpath_boolean(answers->run, xpath, place->node, &result, &err))
        answers_note_trouble(answers, &err);
    return result;
}

bool bind_is_required(struct answers *answers, const struct place *place)
{
    return place->field->required && evaluate(answers, place->field->required, place, true);
}

bool bind_is_readonly(struct answers *answers, const struct place *place)
{
    if (place->field->calculate && !place->field->readonly)
        return true;
    if (place_is_fixed(place) && bind_holds(answers, place)) /* else it may be put right */
        return true;
    for (const struct place *at = place; at; at = at->parent)
        if (at->field->readonly && evaluate(answers, at->field->readonly, at, true))
            return true;
    return false;
}

bool bind_holds(struct answers *answers, const struct place *place)
{
    if (!place->relevant || !place->field->constraint || !place_is_filled(place))
        return true;
    return evaluate(answers, place->field->constraint, place, false);
}
