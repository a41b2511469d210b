#include "engine/pages/say.h"

#include <assert.h>

/* messages.tsv beside this file. Made by the build. */
extern const struct texts_table texts_pages;

const char *say(const char *language, const char *id)
{
    struct texts_text found = texts_find(&texts_pages, id, language);
    assert(found.text);
    return found.text;
}

const char *say_of(struct arena *arena, const char *language, const char *id, const char *name,
                   const char *value)
{
    struct texts_arg arg = {name, value};
    return texts_say(arena, &texts_pages, id, language, &arg, 1).text;
}

const char *say_count(struct arena *arena, const char *language, const char *id, int64_t n,
                      const char *name, const char *value)
{
    struct texts_arg arg = {name, value};
    return texts_count(arena, &texts_pages, id, language, n, &arg, name ? 1 : 0).text;
}
