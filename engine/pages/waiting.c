#include "engine/pages/waiting.h"

#include "engine/base/text.h"
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
    return say(language, "share.failed");
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
        waiting->trouble = texts_fill(arena, say(language, "documents.failed"), args, COUNT(args));
    }
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
