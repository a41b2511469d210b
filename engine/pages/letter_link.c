/* letter_link.c - where the link in a letter leads: on to what was sent or what is asked for, or to
 * a page that says why not. Nothing is told to who is not logged in; whose link it is not is told
 * the same as for a link that never was. */
#include "render/letter_link.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/outcome.h"
#include "engine/pages/sent.h"
#include "engine/supplement.h"
#include "storage/letter_links.h"
#include "storage/supplements.h"

static void write_page(struct visitor *visitor, struct request *request, struct response *response,
                       int status, const struct letter_link_page *page)
{
    struct frame frame = visitor_frame(visitor);
    response_html(response, status, letter_link_page(request->arena, &frame, page));
}

/* What was promised for later with that submission. */
struct promised {
    size_t open, kept;
    const char *task; /* where the first that is open is sent */
    int64_t last_kept_at;
};

static void count_promise(struct promised *promised, struct arena *arena,
                          const struct attachment *promise, const struct supplement *supplements,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(supplements[i].promise_id, promise->id)) {
            promised->kept++;
            if (supplements[i].received_at > promised->last_kept_at)
                promised->last_kept_at = supplements[i].received_at;
            return;
        }
    if (promised->open++ == 0)
        promised->task = supplement_address(arena, promise->id);
}

static bool read_promised(struct visitor *visitor, struct db *db, struct arena *arena,
                          const char *submission_id, struct promised *out, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct attachment *attachments;
    struct supplement *supplements;
    size_t count, supplement_count;
    if (!attachments_of_submission(arena, db, citizen_id, submission_id, &attachments, &count,
                                   err) ||
        !supplements_list(arena, db, citizen_id, &supplements, &supplement_count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source == ATTACHMENT_LATER)
            count_promise(out, arena, &attachments[i], supplements, supplement_count);
    return true;
}

static bool lead_on(struct visitor *visitor, struct db *db, struct request *request,
                    struct response *response, const struct letter_link *link, struct error *err)
{
    struct submission submission;
    struct promised promised = {0};
    if (!submissions_read(request->arena, db, visitor->session.citizen.id, link->submission_id,
                          &submission, err) ||
        !read_promised(visitor, db, request->arena, submission.id, &promised, err))
        return false;
    const char *receipt = sent_address(request->arena, submission.id);
    struct letter_link_page page = {
        .form = sent_title(visitor, request->arena, submission.form_id),
        .reference = submission.reference,
        .receipt = receipt,
        .task = promised.open == 1 ? promised.task : receipt,
    };
    if (link->decision_id) {
        response_redirect(response, outcome_decision_address(request->arena, link->decision_id));
    } else if (link->deadline == 0 || submission.state == SUBMISSION_WITHDRAWN) {
        response_redirect(response, receipt);
    } else if (promised.open == 0) {
        page.kind = LETTER_LINK_DONE;
        page.at = promised.last_kept_at;
        write_page(visitor, request, response, 200, &page);
    } else if (link->deadline < clock_now()) {
        page.kind = LETTER_LINK_PAST;
        page.at = link->deadline;
        write_page(visitor, request, response, 200, &page);
    } else {
        response_redirect(response, page.task);
    }
    return true;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct letter_link link;
    struct error why;
    if (letter_links_read(request->arena, db, visitor->session.citizen.id,
                          request_parameter(request, "id"), &link, &why))
        return lead_on(visitor, db, request, response, &link, err);
    if (why.code != ERROR_MISSING) {
        *err = why;
        return false;
    }
    write_page(visitor, request, response, 404,
               &(struct letter_link_page){.kind = LETTER_LINK_NOT_YOURS});
    return true;
}

void letter_link_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}
