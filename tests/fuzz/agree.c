#include "agree.h"

#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/reads.h"
#include "fuzz.h"

#include <string.h>

static bool names(struct bytes source, const char *word)
{
    return source.size && memmem(source.data, source.size, word, strlen(word));
}

/* Whether a place's calculation reads what it is about to replace. The choices of a select are not
 * there for reads_find when a form has been loaded: then, whether it could. */
static bool reads_itself(struct arena *arena, struct reads *reads, const struct form_field *field)
{
    struct xpath_tree *tree;
    if (!field->calculate || !xpath_tree_parse(arena, field->calculate->source, &tree, NULL))
        return false;
    const char *source = field->calculate->source;
    if (strstr(source, "choice-name"))
        return strpbrk(source, ".*") || strstr(source, "()") || strstr(source, field->name);
    size_t count;
    const struct read *found = reads_find(reads, tree, field, &count);
    for (size_t i = 0; i < count; i++)
        if (found[i].field == field)
            return true;
    return false;
}

static bool gives_the_same_twice(struct arena *arena, const struct form *form, struct bytes source)
{
    if (names(source, "uuid") || names(source, "random"))
        return false;
    struct reads *reads = reads_new(arena, form);
    size_t count;
    const struct form_field *const *fields = form_fields(form, &count);
    for (size_t i = 0; i < count; i++)
        if (reads_itself(arena, reads, fields[i]))
            return false;
    return true;
}

void agree_each(struct place *place, void (*visit)(struct place *place, void *context),
                void *context)
{
    visit(place, context);
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *at = place_child(place, child); at; at = at->next_row)
            agree_each(at, visit, context);
}

static void check_value(struct place *place, void *context)
{
    (void)context;
    fuzz_promise(strlen(place_value(place)) <= ANSWERS_MAX_VALUE_BYTES,
                 "no value is above its limit", place->field->path);
    fuzz_promise(text_is_utf8(BYTES_OF(place_value(place))), "every value is UTF-8",
                 place_value(place));
}

/* Both fit; what is too large to be written for reading again is the caller's to refuse. */
static bool read_again(struct answers *answers, struct bytes draft, struct answers **out)
{
    struct error err = {0};
    if (answers_load(answers_form(answers), FUZZ_NOW, draft, out, &err))
        return true;
    fuzz_promise(err.code == ERROR_LIMIT, "what was written can be read again", err.text);
    return false;
}

void agree_check(struct answers *answers, struct bytes source)
{
    agree_each(answers_root(answers), check_value, NULL);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes draft = answers_write(answers, arena, ANSWERS_DRAFT);
    CLEANUP(answers_close) struct answers *again = NULL;
    if (!read_again(answers, draft, &again) || answers_trouble(answers) || answers_trouble(again) ||
        !gives_the_same_twice(arena, answers_form(answers), source))
        return;
    fuzz_promise_same(draft, answers_write(again, arena, ANSWERS_DRAFT),
                      "a draft that is read again is the same draft");
    struct bytes sent = answers_write(answers, arena, ANSWERS_SENT);
    fuzz_promise_same(sent, answers_write(again, arena, ANSWERS_SENT),
                      "a draft that is read again sends the same");
    answers_recalculate(answers);
    if (answers_trouble(answers))
        return;
    fuzz_promise_same(draft, answers_write(answers, arena, ANSWERS_DRAFT),
                      "piece by piece gives the same as from scratch");
}
