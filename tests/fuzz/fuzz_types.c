/* What people type: a letter for the type ('A' is the first), and the text; for a date in three
 * fields 'z' and day, month and year with a line feed between. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "forms/types.h"

#include <string.h>

static const char *const languages[] = {"nb", "nn", "en", "se"};

static void check_problem(const struct types_problem *problem)
{
    fuzz_promise(!text_is_empty(problem->id) && texts_find(&texts_fields, problem->id, "nb").text,
                 "a problem has words", problem->id);
}

/* A field shows hours and minutes; seconds and a time zone stay as long as nobody types there
 * (posted.c). */
static bool says_more(enum type type, const char *stored)
{
    if (type != TYPE_TIME && type != TYPE_DATETIME)
        return false;
    const char *clock = strchr(stored, 'T');
    clock = clock ? clock + 1 : stored;
    return strlen(clock) > 5 && strcmp(clock + 5, ":00") != 0;
}

static void check_stored(struct arena *arena, enum type type, const char *stored)
{
    struct types_problem problem = {0};
    const char *again;
    fuzz_promise(types_check(arena, type, stored, "nb", NULL), "what is stored is of its type",
                 stored);
    fuzz_promise(types_parse(arena, type, stored, "nb", &again, &problem) &&
                     text_equal(stored, again),
                 "what is stored already comes out as it is", stored);
    for (size_t i = 0; i < COUNT(languages); i++) {
        const char *said = types_write(arena, type, stored, languages[i]);
        fuzz_promise(text_is_utf8(BYTES_OF(said)), "what is written is UTF-8", said);
        said = types_write_field(arena, type, stored, languages[i]);
        fuzz_promise(says_more(type, stored) ||
                         (types_parse(arena, type, said, languages[i], &again, &problem) &&
                          text_equal(again, stored)),
                     "what a field shows is stored as it was", said);
    }
}

static void read_date(struct arena *arena, struct bytes left)
{
    const char *day = arena_text_of(arena, fuzz_take(&left, "\n"));
    const char *month = arena_text_of(arena, fuzz_take(&left, "\n"));
    const char *year = arena_text_of(arena, left);
    const char *stored;
    struct types_problem problem = {0};
    if (!types_parse_date(arena, day, month, year, "nb", &stored, &problem)) {
        check_problem(&problem);
        return;
    }
    check_stored(arena, TYPE_DATE, stored);
    types_split_date(arena, stored, &day, &month, &year);
    const char *again;
    fuzz_promise(types_parse_date(arena, day, month, year, "nb", &again, &problem) &&
                     text_equal(stored, again),
                 "three fields show the date they were", stored);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes left = input;
    unsigned char kind = fuzz_take_byte(&left);
    if (!text_is_utf8(left))
        return;
    if (kind == 'z') {
        read_date(arena, left);
        return;
    }
    enum type type = (enum type)((unsigned char)(kind - 'A') % (TYPE_POSTNR + 1));
    const char *typed = arena_text_of(arena, left), *stored;
    struct types_problem problem = {0};
    if (types_parse(arena, type, typed, "nb", &stored, &problem))
        check_stored(arena, type, stored);
    else
        check_problem(&problem);
    if (!types_check(arena, type, typed, "en", &problem))
        check_problem(&problem);
    (void)types_write(arena, type, typed, "nn");
}
