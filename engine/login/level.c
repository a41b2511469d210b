#include "engine/login/level.h"

#include "engine/base/text.h"

static const struct {
    const char *acr;
    int level;
} levels[] = {
    {LEVEL_HIGH, 4},
    {LEVEL_SUBSTANTIAL, 3},
};

int level_of(const char *acr)
{
    for (size_t i = 0; i < COUNT(levels); i++)
        if (text_equal(levels[i].acr, acr))
            return levels[i].level;
    return 0;
}

const char *level_acr(int level)
{
    return level >= 4 ? LEVEL_HIGH : LEVEL_SUBSTANTIAL;
}

bool level_check(const char *acr, int wanted, struct error *err)
{
    int level = level_of(acr);
    return level >= wanted ||
           error_set(err, ERROR_UNSURE, "the form wants a login of level %d, this one has %d",
                     wanted, level);
}
