#include "engine/pages/waiting.h"

#include "engine/base/text.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/provenance.h"
#include "forms/texts.h"
#include "render/sharing.h"

char *waiting_address(struct arena *arena, const char *draft_id)
{
    return arena_printf(arena, "/utkast/%s/henter", draft_id);
}

/* The worker's word for what was wrong (deliver_share.h), as people say it. */
static const char *reason(const char *language, const char *code)
{
    static const char *const known[] = {
        "file.size",   "file.type", "file.content", "file.empty",      "file.locked",
        "file.pixels", "file.room", "share.gone",   PROVENANCE_BROKEN, PROVENANCE_EXPIRED};
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equal(code, known[i]))
            return say(language, known[i]);
    bool is_kind = text_equal(code, "file.heic") || text_equal(code, "file.office");
    return say(language, is_kind ? "file.type" : "share.failed");
}

static void count_documents(struct arena *arena, const char *language, struct waiting *waiting)
{
    bool runs = waiting->latest.state == CONSENT_SHARED;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        waiting->to_choose += runs && document->state == SHARED_SEEN;
        waiting->to_fetch += runs && document->state == SHARED_WANTED;
        if (document->state != SHARED_FAILED)
            continue;
        struct texts_arg args[] = {{"fil", document->subject},
                                   {"grunn", reason(language, document->reason)}};
        const char *failed =
            texts_fill(arena, say(language, "documents.failed"), args, COUNT(args));
        waiting->trouble =
            waiting->trouble ? arena_printf(arena, "%s %s", waiting->trouble, failed) : failed;
    }
}

static bool has_fetched(const struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->document_count; i++)
        if (waiting->documents[i].state == SHARED_FETCHED)
            return true;
    return false;
}

/* What the share request, and the consent after it, came to. */
static bool look_at_request(struct arena *arena, struct db *db, const char *language,
                            struct waiting *waiting, struct error *err)
{
    const struct consent *consent = &waiting->latest;
    waiting->request = OUTBOX_OVER;
    switch (consent->state) {
    case CONSENT_ASKED:
        if (!outbox_share_request_progress(arena, db, consent->id, &waiting->request, err))
            return false;
        if (waiting->request == OUTBOX_IN_TROUBLE)
            waiting->trouble = say(language, "documents.late");
        break;
    case CONSENT_REFUSED:
        waiting->no_mailbox = sent_no_mailbox(consent->reason);
        waiting->trouble =
            say(language, waiting->no_mailbox ? "documents.no_mailbox" : "documents.refused");
        break;
    case CONSENT_WITHDRAWN:
    case CONSENT_EXPIRED:
        if (!consent->shared_at)
            waiting->trouble = sharing_nothing_text(language);
        else if (consent->state == CONSENT_EXPIRED && !has_fetched(waiting))
            waiting->trouble = say(language, "documents.expired");
        break;
    default:
        break;
    }
    return true;
}

bool waiting_look(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                  const char *language, struct waiting *out, struct error *err)
{
    struct waiting waiting = {0};
    struct consent *consents;
    size_t count;
    if (!consents_list(arena, db, citizen_id, draft_id, &consents, &count, err))
        return false;
    if (count) {
        waiting.has_consent = true;
        waiting.latest = consents[0];
        if (!shared_documents_list(arena, db, citizen_id, waiting.latest.id, &waiting.documents,
                                   &waiting.document_count, err))
            return false;
        count_documents(arena, language, &waiting);
        waiting.is_open =
            waiting.latest.state == CONSENT_ASKED || waiting.to_choose || waiting.to_fetch;
        if (!look_at_request(arena, db, language, &waiting, err))
            return false;
    }
    *out = waiting;
    return true;
}

bool waiting_is_helped(const struct waiting *waiting, const struct attachment *attachments,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source != ATTACHMENT_POSTBOX &&
            attachments[i].added_at >= waiting->latest.changed_at)
            return true;
    return false;
}

/* Tasks ------------------------------------------------------------------------------------- */

static void add_choosing(struct tasks *tasks, const struct draft *draft, const char *form)
{
    const char *language = tasks->visitor->language;
    tasks_add(tasks, &(struct overview_task){
                         .title = say(language, "task.choose"),
                         .about = form,
                         .text = say(language, "task.choose.text"),
                         .address = waiting_address(tasks->arena, draft->id),
                         .link = say(language, "task.choose.link"),
                         .more_of_it = form,
                     });
}

/* Until something is uploaded or promised instead. */
static bool add_missing(struct tasks *tasks, const struct waiting *waiting,
                        const struct draft *draft, const char *form, struct error *err)
{
    const char *language = tasks->visitor->language;
    const struct package *package = catalogue_find(tasks->visitor->app->forms, draft->form_id);
    struct attachment *attachments;
    size_t count;
    if (!attachments_of_draft(tasks->arena, tasks->db, tasks->visitor->session.citizen.id,
                              draft->id, &attachments, &count, err))
        return false;
    if (package && !waiting_is_helped(waiting, attachments, count))
        tasks_add(tasks, &(struct overview_task){
                             .title = say(language, "task.missing"),
                             .about = form,
                             .text = waiting->trouble,
                             .address = progress_return(tasks->arena, package, draft),
                             .link = say(language, "task.missing.link"),
                             .more_of_it = form,
                         });
    return true;
}

bool waiting_tasks(struct tasks *tasks, struct error *err)
{
    struct visitor *visitor = tasks->visitor;
    struct draft *drafts;
    size_t count;
    if (!drafts_list(tasks->arena, tasks->db, visitor->session.citizen.id, &drafts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct waiting waiting;
        const char *form = sent_title(visitor, tasks->arena, drafts[i].form_id).text;
        if (!waiting_look(tasks->arena, tasks->db, visitor->session.citizen.id, drafts[i].id,
                          visitor->language, &waiting, err))
            return false;
        if (waiting.to_choose)
            add_choosing(tasks, &drafts[i], form);
        else if (waiting.trouble && !add_missing(tasks, &waiting, &drafts[i], form, err))
            return false;
    }
    return true;
}
