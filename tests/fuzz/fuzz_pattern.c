/* A pattern of regex(), a line feed, and a value it is matched with. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "forms/pattern.h"

#include <string.h>

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes left = input;
    const char *text = arena_text_of(arena, fuzz_take(&left, "\n"));
    const char *value = arena_text_of(arena, left);
    if (!text_is_utf8(BYTES_OF(text)) || !text_is_utf8(BYTES_OF(value)) ||
        strlen(value) > PATTERN_MAX_VALUE_BYTES)
        return;
    struct pattern *pattern, *either;
    struct error err = {0};
    if (!pattern_new(arena, text, &pattern, &err)) {
        fuzz_promise(err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                     "a pattern is refused as wrong or as too much", err.text);
        fuzz_promise(*err.text && text_is_utf8(BYTES_OF(err.text)), "a refusal is a sentence",
                     err.text);
        return;
    }
    size_t steps = 0;
    bool matches = pattern_matches(arena, pattern, value, &steps);
    fuzz_promise(steps <= (size_t)PATTERN_MAX_STATES * 2 * (text_length(value) + 2),
                 "matching takes at most states times characters", text);
    /* a pattern in brackets, and one beside another that never matches, is the same pattern */
    const char *same = arena_printf(arena, "(?:%s)|\\u0001\\u0002", text);
    if (pattern_new(arena, same, &either, &err) && !strchr(value, 1))
        fuzz_promise(pattern_matches(arena, either, value, NULL) == matches,
                     "brackets change nothing", text);
}
