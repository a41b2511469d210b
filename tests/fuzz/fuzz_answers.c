/* A stored draft: read for a form that has everything, written, read again, shown and judged. What
 * does not begin with '<' stands inside the root element. */
#include "agree.h"
#include "everything.h"
#include "fuzz.h"

#include "engine/base/text.h"
#include "forms/validate.h"
#include "render/outline.h"

#include <stdlib.h>
#include <string.h>

static struct bytes draft_of(struct arena *arena, struct bytes input)
{
    if (input.size && *input.data == '<')
        return input;
    return BYTES_OF(arena_printf(arena,
                                 "<data xmlns:sk='urn:skjema:1' id='alt' version='1'>%s</data>",
                                 arena_text_of(arena, input)));
}

static void check_files(struct place *place, void *context)
{
    struct arena *arena = context;
    struct attachment_info *files;
    size_t count = place_attachments(place, arena, &files);
    fuzz_promise(count <= FORM_MAX_FILES, "an upload has no more files than its limit", NULL);
    for (size_t i = 0; i < count; i++)
        fuzz_promise(!text_is_empty(files[i].document), "every file has an id", files[i].name);
}

static void judge(struct answers *answers)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes sent = answers_write(answers, arena, ANSWERS_SENT);
    static const char *const ours[] = {"<r sk:row", "<k sk:row", "<m sk:row"};
    for (size_t i = 0; i < COUNT(ours); i++)
        fuzz_promise(!strstr((const char *)sent.data, ours[i]), "rows are sent without our ids",
                     (const char *)sent.data);
    struct finding_list findings;
    finding_list_init(&findings, arena);
    validate_all(answers, "nb", &findings);
    for (size_t i = 0; i < findings.count; i++)
        fuzz_promise(answers_find(answers, findings.items[i].place) != NULL,
                     "a finding is about a place that is there", findings.items[i].place);
    (void)outline_make(arena, answers_form(answers), answers, "en", NULL, 0);
}

static bool load(const struct form *form, struct bytes draft, struct answers **out)
{
    struct error err = {0};
    if (answers_load(form, FUZZ_NOW, draft, out, &err))
        return true;
    fuzz_promise(err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                 "a draft is refused as wrong or as too much", err.text);
    return false;
}

void fuzz_one(struct bytes input)
{
    static struct form *form;
    if (!form)
        form = everything_open();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(answers_close) struct answers *answers = NULL;
    struct bytes draft = draft_of(arena, input);
    if (!load(form, draft, &answers) && !load(form, fuzz_repair(arena, draft), &answers))
        return;
    everything_check_rows(answers);
    agree_each(answers_root(answers), check_files, arena);
    agree_check(answers, BYTES_OF(everything_source));
    judge(answers);
}
