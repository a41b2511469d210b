/* later.c - a document that was promised for later: the task on Min side, the page where it is
 * sent, its receipt. */
#include "engine/pages/later.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/deliver.h"
#include "engine/limits.h"
#include "engine/logbook.h"
#include "engine/pages/attach.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/provenance.h"
#include "engine/supplement.h"
#include "render/later.h"

#include <string.h>

enum { REFRESH_S = 3, REFRESH_FOR_S = 120 };

/* ---- tasks ---- */

static const struct submission *submission_of(const struct submission *submissions, size_t count,
                                              const struct attachment *promise)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(submissions[i].id, promise->submission_id))
            return &submissions[i];
    return NULL;
}

static void add_task(struct tasks *tasks, const struct attachment *promise,
                     const struct submission *submission)
{
    struct arena *arena = tasks->arena;
    const char *language = tasks->visitor->language;
    struct form_shown form = sent_title(tasks->visitor, arena, submission->form_id);
    tasks_add(tasks, &(struct overview_task){
                         .title = say_of(arena, language, "task.later", "dokument", promise->name),
                         .about = arena_printf(arena, "%s · %s", form.text, submission->reference),
                         .due_at = promise->expected_by,
                         .address = supplement_address(arena, promise->id),
                         .link = say(language, "task.later.link"),
                         .more_of_it = promise->name,
                     });
}

bool later_tasks(struct tasks *tasks, struct error *err)
{
    const char *citizen_id = tasks->visitor->session.citizen.id;
    struct attachment *promises;
    struct submission *submissions;
    size_t count, submission_count;
    if (!attachments_promised(tasks->arena, tasks->db, citizen_id, &promises, &count, err))
        return false;
    if (count == 0)
        return true;
    if (!submissions_list(tasks->arena, tasks->db, citizen_id, &submissions, &submission_count,
                          err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct submission *submission =
            submission_of(submissions, submission_count, &promises[i]);
        if (submission) /* the list of what was sent has an end too */
            add_task(tasks, &promises[i], submission);
    }
    return true;
}

/* ---- what both pages show ---- */

struct desk {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct promise promise;
    struct finding_list findings;
    bool nothing, is_too_often;
    const char *obstacle;
};

static void close_desk(struct desk *desk)
{
    supplement_close(&desk->promise);
}

static bool open_desk(struct desk *desk, struct error *err)
{
    finding_list_init(&desk->findings, desk->request->arena);
    return supplement_open(desk->visitor, desk->request->arena, desk->db,
                           request_parameter(desk->request, "id"), &desk->promise, err);
}

/* Nothing more is sent to what was withdrawn: its receipt says so. */
static bool is_withdrawn(const struct desk *desk)
{
    return !desk->promise.is_kept && desk->promise.submission.state == SUBMISSION_WITHDRAWN;
}

static void lead_to_receipt(const struct desk *desk)
{
    response_redirect(desk->response,
                      sent_address(desk->request->arena, desk->promise.submission.id));
}

static struct frame frame_of(const struct desk *desk)
{
    const struct open_draft *draft = &desk->promise.draft;
    return visitor_form_frame(desk->visitor, desk->request->arena, draft->package->form,
                              draft->row.language);
}

static struct later_about about_of(const struct desk *desk)
{
    struct arena *arena = desk->request->arena;
    const struct promise *promise = &desk->promise;
    const char *language = promise->draft.row.language;
    const struct form *form = promise->draft.package->form;
    const struct upload *upload = promise->upload;
    return (struct later_about){
        .form = form_show(form, arena, form_title(form), language),
        .reference = promise->submission.reference,
        .label = answers_show(promise->draft.answers, arena, upload->control->label, upload->place,
                              language),
        .sent_at = promise->submission.received_at,
        .due_at = promise->row.expected_by,
    };
}

/* ---- sending it ---- */

static const char *notice_of(const struct desk *desk)
{
    const struct open_draft *draft = &desk->promise.draft;
    const char *language = draft->row.language;
    if (request_query(desk->request, "fjernet"))
        return say(language, "later.removed");
    if (!request_query(desk->request, "lagt-ved") || draft->attachment_count == 0)
        return NULL;
    const struct attachment *last = &draft->attachments[draft->attachment_count - 1];
    return say_of(desk->request->arena, language,
                  last->state == ATTACHMENT_READY ? "file.attached" : "file.uploaded", "fil",
                  last->name);
}

static void write_page(struct desk *desk, int status)
{
    struct arena *arena = desk->request->arena;
    const struct promise *promise = &desk->promise;
    struct frame frame = frame_of(desk);
    struct later_page page = {
        .about = about_of(desk),
        .answers = promise->draft.answers,
        .control = promise->upload->control,
        .place = promise->upload->place,
        .documents = promise->draft.documents,
        .document_count = promise->draft.document_count,
        .room = attach_room(desk->visitor, &promise->draft),
        .findings = &desk->findings,
        .nothing = desk->nothing,
        .obstacle = desk->obstacle,
        .notice = status == 200 ? notice_of(desk) : NULL,
        .action = supplement_address(arena, promise->row.id),
        .shown = supplement_shown(arena, promise),
    };
    response_html(desk->response, status, later_page(arena, &frame, &page));
}

static void write_receipt(struct desk *desk)
{
    struct arena *arena = desk->request->arena;
    const struct promise *promise = &desk->promise;
    const struct supplement *supplement = &promise->supplement;
    char *address = supplement_address(arena, promise->row.id);
    enum sending_delivery delivery = sent_supplement(supplement);
    bool open = delivery == SENDING_QUEUED || delivery == SENDING_HANDED;
    bool fresh = clock_now() - supplement->received_at < REFRESH_FOR_S;
    struct later_about about = about_of(desk);
    struct sending_receipt receipt = {
        .is_supplement = true,
        .reference = promise->submission.reference,
        .received_at = supplement->received_at,
        .pdf = arena_printf(arena, "%s/kvittering.pdf", address),
        .pdf_size_bytes = supplement->receipt_size_bytes,
        .delivery = delivery,
        .delivered_at = supplement->delivered_at,
        .handed_at = supplement->delivered_at,
        .opened_at = supplement->opened_at,
        .mailbox = sent_mailbox(supplement->channel, supplement->mailbox),
        .mailbox_url =
            sent_mailbox_url(desk->visitor, sent_mailbox(supplement->channel, supplement->mailbox)),
        .address = address,
        .refresh_s = open && fresh ? REFRESH_S : 0,
    };
    struct frame frame = frame_of(desk);
    response_html(desk->response, 200,
                  later_receipt_page(arena, &frame, &about, &receipt, promise->draft.documents,
                                     promise->draft.document_count));
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_desk)
    struct desk desk = {.visitor = visitor, .db = db, .request = request, .response = response};
    if (!open_desk(&desk, err))
        return false;
    if (is_withdrawn(&desk))
        lead_to_receipt(&desk);
    else if (desk.promise.is_kept)
        write_receipt(&desk);
    else
        write_page(&desk, 200);
    return true;
}

void later_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* Back to the page, at the box, with what was done. */
static void go(struct desk *desk, const char *done)
{
    struct arena *arena = desk->request->arena;
    response_redirect(desk->response, arena_printf(arena, "%s%s#" STEP_UPLOAD_ID "%s",
                                                   supplement_address(arena, desk->promise.row.id),
                                                   done, desk->promise.upload->id));
}

/* A file for another document of the form is not ours to take: no page of ours sends one. */
static bool only_what_was_promised(const struct desk *desk, struct error *err)
{
    const struct open_draft_change *change = desk->promise.draft.first_change;
    for (; change; change = change->next)
        if (change->added && !text_equal(change->added->requirement, desk->promise.row.requirement))
            return error_set(err, ERROR_DENIED, "a file for what was not promised");
    return true;
}

/* Takes the files, and one away, in memory. *done: what to say of it on the page, as its query. */
static bool act(struct desk *desk, const char **done, struct error *err)
{
    struct request *request = desk->request;
    struct arena *arena = request->arena;
    struct open_draft *draft = &desk->promise.draft;
    const char *taken, *name, *upload_id;
    const char *action = request_field(request, STEP_FIELD_ACTION);
    if (!attach_files(desk->visitor, desk->db, request, draft, desk->promise.upload->page,
                      &desk->findings, &taken, err) ||
        !only_what_was_promised(desk, err))
        return false;
    *done = taken ? "?lagt-ved=ja" : "";
    if (!action || !text_starts_with(action, STEP_REMOVE_FILE))
        return true;
    if (!attach_remove(arena, draft, action + strlen(STEP_REMOVE_FILE), &name, &upload_id, err))
        return false;
    *done = name ? "?fjernet=ja" : *done;
    return true;
}

/* What was pressed was "Send", and nothing came along that has not been looked at. */
static bool is_to_be_sent(const struct desk *desk)
{
    return text_equal(request_field(desk->request, STEP_FIELD_ACTION), LATER_SEND) &&
           !desk->promise.draft.first_change && !desk->findings.errors;
}

/* Of what the virus check has not let go, the first; NULL: there is none. */
static const char *unchecked(const struct desk *desk)
{
    static const char *const ids[] = {[OUTLINE_CHECKING] = "pending.checking",
                                      [OUTLINE_HELD] = "pending.held",
                                      [OUTLINE_REFUSED] = "pending.refused"};
    const struct open_draft *draft = &desk->promise.draft;
    for (size_t i = 0; i < draft->document_count; i++) {
        const struct outline_document *document = &draft->documents[i].document;
        if (document->check != OUTLINE_CHECKED)
            return say_of(desk->request->arena, draft->row.language, ids[document->check], "fil",
                          document->name);
    }
    return NULL;
}

/* What is not as it was when it came, or not valid any more, is refused from now on. */
static bool look_again(struct desk *desk, struct error *err)
{
    const struct open_draft *draft = &desk->promise.draft;
    size_t refused;
    if (!provenance_look_again(desk->request->arena, desk->db, draft->attachments,
                               draft->attachment_count, desk->request->id, &refused, err))
        return false;
    if (refused == 0)
        return true;
    close_desk(desk);
    desk->promise = (struct promise){0};
    return open_desk(desk, err);
}

static bool send(struct desk *desk, struct error *err)
{
    struct arena *arena = desk->request->arena;
    struct promise *promise = &desk->promise;
    const char *language = promise->draft.row.language;
    const char *shown = request_field(desk->request, SENDING_FIELD_SHOWN);
    desk->nothing = promise->draft.attachment_count == 0;
    if (!desk->nothing && !text_equal(shown, supplement_shown(arena, promise)))
        desk->obstacle = say(language, "documents.changed");
    else if (!look_again(desk, err))
        return false;
    else
        desk->obstacle = unchecked(desk);
    if (desk->nothing || desk->obstacle) {
        write_page(desk, 422);
        return true;
    }
    if (desk->is_too_often)
        return limits_refuse(desk->visitor, desk->request, LIMITS_SUBMIT, err);
    bool is_new;
    if (!supplement_send(desk->visitor, arena, desk->db, promise, desk->request->id, &is_new, err))
        return false;
    if (is_new)
        limits_count(desk->visitor, desk->request, LIMITS_SUBMIT);
    deliver_wake(desk->visitor->app->deliver);
    response_redirect(desk->response, supplement_address(arena, promise->row.id));
    return true;
}

/* What is laid up is safe; the page again. */
static bool keep(struct desk *desk, const char *done, struct error *err)
{
    if (!open_draft_save(desk->request->arena, desk->db, desk->visitor->session.citizen.id,
                         &desk->promise.draft, err))
        return false;
    checking_wake(desk->visitor->app->checking);
    if (desk->findings.errors)
        write_page(desk, attach_status(desk->visitor, &desk->findings, desk->response));
    else
        go(desk, done);
    return true;
}

/* One try. *moved_on: another window was quicker; nothing is written, and another try reads anew.
 */
static bool try_save(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, bool *moved_on, struct error *err)
{
    CLEANUP(close_desk)
    struct desk desk = {.visitor = visitor, .db = db, .request = request, .response = response};
    const char *language = language_asked_for(request), *done = "";
    *moved_on = false;
    desk.is_too_often = limits_is_reached(visitor, request, LIMITS_SUBMIT);
    if (!open_desk(&desk, err))
        return false;
    if (is_withdrawn(&desk)) {
        lead_to_receipt(&desk);
        return true;
    }
    if (desk.promise.is_kept) { /* pressed twice: the same receipt */
        response_redirect(response, supplement_address(request->arena, desk.promise.row.id));
        return true;
    }
    if (!act(&desk, &done, err))
        return false;
    if (language)
        language_remember(response, language);
    bool good = !language && is_to_be_sent(&desk) ? send(&desk, err) : keep(&desk, done, err);
    *moved_on = !good && err->code == ERROR_CONFLICT;
    return good;
}

static bool save(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    enum { TRIES = 3 };
    bool moved_on = true;
    for (int i = 0; i < TRIES && moved_on; i++)
        if (try_save(visitor, db, request, response, &moved_on, err))
            return true;
    return moved_on ? error_set(err, ERROR_UNAVAILABLE, "the documents would not stand still")
                    : false;
}

void later_save(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(save, request, response);
}

/* ---- the receipt's PDF ---- */

static bool pdf(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct supplement supplement;
    struct submission submission;
    struct bytes receipt;
    if (!supplements_of_promise(arena, db, citizen_id, request_parameter(request, "id"),
                                &supplement, err) ||
        !submissions_read(arena, db, citizen_id, supplement.submission_id, &submission, err) ||
        !supplements_receipt(arena, db, citizen_id, supplement.id, &receipt, err) ||
        !logbook_add(arena, db,
                     &(struct logbook_act){.citizen_id = citizen_id,
                                           .action = AUDIT_SUBMISSION_READ,
                                           .object_id = submission.id,
                                           .request_id = request->id},
                     err))
        return false;
    response_download(response, arena_printf(arena, "ettersending-%s.pdf", submission.reference),
                      "application/pdf", receipt);
    return true;
}

void later_pdf(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(pdf, request, response);
}
