/* The cases beside a form, as its author writes them. */
#include "everything.h"
#include "fuzz.h"

#include "engine/base/text.h"
#include "forms/cases.h"

#include <string.h>

static void check_place(struct arena *arena, const struct form *form,
                        const struct cases_place *place)
{
    fuzz_promise(place->field != NULL, "a place is a field", place->written);
    const char *name = cases_short_name(form, place->field), *why = NULL;
    struct cases_place found;
    fuzz_promise(cases_find(arena, form, name, &found, &why) && found.field == place->field,
                 "the short name of a field finds it", name);
}

static void check_step(struct arena *arena, const struct form *form, const struct cases_step *step)
{
    (void)cases_word(step->kind);
    fuzz_promise(step->line >= 1 && step->last_line >= step->line, "a step has its lines", NULL);
    for (size_t i = 0; i < step->place_count; i++)
        check_place(arena, form, &step->places[i]);
    for (size_t i = 0; i < step->error_count; i++)
        check_place(arena, form, &step->errors[i].place);
}

void fuzz_one(struct bytes input)
{
    static struct form *form;
    if (!form)
        form = everything_open();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct cases_file file = {0};
    cases_parse(input, "alt/cases/a.case", form, arena, &file, &findings);
    for (size_t i = 0; i < findings.count; i++)
        fuzz_promise(*findings.items[i].text && findings.items[i].line >= 0 &&
                         text_is_utf8(BYTES_OF(findings.items[i].text)),
                     "a finding says what and where", findings.items[i].text);
    for (size_t i = 0; !findings.errors && i < file.case_count; i++)
        for (size_t k = 0; k < file.cases[i].step_count; k++)
            check_step(arena, form, file.cases[i].steps[k]);
}
