/* my_page.c - Min side: what to do, drafts, what was sent and where its letter is. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/keeping.h"
#include "engine/logbook.h"
#include "engine/open_draft.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/outcome.h"
#include "engine/pages/sent.h"
#include "engine/pages/tasks.h"
#include "engine/supplement.h"
#include "forms/locale.h"
#include "render/overview.h"
#include "storage/supplements.h"

/* By the form as it is now; a page that it has no more is not said. */
static struct form_shown reached(const struct visitor *visitor, struct arena *arena,
                                 const struct package *package, const struct draft *draft)
{
    const struct form_page *page = package ? form_page_find(package->form, draft->page) : NULL;
    return page ? form_show(package->form, arena, page->title,
                            visitor_reading(visitor, arena, package->form, draft->language))
                : (struct form_shown){0};
}

/* From the rows alone: a draft that cannot be opened does not hide the others, or itself. */
static bool list_drafts(struct visitor *visitor, struct db *db, struct arena *arena,
                        struct overview *page, struct error *err)
{
    struct draft *drafts;
    if (!drafts_list(arena, db, visitor->session.citizen.id, &drafts, &page->draft_count, err))
        return false;
    struct overview_draft *shown = ARENA_ARRAY(arena, page->draft_count, struct overview_draft);
    for (size_t i = 0; i < page->draft_count; i++) {
        const struct package *package = catalogue_find(visitor->app->forms, drafts[i].form_id);
        int64_t days = visitor->app->config->draft_days;
        if (package)
            days = keeping_draft_days(package->form, days);
        shown[i] = (struct overview_draft){
            .title = sent_title(visitor, arena, drafts[i].form_id),
            .address = package ? progress_return(arena, package, &drafts[i]) : NULL,
            .remove = arena_printf(arena, "/utkast/%s/slett", drafts[i].id),
            .at_review = text_equal(drafts[i].page, PROGRESS_REVIEW),
            .reached = reached(visitor, arena, package, &drafts[i]),
            .saved_at = drafts[i].saved_at,
            .expires_at = drafts[i].saved_at + days * 86400,
        };
    }
    page->drafts = shown;
    return true;
}

/* What was promised for later with what was sent, all of it. */
struct promised {
    struct attachment *waiting; /* the one expected first on top */
    size_t waiting_count;
    struct supplement *kept;
    size_t kept_count;
};

static bool read_promised(struct visitor *visitor, struct db *db, struct arena *arena,
                          struct promised *out, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    return attachments_promised(arena, db, citizen_id, &out->waiting, &out->waiting_count, err) &&
           supplements_list(arena, db, citizen_id, &out->kept, &out->kept_count, err);
}

static const struct attachment *first_waiting(const struct promised *promised,
                                              const char *submission_id)
{
    for (size_t i = 0; i < promised->waiting_count; i++)
        if (text_equal(promised->waiting[i].submission_id, submission_id))
            return &promised->waiting[i];
    return NULL;
}

static bool list_supplements(struct visitor *visitor, struct db *db, struct arena *arena,
                             const struct promised *promised, const char *submission_id,
                             struct overview_sent *out, struct error *err)
{
    struct overview_supplement *shown =
        ARENA_ARRAY(arena, promised->kept_count, struct overview_supplement);
    for (size_t i = 0; i < promised->kept_count; i++) {
        const struct supplement *kept = &promised->kept[i];
        struct attachment promise;
        if (!text_equal(kept->submission_id, submission_id))
            continue;
        if (!attachments_find(arena, db, visitor->session.citizen.id, kept->promise_id, &promise,
                              err))
            return false;
        shown[out->supplement_count++] = (struct overview_supplement){
            .label = promise.name,
            .address = supplement_address(arena, promise.id),
            .sent_at = kept->received_at,
            .delivery = sent_supplement(kept),
            .mailbox = sent_mailbox(kept->channel, kept->mailbox),
        };
    }
    out->supplements = shown;
    return true;
}

static bool find_withdrawal(struct db *db, struct arena *arena, const struct submission *submission,
                            struct overview_sent *out, struct error *err)
{
    struct withdrawal withdrawal;
    if (submission->state != SUBMISSION_WITHDRAWN)
        return true;
    if (!withdrawals_of_submission(arena, db, submission->citizen_id, submission->id, &withdrawal,
                                   err))
        return false;
    out->withdrawn_at = withdrawal.withdrawn_at;
    return true;
}

/* Decisions on what was sent, in their order; those that nobody opened are news too. */
struct decided {
    struct decision *rows;
    size_t count;
};

static void list_decided(struct arena *arena, const struct decided *decided,
                         const struct submission *submission, struct overview_sent *out)
{
    struct outcome_decision *shown = ARENA_ARRAY(arena, decided->count, struct outcome_decision);
    for (size_t i = 0; i < decided->count; i++)
        if (text_equal(decided->rows[i].submission_id, submission->id))
            shown[out->decision_count++] =
                outcome_decision_of(arena, &decided->rows[i], submission);
    out->decisions = shown;
}

static void list_news(struct visitor *visitor, struct arena *arena, const struct decided *decided,
                      struct overview *page)
{
    struct overview_task *news = ARENA_ARRAY(arena, decided->count, struct overview_task);
    for (size_t i = 0; i < decided->count; i++) {
        const struct decision *row = &decided->rows[i];
        const struct overview_sent *sent = NULL;
        for (size_t k = 0; !sent && k < page->sent_count; k++)
            for (size_t m = 0; !sent && m < page->sent[k].decision_count; m++)
                if (text_equal(page->sent[k].decisions[m].address,
                               outcome_decision_address(arena, row->id)))
                    sent = &page->sent[k];
        if (row->read_at || !sent)
            continue;
        news[page->news_count++] = (struct overview_task){
            .title = say(visitor->language, "news.decision"),
            .about = arena_printf(arena, "%s · %s", sent->title.text, sent->reference),
            .address = outcome_decision_address(arena, row->id),
            .link = say(visitor->language, "letter.decision.button"),
            .more_of_it = sent->title.text,
            .about_language = sent->title.language,
        };
    }
    page->news = news;
}

static bool list_sent(struct visitor *visitor, struct db *db, struct arena *arena,
                      struct overview *page, struct error *err)
{
    struct submission *sent;
    struct promised promised;
    struct decided decided;
    const char *citizen_id = visitor->session.citizen.id;
    if (!submissions_list(arena, db, citizen_id, &sent, &page->sent_count, err) ||
        !decisions_list(arena, db, citizen_id, &decided.rows, &decided.count, err) ||
        !read_promised(visitor, db, arena, &promised, err))
        return false;
    struct overview_sent *shown = ARENA_ARRAY(arena, page->sent_count, struct overview_sent);
    for (size_t i = 0; i < page->sent_count; i++) {
        char *address = sent_address(arena, sent[i].id);
        const struct attachment *waiting = first_waiting(&promised, sent[i].id);
        shown[i] = (struct overview_sent){
            .title = sent_title(visitor, arena, sent[i].form_id),
            .address = address,
            .reference = sent[i].reference,
            .pdf = arena_printf(arena, "%s/kvittering.pdf", address),
            .sent_at = sent[i].received_at,
            .delivery = sent_delivery(&sent[i]),
            .mailbox = sent_mailbox(sent[i].channel, sent[i].mailbox),
            .waits_for_documents = waiting != NULL,
            .due_at = waiting ? waiting->expected_by : 0,
        };
        if (!list_supplements(visitor, db, arena, &promised, sent[i].id, &shown[i], err) ||
            !find_withdrawal(db, arena, &sent[i], &shown[i], err))
            return false;
        list_decided(arena, &decided, &sent[i], &shown[i]);
    }
    page->sent = shown;
    list_news(visitor, arena, &decided, page);
    return true;
}

static bool overview(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    struct overview page = {0};
    if (request_query(request, "slettet"))
        page.notice = say(visitor->language, "draft.deleted");
    else if (request_query(request, "lagret"))
        page.notice = say(visitor->language, "draft.saved");
    if (!tasks_list(visitor, db, request->arena, &page, err) ||
        !list_drafts(visitor, db, request->arena, &page, err) ||
        !list_sent(visitor, db, request->arena, &page, err))
        return false;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, overview_page(request->arena, &frame, &page));
    return true;
}

void my_page_overview(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(overview, request, response);
}
