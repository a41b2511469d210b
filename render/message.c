#include "render/message.h"

#include <assert.h>

const char *message(const char *language, const char *id)
{
    struct texts_text found = texts_find(&texts_site, id, language);
    assert(found.text);
    return found.text;
}

const char *message_with_words(struct arena *arena, const char *language, const char *id,
                               const char *const *words, size_t count)
{
    assert(count % 2 == 0);
    struct texts_arg *args = ARENA_ARRAY(arena, count / 2, struct texts_arg);
    for (size_t i = 0; i < count / 2; i++)
        args[i] = (struct texts_arg){words[2 * i], words[2 * i + 1]};
    return texts_say(arena, &texts_site, id, language, args, count / 2).text;
}

const char *message_count(struct arena *arena, const char *language, const char *id, int64_t n)
{
    return texts_count(arena, &texts_site, id, language, n, NULL, 0).text;
}
