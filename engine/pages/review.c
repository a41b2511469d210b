/* review.c - answers read back before they are sent, also as a PDF; send. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/limits.h"
#include "engine/pages/failure.h"
#include "engine/pages/kept.h"
#include "engine/pages/moved.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/pages/waiting.h"
#include "engine/provenance.h"
#include "engine/submit.h"
#include "forms/validate.h"
#include "render/pdf_receipt.h"
#include "render/section.h"

struct review {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct open_draft draft;
    struct finding_list findings;
    bool unconfirmed, pending, unchecked, changed, documents_changed;
};

static void close_review(struct review *review)
{
    open_draft_close(&review->draft);
}

static bool open_review(struct review *review, struct error *err)
{
    finding_list_init(&review->findings, review->request->arena);
    if (!open_draft_for(review->request->arena, review->db, review->visitor->app->versions,
                        &review->visitor->session, request_parameter(review->request, "id"),
                        &review->draft, err))
        return false;
    open_draft_speak(&review->draft,
                     visitor_reading(review->visitor, review->request->arena,
                                     review->draft.package->form, review->draft.row.language));
    visitor_name_organisations(review->visitor, review->draft.answers);
    return true;
}

static struct frame frame_of(const struct review *review)
{
    return visitor_form_frame(review->visitor, review->request->arena, review->draft.package->form,
                              review->draft.row.language);
}

/* "/utkast/x/side/barn#barn-2-navn": where the finding is put right. */
static const char *where(struct review *review, const struct finding *finding)
{
    struct arena *arena = review->request->arena;
    struct answers *answers = review->draft.answers;
    const struct place *place = answers_find(answers, finding->place);
    const struct form_page *page =
        place ? validate_page_of(review->draft.package->form, place_field(place)) : NULL;
    if (!page)
        return progress_address(arena, &review->draft, NULL);
    struct frame frame = frame_of(review);
    struct step step = {.answers = answers, .page = page, .findings = &review->findings};
    return arena_printf(arena, "%s%s", progress_address(arena, &review->draft, page),
                        section_target(arena, &frame, &step, finding));
}

/* Of the documents as they are listed. They may come and go without the draft's revision, since the
 * worker adds them and a withdrawal takes them away. */
static const char *documents_digest(struct review *review)
{
    struct buf buf;
    buf_init(&buf, review->request->arena);
    for (size_t i = 0; i < review->draft.attachment_count; i++) {
        const struct attachment *row = &review->draft.attachments[i];
        buf_printf(&buf, "%s %s\n", row->id, row->requirement);
    }
    return crypto_sha256_hex(review->request->arena, buf_bytes(&buf));
}

/* What the virus check has not let go, one at a time: *at is where to go on. NULL: no more. */
static const struct outline_attached *next_unchecked(struct review *review,
                                                     const struct upload **upload, size_t *at)
{
    const struct open_draft *draft = &review->draft;
    struct upload *uploads;
    size_t count =
        uploads_list(review->request->arena, draft->answers, draft->row.language, &uploads);
    while (*at < draft->document_count) {
        const struct outline_attached *attached = &draft->documents[(*at)++];
        *upload = uploads_find(uploads, count, attached->upload_id);
        if (attached->document.check != OUTLINE_CHECKED && *upload && (*upload)->relevant)
            return attached;
    }
    return NULL;
}

static struct sending_obstacle of_unchecked(struct review *review, const struct upload *upload,
                                            const struct outline_attached *attached)
{
    static const char *const ids[] = {[OUTLINE_CHECKING] = "pending.checking",
                                      [OUTLINE_HELD] = "pending.held",
                                      [OUTLINE_REFUSED] = "pending.refused"};
    struct arena *arena = review->request->arena;
    return (struct sending_obstacle){
        say_of(arena, review->draft.row.language, ids[attached->document.check], "fil",
               attached->document.name),
        arena_printf(arena, "%s#" STEP_UPLOAD_ID "%s",
                     progress_address(arena, &review->draft, upload->page), upload->id),
        NULL};
}

static struct sending_obstacle *obstacles(struct review *review, size_t *count)
{
    struct sending_obstacle *found = ARENA_ARRAY(
        review->request->arena, review->findings.count + review->draft.document_count + 3,
        struct sending_obstacle);
    *count = 0;
    if (review->changed)
        found[(*count)++] = (struct sending_obstacle){
            say(review->draft.row.language, "form.changed"),
            progress_address(review->request->arena, &review->draft, NULL), NULL};
    for (size_t i = 0; i < review->findings.count; i++)
        if (review->findings.items[i].severity == FINDING_ERROR)
            found[(*count)++] = (struct sending_obstacle){review->findings.items[i].text,
                                                          where(review, &review->findings.items[i]),
                                                          review->findings.items[i].language};
    if (review->documents_changed)
        found[(*count)++] = (struct sending_obstacle){
            say(review->draft.row.language, "documents.changed"),
            progress_address(review->request->arena, &review->draft, NULL), NULL};
    if (review->pending)
        found[(*count)++] = (struct sending_obstacle){
            say(review->draft.row.language, "pending"),
            waiting_address(review->request->arena, review->draft.row.id), NULL};
    const struct upload *upload;
    const struct outline_attached *unchecked;
    for (size_t at = 0; (unchecked = next_unchecked(review, &upload, &at));)
        found[(*count)++] = of_unchecked(review, upload, unchecked);
    return found;
}

static const struct outline *outline_of(struct review *review)
{
    const struct open_draft *draft = &review->draft;
    return outline_make(review->request->arena, draft->package->form, draft->answers,
                        draft->row.language, draft->documents, draft->document_count);
}

static void write_review(struct review *review, int status)
{
    struct arena *arena = review->request->arena;
    const struct form_page *before = progress_previous(&review->draft, NULL);
    struct frame frame = frame_of(review);
    struct sending_review page = {
        .outline = outline_of(review),
        .progress = progress_of(arena, &review->draft, NULL, review->draft.row.language),
        .address_of_page = arena_printf(arena, "/utkast/%s/side/", review->draft.row.id),
        .action = progress_address(arena, &review->draft, NULL),
        .draft_pdf = arena_printf(arena, "/utkast/%s/utkast.pdf", review->draft.row.id),
        .back = before ? progress_address(arena, &review->draft, before) : NULL,
        .revision = review->draft.row.revision,
        .shown = documents_digest(review),
        .person_name = review->visitor->session.citizen.name,
        .person_number = review->visitor->session.citizen.pid,
        .declaration_missing = review->unconfirmed,
    };
    if (status != 200)
        page.obstacles = obstacles(review, &page.obstacle_count);
    response_html(review->response, status, sending_review_page(arena, &frame, &page));
}

/* What is to be seen instead: the receipt of what was sent, what could not be saved, another
 * version of the form, or a step that is not done. */
static bool lead_elsewhere(struct review *review, bool *leads, struct error *err)
{
    struct request *request = review->request;
    struct response *response = review->response;
    *leads = true;
    if (review->draft.row.state == DRAFT_SENT)
        return sent_lead_to_receipt(review->visitor, review->db, request, response,
                                    review->draft.row.id, err);
    if (!kept_lead(review->visitor, review->db, &review->draft, request, response, leads, err))
        return false;
    if (*leads || (*leads = moved_lead(&review->draft, request, response)))
        return true;
    *leads = !progress_may_show(&review->draft, NULL);
    if (*leads)
        response_redirect(response, progress_resume(request->arena, &review->draft));
    return true;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_review)
    struct review review = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool leads;
    if (!open_review(&review, err) || !lead_elsewhere(&review, &leads, err))
        return false;
    if (!leads)
        write_review(&review, 200);
    return true;
}

void review_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* The same on paper, to read before it is sent. Nothing is kept of it, and nothing in it says that
 * it came from here: no reference, no signature, no answers as XML. */
static bool pdf(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    CLEANUP(close_review)
    struct review review = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool leads;
    if (!open_review(&review, err) || !lead_elsewhere(&review, &leads, err))
        return false;
    if (leads)
        return true;
    const struct outline *outline = outline_of(&review);
    const struct pdf_receipt page = {
        .is_draft = true,
        .agency = &visitor->app->agency,
        .received_at = clock_now(),
        .person_name = visitor->session.citizen.name,
        .person_number = visitor->session.citizen.pid,
        .outline = outline,
    };
    struct bytes bytes;
    if (!pdf_receipt_write(request->arena, &page, &bytes, err))
        return false;
    response_download(response,
                      arena_printf(request->arena, "utkast-%s.pdf", review.draft.package->id),
                      "application/pdf", bytes);
    return true;
}

void review_pdf(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(pdf, request, response);
}

/* Documents that were chosen in the postbox and are not here yet stop sending. */
static bool is_pending(struct review *review, struct error *err)
{
    struct waiting waiting;
    if (!waiting_look(review->request->arena, review->db, review->visitor->session.citizen.id,
                      review->draft.row.id, review->draft.row.language, &waiting, err))
        return false;
    review->pending = waiting.to_fetch > 0;
    return true;
}

/* The form is another than the one the draft was saved under, so what would be sent may not be what
 * was read. The draft goes over to this form, and is read once more. */
static bool show_changed(struct review *review, struct error *err)
{
    if (!open_draft_save(review->request->arena, review->db, review->visitor->session.citizen.id,
                         &review->draft, err))
        return false;
    review->changed = true;
    validate_all(review->draft.answers, review->draft.row.language, &review->findings);
    write_review(review, 422);
    return true;
}

/* A document that is not what it was when it came, or not valid any more, stops sending: it is told
 * of as one that was refused. */
static bool look_again(struct review *review, bool *held, struct error *err)
{
    size_t refused;
    if (!provenance_look_again(review->request->arena, review->db, review->draft.attachments,
                               review->draft.attachment_count, review->request->id, &refused, err))
        return false;
    *held = refused == 0;
    if (*held)
        return true;
    close_review(review);
    review->draft = (struct open_draft){0};
    if (!open_review(review, err))
        return false;
    validate_all(review->draft.answers, review->draft.row.language, &review->findings);
    write_review(review, 422);
    return true;
}

/* Another page than the review is to be seen, or the same one anew: *done, and nothing is sent. */
static bool settle_before(struct review *review, bool switched, bool *done, struct error *err)
{
    struct visitor *visitor = review->visitor;
    struct request *request = review->request;
    const struct draft *row = &review->draft.row;
    if (!kept_lead(visitor, review->db, &review->draft, request, review->response, done, err))
        return false;
    if (*done || (*done = moved_lead(&review->draft, request, review->response)))
        return true;
    *done = switched; /* not the tick: it is to words that were read in another language */
    if (*done) {
        response_redirect(review->response, request->path);
        return true;
    }
    const char *revision = arena_printf(request->arena, "%lld", (long long)row->revision);
    *done = !text_equal(request_field(request, STEP_FIELD_REVISION), revision);
    if (*done) {
        failure_say(visitor, request, review->response,
                    (struct site_trouble){.kind = SITE_CONFLICT,
                                          .status = 409,
                                          .draft_saved_at = row->saved_at,
                                          .again = request->path});
        return true;
    }
    *done = !text_equal(row->form_version, review->draft.version.digest);
    return !*done || show_changed(review, err);
}

/* Whether it was confirmed, and all of it is what was read; else the page is written that says what
 * it is not. */
static bool is_as_read(struct review *review, bool *out, struct error *err)
{
    const char *shown = request_field(review->request, SENDING_FIELD_SHOWN);
    const struct upload *upload;
    size_t first = 0;
    review->unconfirmed = !text_equal(request_field(review->request, SENDING_FIELD_CONFIRM), "ja");
    review->unchecked = next_unchecked(review, &upload, &first) != NULL;
    review->documents_changed = shown && !text_equal(shown, documents_digest(review));
    if (!is_pending(review, err))
        return false;
    *out = !review->unconfirmed && !review->pending && !review->unchecked &&
           !review->documents_changed;
    if (*out)
        return look_again(review, out, err);
    validate_all(review->draft.answers, review->draft.row.language, &review->findings);
    write_review(review, 422);
    return true;
}

static bool submit_it(struct review *review, struct error *err)
{
    struct visitor *visitor = review->visitor;
    struct request *request = review->request;
    const char *submission_id;
    bool is_new;
    struct error why;
    if (submit(visitor, request->arena, review->db, &review->draft, request->id, &submission_id,
               &is_new, &review->findings, &why)) {
        if (is_new)
            limits_count(visitor, request, LIMITS_SUBMIT);
        deliver_wake(visitor->app->deliver);
        response_redirect(review->response, sent_address(request->arena, submission_id));
        return true;
    }
    if (why.code != ERROR_INVALID || !review->findings.errors) {
        *err = why;
        return false;
    }
    write_review(review, 422);
    return true;
}

static bool send(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(close_review)
    struct review review = {.visitor = visitor, .db = db, .request = request, .response = response};
    bool switched = visitor_switch(visitor, request, response);
    bool is_too_often = limits_is_reached(visitor, request, LIMITS_SUBMIT);
    if (!open_review(&review, err))
        return false;
    if (review.draft.row.state == DRAFT_SENT) /* pressed twice: the same receipt */
        return sent_lead_to_receipt(visitor, db, request, response, review.draft.row.id, err);
    if (is_too_often)
        return limits_refuse(visitor, request, LIMITS_SUBMIT, err);
    bool done, good;
    if (!settle_before(&review, switched, &done, err))
        return false;
    if (done)
        return true;
    if (!is_as_read(&review, &good, err))
        return false;
    return !good || submit_it(&review, err);
}

void review_send(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(send, request, response);
}
