/* What browsers post to a form that has everything: a digit for the page and a urlencoded body, or
 * after "--B" a multipart one; an empty line, and the next. */
#include "agree.h"
#include "everything.h"
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/http/body.h"
#include "forms/posted.h"
#include "forms/validate.h"
#include "render/step.h"

#include <string.h>

/* ---- What a post may change ---- */

/* A place as it was before. */
struct before {
    const struct form_field *field;
    const char *path, *value;
    bool relevant, readonly;
};

struct survey {
    struct answers *answers;
    struct arena *arena;
    struct before *places;
    size_t count, capacity;
};

static void survey_place(struct place *place, void *context)
{
    struct survey *survey = context;
    if (survey->count == survey->capacity)
        return;
    survey->places[survey->count++] = (struct before){
        .field = place_field(place),
        .path = place_path(survey->arena, place),
        .value = arena_text(survey->arena, place_value(place)),
        .relevant = place_is_relevant(place),
        .readonly = place_is_readonly(survey->answers, place),
    };
}

static struct survey survey_of(struct arena *arena, struct answers *answers)
{
    enum { MOST = 3000 };
    struct survey survey = {
        .answers = answers,
        .arena = arena,
        .places = ARENA_ARRAY(arena, MOST, struct before),
        .capacity = MOST,
    };
    agree_each(answers_root(answers), survey_place, &survey);
    return survey;
}

static void check_what_changed(const struct survey *survey, const struct form_page *page)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct before *before = &survey->places[i];
        const struct place *place = answers_find(survey->answers, before->path);
        if (!place || text_equal(place_value(place), before->value) ||
            everything_writes(before->field))
            continue;
        const struct form *form = answers_form(survey->answers);
        fuzz_promise(validate_page_of(form, before->field) == page,
                     "a post changes nothing on other pages", before->path);
        fuzz_promise(!before->readonly, "a post changes nothing that is readonly", before->path);
        fuzz_promise(before->relevant || place_is_relevant(place),
                     "a post changes nothing that is hidden", before->path);
    }
}

static void check_type(struct place *place, void *context)
{
    struct answers *answers = context;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    enum type type = place_field(place)->type;
    if (!place_field(place)->is_group && place_is_relevant(place) &&
        !types_check(arena, type, place_value(place), "nb", NULL))
        fuzz_promise(validate_place(answers, place) != VALIDATE_OK,
                     "what is not of its type is found", place_value(place));
    const char *day, *month, *year;
    posted_date(arena, place, &day, &month, &year);
    (void)posted_text(arena, place, "en");
}

/* ---- Buttons ---- */

static const char *after(const char *action, const char *start)
{
    return text_starts_with(action, start) ? action + strlen(start) : NULL;
}

static void press(struct answers *answers, const struct form_page *page, const char *action)
{
    const struct form_control *repeat = NULL;
    struct place *place, *row;
    struct error err;
    const char *id = after(action, STEP_ADD);
    if (id && posted_find_repeat(answers, page, id, &repeat, &place) &&
        answers_can_add(answers, repeat, place))
        (void)!answers_add(answers, repeat, place, &row, &err);
    id = after(action, STEP_REMOVE);
    place = id ? posted_find(answers, page, id, &repeat) : NULL;
    if (place && repeat && repeat->kind == FORM_REPEAT &&
        answers_can_remove(answers, repeat, place))
        answers_remove(answers, place);
    id = after(action, STEP_LATER);
    place = id ? posted_find(answers, page, id, &repeat) : NULL;
    if (place && repeat && repeat->kind == FORM_UPLOAD)
        answers_send_later(answers, place, true);
}

/* ---- Posts ---- */

static bool read_request(struct arena *arena, struct bytes post, struct request *request)
{
    bool multipart = post.size > 2 && memcmp(post.data, "--", 2) == 0;
    struct request_pair *header = ARENA_NEW(arena, struct request_pair);
    *header =
        (struct request_pair){"Content-Type", multipart ? "multipart/form-data; boundary=B"
                                                        : "application/x-www-form-urlencoded"};
    *request = (struct request){.arena = arena, .headers = {header, 1}, .body = post};
    return body_read_form(request) == 0;
}

static void apply(struct arena *arena, struct answers *answers, const struct form_page *page,
                  const struct request *request)
{
    size_t count = request->fields.count, ignored = 0;
    struct posted_field *fields = ARENA_ARRAY(arena, count, struct posted_field);
    for (size_t i = 0; i < count; i++)
        fields[i] =
            (struct posted_field){request->fields.items[i].name, request->fields.items[i].value};
    struct survey survey = survey_of(arena, answers);
    struct bytes draft = answers_write(answers, arena, ANSWERS_DRAFT);
    struct error err = {0};
    if (posted_apply(answers, page, fields, count, &ignored, &err)) {
        fuzz_promise(ignored <= count, "no more is ignored than was posted", NULL);
        check_what_changed(&survey, page);
    } else {
        fuzz_promise(err.code == ERROR_INVALID || err.code == ERROR_LIMIT,
                     "a post is refused as wrong or as too much", err.text);
        fuzz_promise_same(draft, answers_write(answers, arena, ANSWERS_DRAFT),
                          "a post that is refused changes nothing");
    }
    const char *action = request_field(request, STEP_FIELD_ACTION);
    if (action)
        press(answers, page, action);
}

static void show(struct arena *arena, struct answers *answers, const struct form_page *page)
{
    struct finding_list findings;
    finding_list_init(&findings, arena);
    validate_page(answers, page, "nb", &findings);
    struct frame_agency agency = {
        .name = "Fjordvik kommune", .number = "310245682", .address = "", .phone = "", .email = ""};
    struct frame frame = {.language = "nb", .agency = &agency, .now = FUZZ_NOW};
    struct step_link link = {.title = "", .address = "", .reachable = true};
    struct step step = {.answers = answers,
                        .page = page,
                        .progress = {.links = &link, .count = 1},
                        .action = "",
                        .findings = &findings};
    struct bytes html = step_page(arena, &frame, &step);
    fuzz_promise(text_is_utf8(html), "a page is text", NULL);
    fuzz_promise(!memmem(html.data, html.size, "<evil", 5), "no answer becomes markup",
                 (const char *)html.data);
}

void fuzz_one(struct bytes input)
{
    static struct form *form;
    if (!form)
        form = everything_open();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(answers_close) struct answers *answers = answers_open(form, FUZZ_NOW);
    struct bytes left = input;
    size_t page_count;
    const struct form_page *pages = form_pages(form, &page_count), *page = pages;
    for (int i = 0; i < 4 && left.size; i++) {
        struct bytes post = fuzz_take(&left, "\n\n");
        page = &pages[fuzz_take_byte(&post) % page_count];
        struct request request;
        if (!read_request(arena, post, &request))
            continue;
        apply(arena, answers, page, &request);
        everything_check_rows(answers);
        agree_each(answers_root(answers), check_type, answers);
        agree_check(answers, BYTES_OF(everything_source));
    }
    show(arena, answers, page);
}
