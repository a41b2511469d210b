#include "engine/pages/moved.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/logbook.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/sent.h"
#include "engine/prefill.h"
#include "forms/compare.h"
#include "forms/validate.h"
#include "render/moved.h"

static char *address(struct arena *arena, const struct open_draft *draft)
{
    return arena_printf(arena, "/utkast/%s/nytt-skjema", draft->row.id);
}

bool moved_lead(const struct open_draft *draft, struct request *request, struct response *response)
{
    if (!draft->version.must_move)
        return false;
    response_redirect(response, address(request->arena, draft));
    return true;
}

/* One request: the draft as it is, and as it would be. */
struct moving {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct open_draft draft;
    struct open_draft next; /* borrows the row, attachments and version */
};

static void close_moving(struct moving *moving)
{
    answers_close(&moving->next.answers);
    open_draft_close(&moving->draft);
}

/* *open is false when there is nothing to move: the response is then set. */
static bool open_moving(struct moving *moving, bool *open, struct error *err)
{
    struct arena *arena = moving->request->arena;
    struct open_draft *draft = &moving->draft;
    if (!open_draft_for(arena, moving->db, moving->visitor->app->versions,
                        &moving->visitor->session, request_parameter(moving->request, "id"), draft,
                        err))
        return false;
    *open = draft->row.state == DRAFT_OPEN && draft->version.must_move;
    if (draft->row.state == DRAFT_SENT)
        return sent_lead_to_receipt(moving->visitor, moving->db, moving->request, moving->response,
                                    draft->row.id, err);
    if (!*open) {
        response_redirect(moving->response, progress_resume(arena, draft));
        return true;
    }
    const struct form *form = draft->version.offered->form;
    struct answers *carried;
    draft->row.language = visitor_reading(moving->visitor, arena, form, draft->row.language);
    moving->next = *draft;
    moving->next.answers = NULL;
    moving->next.package = draft->version.offered;
    return compare_carry(draft->answers, form, clock_now(), &carried, err) &&
           open_draft_replace(arena, &moving->next, carried, err);
}

static void write_page(struct moving *moving)
{
    struct arena *arena = moving->request->arena;
    const struct open_draft *draft = &moving->draft;
    struct compare_change *changes;
    struct moved page = {
        .before = draft->answers,
        .after = moving->next.answers,
        .change_count = compare_list(arena, draft->answers, moving->next.answers,
                                     draft->row.language, &changes),
        .changed_at = draft->version.changed_at,
        .action = address(arena, draft),
        .revision = draft->row.revision,
        .version = draft->version.offered->digest,
    };
    page.changes = changes;
    struct frame frame = visitor_form_frame(moving->visitor, arena, draft->version.offered->form,
                                            draft->row.language);
    response_html(moving->response, 200, moved_page(arena, &frame, &page));
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_moving)
    struct moving moving = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool open;
    if (!open_moving(&moving, &open, err))
        return false;
    if (open)
        write_page(&moving);
    return true;
}

void moved_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* ---- going over ---- */

/* A page that is not right now is shown first; but nobody is sent further than they had come. */
static const char *furthest_page(struct moving *moving)
{
    struct open_draft *next = &moving->next;
    size_t count;
    const struct form_page *pages = form_pages(next->package->form, &count);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(pages[i].word, next->row.page))
            break;
        struct finding_list findings;
        finding_list_init(&findings, moving->request->arena);
        if (answers_page_is_shown(next->answers, &pages[i]))
            validate_page(next->answers, &pages[i], next->row.language, &findings);
        if (findings.errors)
            return pages[i].word;
    }
    bool is_there = text_equal(next->row.page, PROGRESS_REVIEW) ||
                    form_page_find(next->package->form, next->row.page);
    return is_there ? next->row.page : "";
}

/* A document belongs to its upload by an HTML id, which may be another in the new form. */
static bool move_documents(struct moving *moving, struct error *err)
{
    struct arena *arena = moving->request->arena;
    struct open_draft *draft = &moving->draft;
    struct upload *before, *after;
    size_t count = uploads_list(arena, draft->answers, draft->row.language, &before);
    size_t new_count = uploads_list(arena, moving->next.answers, draft->row.language, &after);
    for (size_t i = 0; i < draft->attachment_count; i++) {
        const struct attachment *row = &draft->attachments[i];
        const struct upload *was = uploads_find(before, count, row->requirement);
        const struct place *is = was ? compare_place(moving->next.answers, was->place) : NULL;
        for (size_t k = 0; is && k < new_count; k++)
            if (after[k].place == is && !text_equal(after[k].id, row->requirement) &&
                !attachments_require(moving->db, draft->row.citizen_id, row->id, after[k].id, err))
                return false;
    }
    return true;
}

/* The answers as they were are kept beside the draft; all of it or nothing. */
static bool commit(struct moving *moving, struct error *err)
{
    struct arena *arena = moving->request->arena;
    const char *citizen_id = moving->visitor->session.citizen.id;
    struct draft row = moving->draft.row;
    bool asked;
    if (!prefill_from_login(arena, moving->next.answers, &moving->visitor->session.citizen, err))
        return false;
    row.answers = answers_write(moving->next.answers, arena, ANSWERS_DRAFT);
    row.form_version = moving->next.package->digest;
    row.page = furthest_page(moving);
    row.note = NULL; /* of the old form's rows */
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(moving->db, &transaction, err) &&
           versions_keep(arena, moving->db, moving->next.package, err) &&
           drafts_move(arena, moving->db, citizen_id, &row, err) && move_documents(moving, err) &&
           prefill_ask(arena, moving->db, &moving->visitor->app->registers, moving->next.answers,
                       citizen_id, row.id, moving->draft.questions, moving->draft.question_count,
                       &asked, err) &&
           logbook_add(arena, moving->db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_DRAFT_MOVED,
                                             .object_id = row.id,
                                             .request_id = moving->request->id},
                       err) &&
           db_commit(&transaction, err);
}

/* The page is shown again when the draft or the form has changed since: a yes is to what was read.
 */
static bool is_as_shown(const struct moving *moving)
{
    const char *revision = request_field(moving->request, STEP_FIELD_REVISION);
    char *now = arena_printf(moving->request->arena, "%lld", (long long)moving->draft.row.revision);
    return text_equal(revision, now) &&
           text_equal(request_field(moving->request, MOVED_FIELD_VERSION),
                      moving->draft.version.offered->digest);
}

static bool go(struct visitor *visitor, struct db *db, struct request *request,
               struct response *response, struct error *err)
{
    CLEANUP(close_moving)
    struct moving moving = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool open;
    if (!open_moving(&moving, &open, err))
        return false;
    if (!open)
        return true;
    if (!is_as_shown(&moving)) {
        write_page(&moving);
        return true;
    }
    if (!commit(&moving, err))
        return false;
    deliver_wake(visitor->app->deliver);
    response_redirect(response, arena_printf(request->arena, "/utkast/%s", moving.draft.row.id));
    return true;
}

void moved_go(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(go, request, response);
}
