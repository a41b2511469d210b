/* fill.c - one step of a form: show it, and take what was posted. Every press saves before anything
 * else is decided; only "Next" validates. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/deliver.h"
#include "engine/fitting.h"
#include "engine/pages/attach.h"
#include "engine/pages/failure.h"
#include "engine/pages/follow.h"
#include "engine/pages/kept.h"
#include "engine/pages/moved.h"
#include "engine/pages/note.h"
#include "engine/pages/pages.h"
#include "engine/pages/press.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/pages/waiting.h"
#include "engine/partial.h"
#include "engine/prefill.h"
#include "render/site.h"

static void close_fill(struct fill *fill)
{
    open_draft_close(&fill->draft);
}

static bool open_fill(struct fill *fill, struct error *err)
{
    struct arena *arena = fill->request->arena;
    const char *id = request_parameter(fill->request, "id");
    if (!open_draft_for(arena, fill->db, fill->visitor->app->versions, &fill->visitor->session, id,
                        &fill->draft, err))
        return false;
    open_draft_speak(&fill->draft, visitor_reading(fill->visitor, arena, fill->draft.package->form,
                                                   fill->draft.row.language));
    visitor_name_organisations(fill->visitor, fill->draft.answers);
    finding_list_init(&fill->findings, arena);
    fill->page =
        form_page_find(fill->draft.package->form, request_parameter(fill->request, "page"));
    if (!fill->page)
        return error_set(err, ERROR_MISSING, "the form has no such page");
    return true;
}

/* ---- showing ---- */

/* Some document of the page may still come from there. */
static bool asks_the_postbox(struct fill *fill)
{
    struct fitting fitting = fitting_of(fill->request->arena, &fill->draft);
    return fitting_has_room(&fitting, fill->page);
}

/* Some document of the page may be one that was sent before, and there are such. */
static bool offers_earlier(struct fill *fill, bool *out, struct error *err)
{
    struct fitting fitting = fitting_of_earlier(fill->request->arena, &fill->draft);
    *out = fitting_has_room(&fitting, fill->page);
    return !*out || attachments_has_sent(fill->request->arena, fill->db,
                                         fill->visitor->session.citizen.id, clock_now(), out, err);
}

/* What it waits for is asked by a page of its own, which leads here when that is over. */
static void write_fetching(struct fill *fill, const struct frame *frame, const struct step *step)
{
    if (!request_is_partial(fill->request))
        response_html(fill->response, 200, step_fetching_page(fill->request->arena, frame, step));
    else if (request_query(fill->request, STEP_QUERY_POLL))
        fill->response->status = 204;
    else
        response_header(fill->response, "HX-Redirect", step->action);
}

enum { NOTICES = 3 };

/* What is told above the questions; notices has room for NOTICES. */
static size_t tell(const struct fill *fill, const struct waiting *waiting, bool postbox,
                   struct step_notice *notices)
{
    const struct open_draft *draft = &fill->draft;
    size_t count = 0;
    if (fill->note)
        notices[count++] = (struct step_notice){.tone = FRAME_SUCCESS,
                                                .text = fill->note->text,
                                                .at = fill->note->at,
                                                .undo = fill->note->answers != NULL};
    if (postbox && waiting->trouble &&
        !waiting_is_helped(waiting, draft->attachments, draft->attachment_count))
        notices[count++] = (struct step_notice){.tone = FRAME_WARNING, .text = waiting->trouble};
    if (answers_trouble(draft->answers))
        notices[count++] = (struct step_notice){.tone = FRAME_WARNING,
                                                .text = say(draft->row.language, "not.calculated")};
    return count;
}

static bool write_step(struct fill *fill, int status, struct error *err)
{
    struct prefill_page facts;
    prefill_look(fill->request->arena, fill->draft.answers, fill->page, fill->draft.questions,
                 fill->draft.question_count, &facts);
    struct arena *arena = fill->request->arena;
    struct frame frame = visitor_form_frame(fill->visitor, arena, fill->draft.package->form,
                                            fill->draft.row.language);
    frame.partial = request_is_partial(fill->request);
    struct waiting waiting;
    bool earlier;
    if (!waiting_look(arena, fill->db, fill->visitor->session.citizen.id, fill->draft.row.id,
                      fill->draft.row.language, &waiting, err) ||
        !offers_earlier(fill, &earlier, err))
        return false;
    struct step_progress progress =
        progress_of(arena, &fill->draft, fill->page, fill->draft.row.language);
    struct step_notice notices[NOTICES];
    bool postbox = asks_the_postbox(fill);
    size_t notice_count = tell(fill, &waiting, postbox, notices);
    struct step step = {
        .answers = fill->draft.answers,
        .page = fill->page,
        .progress = progress,
        .action = progress_address(arena, &fill->draft, fill->page),
        .revision = fill->draft.row.revision,
        .saved_at = fill->draft.row.saved_at,
        .findings = status == 200 && !fill->findings.count ? NULL : &fill->findings,
        .early_count = fill->early_count,
        .documents = fill->draft.documents,
        .document_count = fill->draft.document_count,
        .postbox = postbox,
        .waiting = postbox && waiting.is_open ? waiting_address(arena, fill->draft.row.id) : NULL,
        .arrived = waiting.to_choose > 0,
        .earlier = earlier,
        .room = attach_room(fill->visitor, &fill->draft),
        .notices = notices,
        .notice_count = notice_count,
        .unavailable = facts.unavailable,
        .unavailable_count = facts.unavailable_count,
        .focus = fill->focus,
        .said = fill->said,
    };
    if (facts.waits && status == 200 && !follow_is(fill->request)) {
        write_fetching(fill, &frame, &step);
        return true;
    }
    if (frame.partial && request_query(fill->request, STEP_QUERY_POLL)) {
        response_header(fill->response, "HX-Redirect", step.action);
        return true;
    }
    response_html(fill->response, status, step_page(arena, &frame, &step));
    if (frame.partial)
        partial_main(fill->request, fill->response);
    return true;
}

/* Where a press led, for htmx: nowhere when it was not told. */
static const char *focus_asked_for(const struct request *request)
{
    const char *focus = request_query(request, STEP_QUERY_FOCUS);
    return text_equal(focus, "innhold") ? "tittel" : focus ? focus : "";
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_fill)
    struct fill fill = {.visitor = visitor, .db = db, .request = request, .response = response};
    if (!db_look(db, err) || !open_fill(&fill, err))
        return false;
    if (fill.draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, fill.draft.row.id, err);
    bool leads;
    if (!kept_lead(visitor, db, &fill.draft, request, response, &leads, err))
        return false;
    if (leads || moved_lead(&fill.draft, request, response))
        return true;
    if (!progress_may_show(&fill.draft, fill.page)) {
        response_redirect(response, progress_resume(request->arena, &fill.draft));
        return true;
    }
    fill.note = note_read(request->arena, fill.draft.row.note, fill.page->word);
    fill.focus = request_is_partial(request) ? focus_asked_for(request) : NULL;
    return write_step(&fill, 200, err);
}

void fill_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
    partial_settle(request, response);
}

/* A draft by its address alone: where its person was. */
static bool resume(struct visitor *visitor, struct db *db, struct request *request,
                   struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    if (!open_draft_for(request->arena, db, visitor->app->versions, &visitor->session,
                        request_parameter(request, "id"), &draft, err))
        return false;
    if (draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, draft.row.id, err);
    bool leads;
    if (!kept_lead(visitor, db, &draft, request, response, &leads, err))
        return false;
    if (!leads && !moved_lead(&draft, request, response))
        response_redirect(response, progress_resume(request->arena, &draft));
    return true;
}

void fill_resume(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(resume, request, response);
}

/* ---- saving ---- */

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

/* Pressed twice, or sent again: what it says is in the draft already. Only what does not add or
 * take away is done a second time. */
static bool says_nothing_new(const struct fill *fill, bool differs)
{
    static const char *const harmless[] = {STEP_NEXT,   STEP_PREVIOUS, STEP_SAVE,
                                           STEP_DELETE, STEP_REFRESH,  STEP_CALCULATE};
    const char *action = request_field(fill->request, STEP_FIELD_ACTION);
    for (size_t i = 0; !differs && i < COUNT(harmless); i++)
        if (text_equal(action, harmless[i]))
            return true;
    return !differs && (!action || text_starts_with(action, STEP_UPLOAD));
}

/* *settled: the response is set. */
static bool settle_conflict(struct fill *fill, bool *settled, struct error *err)
{
    bool differs;
    if (!kept_differs(fill->request->arena, &fill->draft, fill->page, fill->request, &differs, err))
        return false;
    *settled = !says_nothing_new(fill, differs);
    if (!*settled)
        return true;
    if (differs)
        return kept_ask(fill->visitor, fill->db, &fill->draft, fill->request, fill->response, err);
    response_redirect(fill->response,
                      progress_address(fill->request->arena, &fill->draft, fill->page));
    return true;
}

/* The same for what was posted between presses: nobody is led away from what they write. */
static bool settle_following(struct fill *fill, struct error *err)
{
    bool differs;
    if (!kept_differs(fill->request->arena, &fill->draft, fill->page, fill->request, &differs, err))
        return false;
    if (!differs) { /* an answer to the same was lost */
        follow_saved(fill);
        return true;
    }
    if (!kept_overtaken(fill->db, fill->request, err))
        return false;
    follow_overtaken(fill);
    return true;
}

/* What was posted becomes part of the draft, in memory: reading, calculating and validating hold up
 * nobody else's writing. *again: the step is to be shown with its findings. */
static bool take(struct fill *fill, bool *again, struct error *err)
{
    struct request *request = fill->request;
    const char *action = request_field(request, STEP_FIELD_ACTION);
    const char *old_note = fill->draft.row.note, *taken;
    struct press_seen seen = press_what_was_seen(fill);
    struct posted_field *fields = fields_of(request);
    if (!follow_is(request)) /* then the row that was removed can still be put back */
        fill->draft.row.note = NULL;
    progress_reach(&fill->draft, fill->page);
    if (!posted_apply(fill->draft.answers, fill->page, fields, request->fields.count, NULL, err) ||
        !attach_files(fill->visitor, fill->db, request, &fill->draft, fill->page, &fill->findings,
                      &taken, err))
        return false;
    bool checked = checking_first(fill->visitor->app->checking) == ATTACHMENT_READY;
    if (taken)
        press_tell(fill, NULL,
                   say_of(request->arena, fill->draft.row.language,
                          checked ? "file.attached" : "file.uploaded", "fil", taken));
    const char *language = language_asked_for(request);
    if (language) { /* what came with it was typed in the one before */
        language_remember(fill->response, language);
        open_draft_speak(&fill->draft, language);
        response_redirect(fill->response, request->path);
    } else if (follow_is(request)) {
        fill->said = follow_what_changed(fill, &seen);
        follow_look_again(fill);
        return true;
    } else if (!press_act(fill, action ? action : STEP_NEXT, old_note, &seen, fields,
                          request->fields.count, again, err)) {
        return false;
    }
    *again = *again || fill->findings.errors; /* a file that could not be taken is always told */
    return true;
}

/* Not to Min side, and not to delete it. */
static bool goes_on(const struct fill *fill)
{
    const char *action = request_field(fill->request, STEP_FIELD_ACTION);
    return !text_equal(action, STEP_SAVE) && !text_equal(action, STEP_DELETE);
}

/* The draft, and the questions to registers that its answers now lead to. */
static bool write_down(struct fill *fill, struct error *err)
{
    struct arena *arena = fill->request->arena;
    struct visitor *visitor = fill->visitor;
    struct open_draft *draft = &fill->draft;
    const char *citizen_id = visitor->session.citizen.id;
    bool stale = prefill_is_stale(draft->questions, draft->question_count), asked;
    int64_t before = clock_now() - PREFILL_FRESH_DAYS * 86400;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(fill->db, &transaction, err) ||
        !open_draft_save(arena, fill->db, citizen_id, draft, err) ||
        !prefill_ask(arena, fill->db, &visitor->app->registers, draft->answers, citizen_id,
                     draft->row.id, draft->questions, draft->question_count, &asked, err) ||
        (stale && !prefills_refresh(fill->db, citizen_id, draft->row.id, before, err)) ||
        !db_commit(&transaction, err))
        return false;
    if (asked || stale)
        deliver_wake(visitor->app->deliver);
    checking_wake(visitor->app->checking);
    return true;
}

static bool answer_following(struct fill *fill, struct error *err)
{
    if (!follow_changes_page(fill)) {
        follow_saved(fill);
        return true;
    }
    fill->note = note_read(fill->request->arena, fill->draft.row.note, fill->page->word);
    fill->focus = "";
    if (!write_step(fill, 200, err))
        return false;
    response_header(fill->response, "HX-Reswap", "innerMorph");
    return true;
}

static bool save_opened(struct fill *fill, bool *moved_on, struct error *err)
{
    struct request *request = fill->request;
    struct response *response = fill->response;
    if (fill->draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(fill->visitor, fill->db, request, response, fill->draft.row.id,
                                    err);
    bool settled = false;
    if (is_conflict(fill) && follow_is(request))
        return settle_following(fill, err);
    if (is_conflict(fill) && !settle_conflict(fill, &settled, err))
        return false;
    if (settled)
        return true;
    if (!progress_may_show(&fill->draft, fill->page)) { /* none of our pages posts there now */
        response_redirect(response, progress_resume(request->arena, &fill->draft));
        return true;
    }
    bool again = false;
    if (!take(fill, &again, err))
        return false;
    if (!write_down(fill, err)) {
        *moved_on = err->code == ERROR_CONFLICT;
        return false;
    }
    if (goes_on(fill) && moved_lead(&fill->draft, request, response)) /* what was posted is safe */
        return true;
    if (follow_is(request))
        return answer_following(fill, err);
    return !again || write_step(fill, attach_status(fill->visitor, &fill->findings, response), err);
}

/* One try. *moved_on: the draft was changed between being read and being written; nothing is
 * written, and another try reads it anew. */
static bool try_save(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, bool *moved_on, struct error *err)
{
    CLEANUP(close_fill)
    struct fill fill = {.visitor = visitor, .db = db, .request = request, .response = response};
    *moved_on = false;
    if (!open_fill(&fill, err) || !save_opened(&fill, moved_on, err))
        return false;
    if (follow_is(request) && response_find_header(response, "Location"))
        follow_overtaken(&fill);
    return true;
}

static bool save(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    enum { TRIES = 3 }; /* another window's save is seen at the next; more come from the worker */
    bool moved_on = true;
    for (int i = 0; i < TRIES && moved_on; i++)
        if (try_save(visitor, db, request, response, &moved_on, err))
            return true;
    return moved_on ? error_set(err, ERROR_UNAVAILABLE, "the draft would not stand still") : false;
}

void fill_save(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(save, request, response);
    partial_settle(request, response);
}
