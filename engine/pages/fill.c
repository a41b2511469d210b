/* fill.c - one step of a form: show it, and take what was posted. Every press saves before anything
 * else is decided; only "Next" validates. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/pages/attach.h"
#include "engine/pages/note.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/pages/failure.h"
#include "engine/pages/waiting.h"
#include "engine/withdraw.h"
#include "forms/posted.h"
#include "forms/validate.h"
#include "render/site.h"

#include <string.h>

/* One request for a step. */
struct fill {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct open_draft draft;
    const struct form_page *page;
    struct finding_list findings;
    const struct note *note; /* what to tell at the top or beside a list; NULL: nothing */
};

static void close_fill(struct fill *fill)
{
    open_draft_close(&fill->draft);
}

static bool open_fill(struct fill *fill, struct error *err)
{
    struct arena *arena = fill->request->arena;
    const char *id = request_parameter(fill->request, "id");
    if (!open_draft_read(arena, fill->db, fill->visitor->app->forms,
                         fill->visitor->session.citizen.id, id, &fill->draft, err))
        return false;
    fill->draft.row.language = form_language(fill->draft.package->form, fill->visitor->language);
    finding_list_init(&fill->findings, arena);
    fill->page =
        form_page_find(fill->draft.package->form, request_parameter(fill->request, "page"));
    if (!fill->page)
        return error_set(err, ERROR_MISSING, "the form has no such page");
    return true;
}

/* ---- showing ---- */

static bool has_postbox_upload(struct fill *fill)
{
    struct upload *uploads;
    size_t count =
        uploads_list(fill->request->arena, fill->draft.answers, fill->draft.row.language, &uploads);
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < uploads[i].control->upload->source_count; s++)
            if (uploads[i].page == fill->page && uploads[i].relevant &&
                uploads[i].control->upload->sources[s] == FORM_SOURCE_POSTBOX)
                return true;
    return false;
}

/* Since it went wrong with the postbox, the person has uploaded something or promised it. */
static bool has_other_way(const struct open_draft *draft, const struct waiting *waiting)
{
    for (size_t i = 0; i < draft->attachment_count; i++)
        if (draft->attachments[i].source != ATTACHMENT_POSTBOX &&
            draft->attachments[i].added_at >= waiting->latest.changed_at)
            return true;
    return false;
}

static bool write_step(struct fill *fill, int status, struct error *err)
{
    struct arena *arena = fill->request->arena;
    struct frame frame = visitor_frame(fill->visitor);
    struct waiting waiting;
    if (!waiting_look(arena, fill->db, fill->visitor->session.citizen.id, fill->draft.row.id,
                      fill->draft.row.language, &waiting, err))
        return false;
    struct step_notice notices[2];
    size_t notice_count = 0;
    if (fill->note)
        notices[notice_count++] = (struct step_notice){.tone = FRAME_SUCCESS,
                                                       .text = fill->note->text,
                                                       .at = fill->note->at,
                                                       .undo = fill->note->answers != NULL};
    bool postbox = has_postbox_upload(fill);
    if (postbox && waiting.trouble && !has_other_way(&fill->draft, &waiting))
        notices[notice_count++] =
            (struct step_notice){.tone = FRAME_WARNING, .text = waiting.trouble};
    struct step step = {
        .answers = fill->draft.answers,
        .page = fill->page,
        .progress = progress_of(arena, &fill->draft, fill->page, fill->draft.row.language),
        .action = progress_address(arena, &fill->draft, fill->page),
        .revision = fill->draft.row.revision,
        .saved_at = fill->draft.row.saved_at,
        .findings = status == 200 ? NULL : &fill->findings,
        .documents = fill->draft.documents,
        .document_count = fill->draft.document_count,
        .postbox = postbox,
        .waiting = postbox && waiting.is_open ? waiting_address(arena, fill->draft.row.id) : NULL,
        .file_bytes = fill->visitor->app->config->file_bytes,
        .notices = notices,
        .notice_count = notice_count,
    };
    response_html(fill->response, status, step_page(arena, &frame, &step));
    return true;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_fill)
    struct fill fill = {.visitor = visitor, .db = db, .request = request, .response = response};
    if (!open_fill(&fill, err))
        return false;
    if (fill.draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, fill.draft.row.id, err);
    if (!progress_may_show(&fill.draft, fill.page)) {
        response_redirect(response, progress_resume(request->arena, &fill.draft));
        return true;
    }
    fill.note = note_read(request->arena, fill.draft.row.note, fill.page->word);
    return write_step(&fill, 200, err);
}

void fill_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* ---- saving ---- */

static void tell(struct fill *fill, const char *at, const char *text)
{
    fill->draft.row.note =
        note_write(fill->request->arena,
                   &(struct note){.page = fill->page->word, .at = at ? at : "", .text = text});
}

static void go(struct fill *fill, const char *fragment)
{
    char *address = progress_address(fill->request->arena, &fill->draft, fill->page);
    response_redirect(fill->response,
                      arena_printf(fill->request->arena, "%s#%s", address, fragment));
}

static bool add_row(struct fill *fill, const char *id, struct error *err)
{
    const struct form_control *repeat;
    struct place *from, *row, **rows;
    if (!posted_find_repeat(fill->draft.answers, fill->page, id, &repeat, &from) ||
        !answers_can_add(fill->draft.answers, repeat, from) ||
        answers_rows(fill->draft.answers, fill->request->arena, repeat, from, &rows) >=
            (size_t)fill->visitor->app->config->repeat_rows) {
        go(fill, "innhold");
        return true;
    }
    if (!answers_add(fill->draft.answers, repeat, from, &row, err))
        return false;
    go(fill, place_id(fill->request->arena, row));
    return true;
}

/* "Barn 2": by the repeat's short name, else by its label, else a word for any row. */
static const char *row_name(struct fill *fill, const struct form_control *repeat,
                            const struct place *row)
{
    const char *language = fill->draft.row.language;
    const struct form_text *named = repeat->short_name ? repeat->short_name : repeat->label;
    struct form_shown name =
        answers_show(fill->draft.answers, fill->request->arena, named, row, language);
    return *name.text ? arena_printf(fill->request->arena, "%s %d", name.text, place_position(row))
                      : say(language, "row");
}

static void remove_row(struct fill *fill, const char *id)
{
    struct arena *arena = fill->request->arena;
    const struct form_control *repeat = NULL;
    struct place *row = posted_find(fill->draft.answers, fill->page, id, &repeat);
    if (!row || !repeat || repeat->kind != FORM_REPEAT ||
        !answers_can_remove(fill->draft.answers, repeat, row)) {
        go(fill, "innhold");
        return;
    }
    int left = place_row_count(row) - 1;
    const char *name = row_name(fill, repeat, row), *language = fill->draft.row.language;
    const char *at = posted_repeat_id(arena, repeat, place_parent(row));
    const char *text = left ? say_count(arena, language, "row.removed", left, "navn", name)
                            : say_of(arena, language, "row.removed.0", "navn", name);
    struct bytes before = answers_write(fill->draft.answers, arena, ANSWERS_DRAFT);
    answers_remove(fill->draft.answers, row);
    fill->draft.row.note =
        note_write(arena, &(struct note){.page = fill->page->word,
                                         .at = at,
                                         .text = text,
                                         .answers = arena_text_of(arena, before)});
    go(fill, at);
}

/* The answers of before the row went, with what was posted since taken in again. */
static bool undo_remove(struct fill *fill, const char *note_text, const struct posted_field *fields,
                        size_t field_count, struct error *err)
{
    const struct note *note = note_read(fill->request->arena, note_text, fill->page->word);
    if (!note || !note->answers) {
        go(fill, "innhold");
        return true;
    }
    struct answers *before;
    if (!answers_load(fill->draft.package->form, clock_now(), BYTES_OF(note->answers), &before,
                      err))
        return false;
    answers_close(&fill->draft.answers);
    fill->draft.answers = before;
    if (!posted_apply(before, fill->page, fields, field_count, NULL, err) ||
        !open_draft_read_attachments(fill->request->arena, fill->db,
                                     fill->visitor->session.citizen.id, &fill->draft, err))
        return false;
    go(fill, note->at);
    return true;
}

static const char *after(const char *action, const char *start)
{
    return text_starts_with(action, start) ? action + strlen(start) : NULL;
}

static bool remove_file(struct fill *fill, const char *attachment_id, struct error *err)
{
    const char *name, *upload_id;
    if (!attach_remove(fill->visitor, fill->db, fill->request->arena, &fill->draft, attachment_id,
                       &name, &upload_id, err))
        return false;
    if (!name) {
        go(fill, "innhold");
        return true;
    }
    tell(fill, upload_id,
         say_of(fill->request->arena, fill->draft.row.language, "file.removed", "fil", name));
    go(fill, arena_printf(fill->request->arena, STEP_UPLOAD_ID "%s", upload_id));
    return true;
}

static bool promise(struct fill *fill, const char *upload_id, bool later, struct error *err)
{
    if (!attach_later(fill->visitor, fill->db, fill->request->arena, &fill->draft, upload_id, later,
                      err))
        return false;
    go(fill, arena_printf(fill->request->arena, STEP_UPLOAD_ID "%s", upload_id));
    return true;
}

/* The questions that were on the page as it was sent, by place_id(). */
struct seen {
    const char **ids;
    size_t count, capacity;
};

/* Whether a finding's place was on the page as the person saw it: a question that only now appeared
 * is shown before it is called missing (design.md section 4, conditional section). */
static bool was_seen(const struct fill *fill, const struct seen *seen,
                     const struct finding *finding)
{
    if (!text_starts_with(finding->code, "req."))
        return true;
    const struct place *place = answers_find(fill->draft.answers, finding->place);
    const char *id = place ? place_id(fill->request->arena, place) : NULL;
    for (size_t i = 0; i < seen->count; i++)
        if (text_equal(seen->ids[i], id))
            return true;
    return false;
}

static void add_seen(struct arena *arena, struct seen *seen, const char *id)
{
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity ? seen->capacity * 2 : 64;
        const char **grown = ARENA_ARRAY(arena, seen->capacity, const char *);
        if (seen->count)
            memcpy(grown, seen->ids, seen->count * sizeof *grown);
        seen->ids = grown;
    }
    seen->ids[seen->count++] = id;
}

static void see(struct fill *fill, struct seen *seen, const struct form_control *control,
                const struct place *from)
{
    struct answers *answers = fill->draft.answers;
    if (!answers_is_shown(answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **rows;
        size_t count = answers_rows(answers, fill->request->arena, control, from, &rows);
        for (size_t i = 0; i < count; i++)
            for (const struct form_control *c = control->first_child; c; c = c->next)
                see(fill, seen, c, rows[i]);
        return;
    }
    const struct place *place = answers_shown(answers, control, from);
    if (place && control->kind != FORM_GROUP)
        add_seen(fill->request->arena, seen, place_id(fill->request->arena, place));
    for (const struct form_control *c = control->first_child; c; c = c->next)
        see(fill, seen, c, from);
}

static struct seen what_was_seen(struct fill *fill)
{
    struct seen seen = {0};
    see(fill, &seen, fill->page->control, NULL);
    return seen;
}

/* "Next": on to the next step, or this one again with what is wrong. *again is then true. */
static void go_on(struct fill *fill, const struct seen *seen, bool *again)
{
    struct finding_list all;
    finding_list_init(&all, fill->request->arena);
    validate_page(fill->draft.answers, fill->page, fill->draft.row.language, &all);
    for (size_t i = 0; i < all.count; i++)
        if (was_seen(fill, seen, &all.items[i]))
            finding_add(&fill->findings, &all.items[i]);
    if (all.errors && !fill->findings.errors) {
        tell(fill, NULL, say(fill->draft.row.language, "more.questions"));
        go(fill, "innhold");
        return;
    }
    if (fill->findings.errors) {
        *again = true;
        return;
    }
    const struct form_page *next = progress_after(&fill->draft, fill->page);
    progress_reach(&fill->draft, next);
    response_redirect(fill->response,
                      arena_printf(fill->request->arena, "%s#innhold",
                                   progress_address(fill->request->arena, &fill->draft, next)));
}

static void go_back(struct fill *fill)
{
    const struct form_page *before = progress_previous(&fill->draft, fill->page);
    char *address =
        progress_address(fill->request->arena, &fill->draft, before ? before : fill->page);
    response_redirect(fill->response, arena_printf(fill->request->arena, "%s#innhold", address));
}

static void recalculated(struct fill *fill)
{
    tell(fill, NULL, say(fill->draft.row.language, "calculated"));
    go(fill, "innhold");
}

/* What the button says. The response is set unless *again: the step with its findings. */
static bool act(struct fill *fill, const char *action, const char *old_note,
                const struct seen *seen, const struct posted_field *fields, size_t field_count,
                bool *again, struct error *err)
{
    struct arena *arena = fill->request->arena;
    const char *id;
    if ((id = after(action, STEP_ADD)))
        return add_row(fill, id, err);
    if ((id = after(action, STEP_UNDO)))
        return undo_remove(fill, old_note, fields, field_count, err);
    if ((id = after(action, STEP_REMOVE_FILE)))
        return remove_file(fill, id, err);
    if ((id = after(action, STEP_LATER)))
        return promise(fill, id, true, err);
    if ((id = after(action, STEP_NOT_LATER)))
        return promise(fill, id, false, err);

    if ((id = after(action, STEP_REMOVE)))
        remove_row(fill, id);
    else if ((id = after(action, STEP_UPLOAD)))
        go(fill, arena_printf(arena, STEP_UPLOAD_ID "%s", id));
    else if (text_equal(action, STEP_PREVIOUS))
        go_back(fill);
    else if (text_equal(action, STEP_SAVE))
        response_redirect(fill->response, FRAME_PATH_MY_PAGE "?lagret=ja");
    else if (text_equal(action, STEP_DELETE))
        response_redirect(fill->response,
                          arena_printf(arena, "/utkast/%s/slett", fill->draft.row.id));
    else if (text_equal(action, STEP_FETCH))
        response_redirect(fill->response,
                          arena_printf(arena, "/utkast/%s/samtykke", fill->draft.row.id));
    else if (text_equal(action, STEP_REFRESH))
        go(fill, "innhold");
    else if (text_equal(action, STEP_CALCULATE))
        recalculated(fill);
    else
        go_on(fill, seen, again);
    return true;
}

static struct posted_field *fields_of(const struct request *request)
{
    struct posted_field *fields =
        ARENA_ARRAY(request->arena, request->fields.count, struct posted_field);
    for (size_t i = 0; i < request->fields.count; i++)
        fields[i] =
            (struct posted_field){request->fields.items[i].name, request->fields.items[i].value};
    return fields;
}

/* The draft was saved in another window since this page was shown: neither is thrown away silently.
 */
static bool is_conflict(struct fill *fill)
{
    const char *revision = request_field(fill->request, STEP_FIELD_REVISION);
    char *now = arena_printf(fill->request->arena, "%lld", (long long)fill->draft.row.revision);
    return !text_equal(revision, now);
}

static void write_conflict(struct fill *fill)
{
    failure_say(fill->visitor, fill->request, fill->response,
                (struct site_trouble){
                    .kind = SITE_CONFLICT,
                    .status = 409,
                    .draft_saved_at = fill->draft.row.saved_at,
                    .again = progress_address(fill->request->arena, &fill->draft, fill->page)});
}

static bool save(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_fill)
    struct fill fill = {.visitor = visitor, .db = db, .request = request, .response = response};
    if (!open_fill(&fill, err))
        return false;
    if (fill.draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, fill.draft.row.id, err);
    if (is_conflict(&fill)) {
        write_conflict(&fill);
        return true;
    }
    if (!progress_may_show(&fill.draft, fill.page)) { /* none of our pages posts there now */
        response_redirect(response, progress_resume(request->arena, &fill.draft));
        return true;
    }
    const char *action = request_field(request, STEP_FIELD_ACTION);
    const char *old_note = fill.draft.row.note;
    struct seen seen = what_was_seen(&fill);
    struct posted_field *fields = fields_of(request);
    fill.draft.row.note = NULL;
    progress_reach(&fill.draft, fill.page);
    if (!posted_apply(fill.draft.answers, fill.page, fields, request->fields.count, NULL, err))
        return false;

    CLEANUP(db_end) struct db_transaction transaction = {0};
    const char *taken;
    bool again = false;
    if (!db_begin(db, &transaction, err) ||
        !attach_files(visitor, db, request, &fill.draft, fill.page, &fill.findings, &taken, err))
        return false;
    if (taken)
        tell(&fill, NULL,
             say_of(request->arena, fill.draft.row.language, "file.attached", "fil", taken));
    if (!act(&fill, action ? action : STEP_NEXT, old_note, &seen, fields, request->fields.count,
             &again, err))
        return false;
    again = again || fill.findings.errors; /* a file that could not be taken is always told */
    struct error why;
    if (!open_draft_save(request->arena, db, visitor->session.citizen.id, &fill.draft, &why)) {
        if (why.code == ERROR_CONFLICT)
            write_conflict(&fill);
        else
            *err = why;
        return why.code == ERROR_CONFLICT;
    }
    if (!db_commit(&transaction, err))
        return false;
    return !again || write_step(&fill, 422, err);
}

void fill_save(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(save, request, response);
}

/* ---- deleting ---- */

/* Needs no form: a draft can be deleted also when its form is not offered any more. */
static bool ask_delete(struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct draft draft;
    struct attachment *attachments;
    size_t count, documents = 0;
    if (!drafts_read(arena, db, citizen_id, request_parameter(request, "id"), &draft, err))
        return false;
    if (draft.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, draft.id, err);
    if (!attachments_of_draft(arena, db, citizen_id, draft.id, &attachments, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        documents += attachments[i].source != ATTACHMENT_LATER;
    const struct package *package = catalogue_find(visitor->app->forms, draft.form_id);
    struct frame frame = visitor_frame(visitor);
    struct site_delete page = {
        .form_title = catalogue_title(arena, visitor->app->forms, draft.form_id, visitor->language),
        .saved_at = draft.saved_at,
        .document_count = (int)documents,
        .action = request->path,
        .back = package ? progress_return(arena, package, &draft) : FRAME_PATH_MY_PAGE,
    };
    response_html(response, 200, site_delete_page(request->arena, &frame, &page));
    return true;
}

void fill_ask_delete(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(ask_delete, request, response);
}

static bool delete (struct visitor *visitor, struct db *db, struct request *request,
                    struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id, *id = request_parameter(request, "id");
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !withdraw_all(request->arena, db, citizen_id, id, request->id, err) ||
        !drafts_delete(db, citizen_id, id, err) || !db_commit(&transaction, err))
        return false;
    deliver_wake(visitor->app->deliver);
    response_redirect(response, FRAME_PATH_MY_PAGE "?slettet=ja");
    return true;
}

void fill_delete(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(delete, request, response);
}
