#include "engine/pages/kept.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/pages/failure.h"
#include "engine/pages/moved.h"
#include "engine/pages/note.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "forms/compare.h"
#include "forms/posted.h"
#include "render/kept.h"

#include <string.h>

#define STEP_PATTERN "/utkast/:id/side/:page"

static char *address(struct arena *arena, const struct open_draft *draft)
{
    return arena_printf(arena, "/utkast/%s/ikke-lagret", draft->row.id);
}

/* ---- keeping ---- */

bool kept_is_step(const struct router_route *route)
{
    return text_equal(route->method, "POST") && text_equal(route->pattern, STEP_PATTERN);
}

/* Answers only: what begins with '_' is ours, and the token is a secret. */
static size_t typed_fields(struct arena *arena, const struct request *request,
                           struct kept_post_field **out)
{
    struct kept_post_field *fields =
        ARENA_ARRAY(arena, request->fields.count + 1, struct kept_post_field);
    size_t count = 0;
    for (size_t i = 0; i < request->fields.count; i++)
        if (request->fields.items[i].name[0] != '_')
            fields[count++] = (struct kept_post_field){request->fields.items[i].name,
                                                       request->fields.items[i].value};
    *out = fields;
    return count;
}

static bool keep(struct db *db, const struct request *request, enum kept_post_reason reason,
                 struct error *err)
{
    struct kept_post_field *fields;
    struct kept_post post = {
        .draft_id = request_parameter(request, "id"),
        .page = request_parameter(request, "page"),
        .reason = reason,
        .files = (int64_t)request->file_count,
        .field_count = typed_fields(request->arena, request, &fields),
    };
    post.fields = fields;
    return kept_posts_add(request->arena, db, &post, err);
}

bool kept_keep(struct app *app, const struct request *request, enum kept_post_reason reason)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(app->db, &db, &err) && keep(db, request, reason, &err))
        return true;
    if (err.code != ERROR_MISSING)
        log_error("post_not_kept", &err);
    return false;
}

/* ---- what was typed beside what is saved ---- */

struct comparing {
    struct arena *arena;
    struct open_draft *draft;
    const struct form_page *page;
    struct answers *typed; /* the draft's with what was posted; the caller's to close */
    struct kept_difference *differences;
    struct posted_place *places; /* of each difference, in typed */
    size_t count;
    const char **homeless;
    size_t homeless_count;
};

static void close_comparing(struct comparing *comparing)
{
    answers_close(&comparing->typed);
}

/* As often as it helps: an answer may be what shows the question of another. */
static bool take_in(struct comparing *comparing, const struct posted_field *fields, size_t count,
                    struct error *err)
{
    const struct open_draft *draft = comparing->draft;
    struct bytes saved = answers_write(draft->answers, comparing->arena, ANSWERS_DRAFT);
    if (!answers_load(draft->package->form, clock_now(), saved, &comparing->typed, err))
        return false;
    answers_speak(comparing->typed, draft->row.language);
    size_t before, left = SIZE_MAX;
    do {
        before = left;
        if (!posted_apply(comparing->typed, comparing->page, fields, count, &left, err))
            return false;
    } while (left && left < before);
    return true;
}

static void add_difference(struct comparing *comparing, const struct posted_place *typed)
{
    struct arena *arena = comparing->arena;
    struct answers *saved = comparing->draft->answers;
    const char *language = comparing->draft->row.language;
    struct place *place = compare_place(saved, typed->place);
    const char *was = place ? place_value(place) : "";
    if (text_equal(was, place_value(typed->place)))
        return;
    comparing->places[comparing->count] = *typed;
    comparing->differences[comparing->count++] = (struct kept_difference){
        .id = place_id(arena, typed->place),
        .row = outline_row_words(arena, comparing->typed, typed->place, language),
        .question =
            answers_show(comparing->typed, arena, typed->control->label, typed->place, language),
        .typed = answers_read(comparing->typed, arena, typed->control, typed->place, language),
        .saved = place ? answers_read(saved, arena, typed->control, place, language)
                       : (struct form_shown){"", language},
    };
}

/* "dato-maned" is answered by "dato". */
static bool is_named(struct arena *arena, const struct posted_place *place, const char *name)
{
    static const char *const parts[] = {"", POSTED_DAY, POSTED_MONTH, POSTED_YEAR};
    const char *id = place_id(arena, place->place);
    size_t size = strlen(id);
    if (strncmp(name, id, size) != 0)
        return false;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (text_equal(name + size, parts[i]))
            return true;
    return false;
}

static void find_homeless(struct comparing *comparing, const struct posted_place *places,
                          size_t place_count, const struct posted_field *fields, size_t count)
{
    comparing->homeless = ARENA_ARRAY(comparing->arena, count + 1, const char *);
    for (size_t i = 0; i < count; i++) {
        bool has_home = text_is_empty(fields[i].value);
        for (size_t k = 0; k < place_count && !has_home; k++)
            has_home = is_named(comparing->arena, &places[k], fields[i].name);
        if (!has_home)
            comparing->homeless[comparing->homeless_count++] = fields[i].value;
    }
}

static bool compare(struct comparing *comparing, const struct posted_field *fields, size_t count,
                    struct error *err)
{
    if (!take_in(comparing, fields, count, err))
        return false;
    struct posted_place *places;
    size_t place_count =
        posted_places(comparing->typed, comparing->arena, comparing->page, &places);
    comparing->differences = ARENA_ARRAY(comparing->arena, place_count + 1, struct kept_difference);
    comparing->places = ARENA_ARRAY(comparing->arena, place_count + 1, struct posted_place);
    for (size_t i = 0; i < place_count; i++)
        add_difference(comparing, &places[i]);
    find_homeless(comparing, places, place_count, fields, count);
    return true;
}

static bool compare_kept(struct comparing *comparing, const struct kept_post *post,
                         struct error *err)
{
    struct posted_field *fields =
        ARENA_ARRAY(comparing->arena, post->field_count + 1, struct posted_field);
    for (size_t i = 0; i < post->field_count; i++)
        fields[i] = (struct posted_field){post->fields[i].name, post->fields[i].value};
    return compare(comparing, fields, post->field_count, err);
}

bool kept_differs(struct arena *arena, struct open_draft *draft, const struct form_page *page,
                  const struct request *request, bool *out, struct error *err)
{
    CLEANUP(close_comparing)
    struct comparing comparing = {.arena = arena, .draft = draft, .page = page};
    struct kept_post_field *typed;
    struct kept_post post = {.field_count = typed_fields(arena, request, &typed)};
    post.fields = typed;
    if (!compare_kept(&comparing, &post, err))
        return false;
    *out = comparing.count || comparing.homeless_count;
    return true;
}

/* ---- the page ---- */

struct settling {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct open_draft *draft;
    struct kept_post post;
    struct comparing comparing;
};

static void write_page(struct settling *settling, int status)
{
    struct arena *arena = settling->request->arena;
    const struct open_draft *draft = settling->draft;
    const struct comparing *comparing = &settling->comparing;
    const struct form *form = draft->package->form;
    const char *language = draft->row.language;
    struct frame frame = visitor_form_frame(settling->visitor, arena, form, language);
    struct kept_page page = {
        .other_window = settling->post.reason == KEPT_POST_OTHER_WINDOW,
        .kept_at = settling->post.kept_at,
        .form = form_show(form, arena, form_title(form), language),
        .step = answers_show(draft->answers, arena, comparing->page->title, NULL, language),
        .differences = comparing->differences,
        .difference_count = comparing->count,
        .homeless = comparing->homeless,
        .homeless_count = comparing->homeless_count,
        .files = settling->post.files,
        .action = address(arena, draft),
        .id = settling->post.id,
        .revision = draft->row.revision,
    };
    response_html(settling->response, status, kept_page(arena, &frame, &page));
}

/* The step it was posted to; when the form has none such now, the first that there is. */
static const struct form_page *page_of(const struct settling *settling)
{
    const struct form *form = settling->draft->package->form;
    const struct form_page *page = form_page_find(form, settling->post.page);
    size_t count;
    return page ? page : &form_pages(form, &count)[0];
}

/* *waits is false when there is nothing to settle. */
static bool open_settling(struct settling *settling, bool *waits, struct error *err)
{
    struct arena *arena = settling->request->arena;
    if (!kept_posts_first(arena, settling->db, settling->visitor->session.citizen.id,
                          settling->draft->row.id, &settling->post, waits, err))
        return false;
    if (!*waits)
        return true;
    settling->comparing =
        (struct comparing){.arena = arena, .draft = settling->draft, .page = page_of(settling)};
    return compare_kept(&settling->comparing, &settling->post, err);
}

static bool has_something_to_ask(const struct settling *settling)
{
    return settling->comparing.count || settling->comparing.homeless_count || settling->post.files;
}

/* Nothing of it is other than what is saved: there is nothing to ask. */
static bool forget(struct settling *settling, struct error *err)
{
    return kept_posts_remove(settling->db, settling->visitor->session.citizen.id, settling->post.id,
                             err);
}

bool kept_lead(struct visitor *visitor, struct db *db, const struct open_draft *draft,
               struct request *request, struct response *response, bool *leads, struct error *err)
{
    struct kept_post post;
    if (!kept_posts_first(request->arena, db, visitor->session.citizen.id, draft->row.id, &post,
                          leads, err))
        return false;
    if (*leads)
        response_redirect(response, address(request->arena, draft));
    return true;
}

bool kept_overtaken(struct db *db, const struct request *request, struct error *err)
{
    return keep(db, request, KEPT_POST_OTHER_WINDOW, err);
}

bool kept_ask(struct visitor *visitor, struct db *db, struct open_draft *draft,
              struct request *request, struct response *response, struct error *err)
{
    struct settling settling = {
        .visitor = visitor, .db = db, .request = request, .response = response, .draft = draft};
    bool waits;
    bool good =
        keep(db, request, KEPT_POST_OTHER_WINDOW, err) && open_settling(&settling, &waits, err);
    if (good && waits)
        write_page(&settling, 409);
    else if (good) /* settled in another window just now */
        response_redirect(response, progress_resume(request->arena, draft));
    close_comparing(&settling.comparing);
    return good;
}

/* ---- settling ---- */

static void go_on(struct settling *settling)
{
    struct arena *arena = settling->request->arena;
    const struct form_page *page = settling->comparing.page;
    bool may = page && progress_may_show(settling->draft, page);
    response_redirect(settling->response, may ? progress_address(arena, settling->draft, page)
                                              : progress_resume(arena, settling->draft));
}

/* What is saved holds where the person says so; all else is as it was typed. */
static bool choose(struct settling *settling, struct error *err)
{
    struct comparing *comparing = &settling->comparing;
    for (size_t i = 0; i < comparing->count; i++) {
        char *name =
            arena_printf(comparing->arena, KEPT_FIELD_CHOICE "%s", comparing->differences[i].id);
        struct place *typed = comparing->places[i].place;
        const struct place *saved = compare_place(settling->draft->answers, typed);
        if (text_equal(request_field(settling->request, name), KEPT_SAVED) &&
            !answers_set(comparing->typed, typed,
                         saved ? arena_text(comparing->arena, place_value(saved)) : "", err))
            return false;
    }
    return true;
}

static bool commit(struct settling *settling, struct error *err)
{
    struct arena *arena = settling->request->arena;
    struct open_draft *draft = settling->draft;
    const char *citizen_id = settling->visitor->session.citizen.id;
    struct answers *typed = settling->comparing.typed;
    settling->comparing.typed = NULL;
    if (!open_draft_replace(arena, draft, typed, err))
        return false;
    draft->row.note =
        note_write(arena, &(struct note){.page = settling->comparing.page->word,
                                         .at = "",
                                         .text = say(draft->row.language, "kept.settled")});
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(settling->db, &transaction, err) &&
           open_draft_save(arena, settling->db, citizen_id, draft, err) &&
           kept_posts_remove(settling->db, citizen_id, settling->post.id, err) &&
           db_commit(&transaction, err);
}

/* What was read: the same post, and the same draft beside it. */
static bool is_as_shown(const struct settling *settling)
{
    const struct request *request = settling->request;
    char *now = arena_printf(request->arena, "%lld", (long long)settling->draft->row.revision);
    return text_equal(request_field(request, STEP_FIELD_REVISION), now) &&
           text_equal(request_field(request, KEPT_FIELD_ID), settling->post.id);
}

static bool settle(struct settling *settling, struct error *err)
{
    bool asks = !request_is_safe(settling->request);
    if (!has_something_to_ask(settling)) {
        if (!forget(settling, err))
            return false;
        go_on(settling);
        return true;
    }
    if (!asks || !is_as_shown(settling)) {
        write_page(settling, asks ? 409 : 200);
        return true;
    }
    if (!choose(settling, err) || !commit(settling, err))
        return false;
    go_on(settling);
    return true;
}

static bool open_and_settle(struct visitor *visitor, struct db *db, struct request *request,
                            struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    if (!open_draft_for(request->arena, db, visitor->app->versions, &visitor->session,
                        request_parameter(request, "id"), &draft, err))
        return false;
    open_draft_speak(
        &draft, visitor_reading(visitor, request->arena, draft.package->form, draft.row.language));
    visitor_name_organisations(visitor, draft.answers);
    if (draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, draft.row.id, err);
    struct settling settling = {
        .visitor = visitor, .db = db, .request = request, .response = response, .draft = &draft};
    bool waits, good = open_settling(&settling, &waits, err);
    if (good && waits)
        good = settle(&settling, err);
    else if (good)
        response_redirect(response, progress_resume(request->arena, &draft));
    close_comparing(&settling.comparing);
    return good;
}

void kept_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(open_and_settle, request, response);
}

void kept_settle(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(open_and_settle, request, response);
}
