#include "engine/deliver_share.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/spool.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/intake.h"
#include "engine/issuers.h"
#include "engine/letter.h"
#include "engine/logbook.h"
#include "engine/provenance.h"
#include "storage/attachments.h"
#include "storage/audit.h"
#include "storage/postbox/digipost_share.h"
#include "storage/shared_documents.h"

enum {
    EXPIRED_AT_ONCE = 50,
    LOOKED_AT_ONCE = 20,
    LOOK_EVERY_MS = 10 * 60 * 1000, /* without an event: one may have been missed */
    FETCHED_AT_ONCE = 20,
    MOST_FETCHES = 20, /* of one document */
    MOST_FAILURES = 3, /* then the postbox is down, and not one consent hard to read */
};

struct look {
    const struct deliver_settings *settings;
    struct arena *arena;
    const atomic_bool *stopping;
};

static bool is_stopping(const struct look *look)
{
    return look->stopping && atomic_load(look->stopping);
}

/* In the caller's transaction. */
static bool order_stop(struct look *look, struct db *db, const struct consent *consent,
                       struct error *err)
{
    struct delivery stop = letter_order_stop(look->arena, consent);
    const char *id = NULL;
    return outbox_add(look->arena, db, &stop, &id, err);
}

static bool note(struct look *look, struct db *db, enum audit_action action, const char *citizen_id,
                 const char *object_id, const char *consent_id, struct error *err)
{
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = citizen_id,
        .action = action,
        .object_id = object_id,
        .consent_id = consent_id,
        .succeeded = true,
        .request_id = "",
    };
    return audit_add(look->arena, db, &entry, err);
}

/* Consents past their time ------------------------------------------------------------------ */

static bool expire(struct look *look, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct consent *consents = NULL;
    size_t count = 0;
    if (!db_borrow(look->settings->db, &db, err) || !db_begin(db, &transaction, err) ||
        !consents_expire(look->arena, db, EXPIRED_AT_ONCE, &consents, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!order_stop(look, db, &consents[i], err) ||
            !note(look, db, AUDIT_CONSENT_EXPIRED, consents[i].citizen_id, consents[i].id, NULL,
                  err))
            return false;
    return count == 0 || db_commit(&transaction, err);
}

/* What has been shared ---------------------------------------------------------------------- */

static const char *or_null(const char *text)
{
    return text_is_empty(text) ? NULL : text;
}

static struct shared_document *as_rows(struct arena *arena, const struct issuers *issuers,
                                       const struct digipost_share_state *state)
{
    struct shared_document *rows =
        ARENA_ARRAY(arena, state->document_count, struct shared_document);
    for (size_t i = 0; i < state->document_count; i++) {
        const struct digipost_shared_document *document = &state->documents[i];
        bool issued = document->origin == DIGIPOST_ORIGIN_ORGANISATION;
        const char *number = issued ? or_null(document->origin_organisation_number) : NULL;
        rows[i] = (struct shared_document){
            .key = document->id,
            .subject = document->title,
            .file_type = document->file_type,
            .size_bytes = document->size_bytes,
            .origin_number = number,
            .origin_name = or_null(issuers_name(issuers, number, document->origin_name)),
            .delivered_at = document->delivered_at,
        };
    }
    return rows;
}

/* What the citizen did there and not here. */
static bool note_citizen(struct look *look, struct db *db, enum audit_action action,
                         const struct consent *consent, struct error *err)
{
    const struct logbook_act act = {
        .citizen_id = consent->citizen_id, .action = action, .object_id = consent->id};
    return logbook_add(look->arena, db, &act, err);
}

/* *first: this was the first time that anything was there. */
static bool record_shared(struct look *look, struct db *db, const struct consent *consent,
                          const struct digipost_share_state *state, bool *first, struct error *err)
{
    struct consent now;
    if (!shared_documents_saw(look->arena, db, consent->id, state->shared_at, state->expires_at,
                              as_rows(look->arena, look->settings->issuers, state),
                              state->document_count, err) ||
        !consents_read(look->arena, db, consent->citizen_id, consent->id, &now, err))
        return false;
    *first = consent->state == CONSENT_ASKED && now.state == CONSENT_SHARED;
    return true;
}

/* Writes down what the postbox says about one consent. */
static bool record_state(struct look *look, const struct consent *consent,
                         const struct digipost_share_state *state, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_borrow(look->settings->db, &db, err) || !db_begin(db, &transaction, err))
        return false;
    bool changed = false;
    if (state->withdrawn_at ? !consents_withdrawn_outside(db, consent->id, &changed, err)
                            : !record_shared(look, db, consent, state, &changed, err))
        return false;
    enum audit_action action = state->withdrawn_at ? AUDIT_CONSENT_WITHDRAWN : AUDIT_SHARING_GIVEN;
    return (!changed || note_citizen(look, db, action, consent, err)) &&
           db_commit(&transaction, err);
}

static bool look_at(struct look *look, const struct consent *consent, struct error *err)
{
    struct digipost_share_state state;
    struct error why = {0};
    if (digipost_share_state(look->settings->digipost, look->arena, consent->request_uuid, &state,
                             &why))
        return record_state(look, consent, &state, err);
    if (why.code == ERROR_MISSING) /* the request has not arrived, or is forgotten: time ends it */
        return true;
    *err = why;
    return false;
}

static bool consent_of(struct look *look, const char *request_uuid, struct consent *out,
                       bool *found, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error why = {0};
    *found = db_borrow(look->settings->db, &db, &why) &&
             consents_of_request(look->arena, db, request_uuid, out, &why);
    if (*found || why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}

static bool asks_for_a_look(const struct digipost_event *event)
{
    return event->kind == DIGIPOST_EVENT_SHARED || event->kind == DIGIPOST_EVENT_WITHDRAWN;
}

/* Each consent is looked at once, however many events it has; events of ended ones, among them
 * those that tell of our own stops, ask for no look. */
static bool look_at_event(struct look *look, const struct digipost_event *events, size_t at,
                          struct error *err)
{
    if (!asks_for_a_look(&events[at]))
        return true;
    for (size_t i = 0; i < at; i++)
        if (asks_for_a_look(&events[i]) &&
            text_equal(events[i].document_id, events[at].document_id))
            return true;
    struct consent consent;
    bool found = false;
    if (!consent_of(look, events[at].document_id, &consent, &found, err))
        return false;
    bool runs = found && (consent.state == CONSENT_ASKED || consent.state == CONSENT_SHARED);
    return !runs || look_at(look, &consent, err);
}

static bool read_mark(struct look *look, int64_t *out, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(look->settings->db, &db, err) &&
           consents_events_read_to(look->arena, db, out, err);
}

static bool write_mark(struct look *look, int64_t at, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(look->settings->db, &db, err) && consents_set_events_read_to(db, at, err);
}

/* One window for all citizens; it moves on only when everything in it has been written down. One
 * consent that cannot be looked at does not keep the others waiting; a postbox that is down ends
 * the look. */
static bool read_events(struct look *look, struct error *err)
{
    int64_t since = 0;
    int64_t until = 0;
    struct digipost_event *events = NULL;
    size_t count = 0;
    if (!read_mark(look, &since, err) ||
        !digipost_share_events(look->settings->digipost, look->arena, since, &events, &count,
                               &until, err))
        return false;
    int failures = 0;
    bool later = false;
    for (size_t i = 0; i < count && !is_stopping(look); i++) {
        struct error why = {0};
        if (look_at_event(look, events, i, &why))
            continue;
        if (++failures == MOST_FAILURES) {
            *err = why;
            return false;
        }
        log_error("share_state_not_read", &why);
        later = later || error_is_temporary(why.code);
    }
    return later || is_stopping(look) || until == since || write_mark(look, until, err);
}

static bool look_without_events(struct look *look, struct error *err)
{
    struct consent *consents = NULL;
    size_t count = 0;
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(look->settings->db, &db, err) ||
            !consents_to_look_at(look->arena, db, LOOK_EVERY_MS, LOOKED_AT_ONCE, &consents, &count,
                                 err))
            return false;
    }
    int failures = 0;
    for (size_t i = 0; i < count && failures < MOST_FAILURES && !is_stopping(look); i++) {
        struct error why = {0};
        if (look_at(look, &consents[i], &why))
            continue;
        failures++;
        log_error("share_state_not_read", &why);
    }
    return true;
}

/* Nobody's share request is out: then there is nothing to ask the postbox about. */
static bool is_anything_running(struct look *look, bool *out, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(look->settings->db, &db, err) &&
           consents_are_running(look->arena, db, out, err);
}

/* Fetching ---------------------------------------------------------------------------------- */

struct fetched {
    const struct shared_next *next;
    const struct digipost_shared_document *document;
    struct content content; /* in a spool, as long as fetch runs */
    struct crypto_sha256 sha256;
    struct attachment row; /* what it is to be, but for the requirement */
};

/* When nothing is left to wait for, sharing is to stop. In the caller's transaction, so that no
 * crash comes between the last document and the stop. */
static bool settle(struct look *look, struct db *db, const struct shared_next *next,
                   struct error *err)
{
    struct consent consent;
    bool settled = false;
    if (!consents_settle(look->arena, db, next->document.consent_id, &settled, err))
        return false;
    return !settled || (consents_read(look->arena, db, next->citizen_id, next->document.consent_id,
                                      &consent, err) &&
                        order_stop(look, db, &consent, err));
}

/* The attachment of one requirement that the document serves. */
static bool attach(struct look *look, struct db *db, const struct fetched *fetched,
                   const char *requirement, struct error *err)
{
    const struct shared_next *next = fetched->next;
    struct attachment wish = fetched->row;
    wish.requirement = requirement;
    wish.id = crypto_random_id(look->arena, 128); /* then the digest is not taken once more */
    wish.sha256 = fetched->sha256;
    wish.added_at = wish.fetched_at;
    struct attachment added;
    return attachments_add(look->arena, db, next->citizen_id, next->draft_id, &wish,
                           &fetched->content, &added, err) &&
           shared_documents_fetched(db, next->document.id, requirement, added.id, err);
}

/* What was fetched counts like an upload (S-FILE-8). *has: the draft is within its limits. */
static bool has_room(struct look *look, struct db *db, const struct shared_next *next, bool *has,
                     struct error *err)
{
    const struct attachments_usage *most = &look->settings->most;
    struct attachments_usage now;
    if (!attachments_count(look->arena, db, next->citizen_id, next->draft_id, &now, err))
        return false;
    *has = now.draft_files <= most->draft_files && now.draft_bytes <= most->draft_bytes &&
           now.citizen_bytes <= most->citizen_bytes;
    return true;
}

/* Attachments, state, audit, and the stop when it was the last one: all or nothing. */
static bool keep(struct look *look, const struct fetched *fetched, struct error *err)
{
    const struct shared_next *next = fetched->next;
    const struct shared_document *row = &next->document;
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_borrow(look->settings->db, &db, err) || !db_begin(db, &transaction, err))
        return false;
    for (size_t i = 0; i < row->use_count; i++)
        if (!row->uses[i].attachment_id &&
            !attach(look, db, fetched, row->uses[i].requirement, err))
            return false;
    bool has;
    if (!has_room(look, db, next, &has, err))
        return false;
    if (!has)
        return error_set(err, ERROR_LIMIT, "more than a draft may hold");
    return note(look, db, AUDIT_DOCUMENT_FETCHED, next->citizen_id, row->id, row->consent_id,
                err) &&
           settle(look, db, next, err) && db_commit(&transaction, err);
}

/* The citizen's log tells of a document that is not what its issuer gave them. */
static bool note_failure(struct look *look, struct db *db, const struct shared_next *next,
                         const char *reason, struct error *err)
{
    if (!provenance_is_reason(reason))
        return true;
    return note(look, db, AUDIT_DOCUMENT_FAILED, next->citizen_id, next->document.id,
                next->document.consent_id, err);
}

static bool fail_for_good(struct look *look, const struct shared_next *next, const char *reason,
                          struct error *err)
{
    log_event(LOG_LEVEL_WARNING, "document_not_taken", "id=%s reason=%s", next->document.id,
              reason);
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_borrow(look->settings->db, &db, err) && db_begin(db, &transaction, err) &&
           shared_documents_failed(db, next->document.id, reason, err) &&
           note_failure(look, db, next, reason, err) && settle(look, db, next, err) &&
           db_commit(&transaction, err);
}

static bool come_back(struct look *look, const struct shared_next *next, const struct error *why,
                      struct error *err)
{
    log_error("document_not_fetched", why);
    if (why->code == ERROR_MISSING)
        return fail_for_good(look, next, DELIVER_SHARE_GONE, err);
    if (next->document.attempts + 1 >= MOST_FETCHES || !error_is_temporary(why->code))
        return fail_for_good(look, next, DELIVER_SHARE_FAILED, err);
    unsigned char bytes[2];
    crypto_random(bytes, sizeof bytes);
    uint32_t random = (uint32_t)bytes[0] << 8 | bytes[1];
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(look->settings->db, &db, err) &&
           shared_documents_again(db, next->document.id,
                                  outbox_wait_ms(next->document.attempts + 1, random),
                                  DELIVER_SHARE_FAILED, err);
}

static struct attachment row_of(const struct look *look, const struct shared_document *document,
                                const struct intake *intake)
{
    return (struct attachment){
        .source = ATTACHMENT_POSTBOX,
        .state = checking_first(look->settings->checking), /* S-FILE-8 */
        .active_content = intake->active,
        /* a letter's title and no file's name: it may be shared on from here as it is */
        .name = intake_safe_name(look->arena, document->subject, intake->media_type),
        .media_type = intake->media_type,
        .consent_id = document->consent_id,
        .document_id = document->id,
        .issuer_number = document->origin_number,
        .issuer_name = document->origin_name,
        .delivered_at = document->delivered_at,
        .fetched_at = clock_now(),
    };
}

static bool take(struct look *look, struct fetched *fetched, struct error *err)
{
    const struct shared_document *row = &fetched->next->document;
    const char *file = arena_printf(look->arena, "%s.%s", row->subject, row->file_type);
    const struct intake_rules rules = {.max_bytes = look->settings->file_bytes};
    struct intake intake;
    if (!intake_check(file, "", &fetched->content, &rules, &intake, err))
        return false;
    if (intake.verdict != INTAKE_GOOD)
        return fail_for_good(look, fetched->next, intake_message(intake.verdict), err);
    const char *refusal;
    fetched->row = row_of(look, row, &intake);
    if (!provenance_decide(look->arena, &fetched->content, look->settings->issuers, &fetched->row,
                           &refusal, err))
        return false;
    if (refusal)
        return fail_for_good(look, fetched->next, refusal, err);

    struct error why = {0};
    if (keep(look, fetched, &why)) {
        checking_wake(look->settings->checking);
        log_event(LOG_LEVEL_INFO, "document_fetched", "id=%s bytes=%lld", row->id,
                  (long long)fetched->content.size_bytes);
        return true;
    }
    if (why.code == ERROR_LIMIT)
        return fail_for_good(look, fetched->next, DELIVER_SHARE_NO_ROOM, err);
    /* consent withdrawn, draft sent or deleted, or fetched already: it is not ours to keep */
    if (why.code == ERROR_DENIED || why.code == ERROR_MISSING || why.code == ERROR_CONFLICT)
        return fail_for_good(look, fetched->next, DELIVER_SHARE_GONE, err);
    *err = why;
    return false;
}

static const struct digipost_shared_document *find(const struct digipost_share_state *state,
                                                   const char *key)
{
    for (size_t i = 0; i < state->document_count; i++)
        if (text_equal(state->documents[i].id, key))
            return &state->documents[i];
    return NULL;
}

/* A document that comes. */
struct coming {
    struct look *look;
    const char *consent_id;
    bool is_over; /* the consent has ended meanwhile */
};

/* Asked while it comes: the consent may end, and so may we. What cannot be asked about stops too:
 * it would not be kept either. */
static bool may_go_on(void *context, struct error *err)
{
    struct coming *coming = context;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_return) struct db *db = NULL;
    bool lets_in = false;
    if (is_stopping(coming->look))
        return error_set(err, ERROR_UNAVAILABLE, "the program ends");
    if (!db_borrow(coming->look->settings->db, &db, err) ||
        !consents_lets_in(arena, db, coming->consent_id, &lets_in, err))
        return false;
    coming->is_over = !lets_in;
    return lets_in || error_set(err, ERROR_DENIED, "the consent ended while a document came");
}

/* A document that did not come. One that is too long is so the next time too, whatever the postbox
 * said of its size. */
static bool not_had(const struct coming *coming, const struct shared_next *next,
                    const struct error *why, struct error *err)
{
    if (coming->is_over)
        return fail_for_good(coming->look, next, DELIVER_SHARE_GONE, err);
    if (why->code == ERROR_LIMIT)
        return fail_for_good(coming->look, next, intake_message(INTAKE_SIZE), err);
    return come_back(coming->look, next, why, err);
}

static bool fetch(struct look *look, const struct shared_next *next, struct error *err)
{
    struct digipost *digipost = look->settings->digipost;
    struct fetched fetched = {.next = next};
    struct digipost_share_state state;
    struct error why = {0};
    if (!digipost_share_state(digipost, look->arena, next->request_uuid, &state, &why))
        return come_back(look, next, &why, err);
    fetched.document = find(&state, next->document.key);
    if (!fetched.document)
        return fail_for_good(look, next, DELIVER_SHARE_GONE, err);
    if (fetched.document->size_bytes > look->settings->file_bytes)
        return fail_for_good(look, next, intake_message(INTAKE_SIZE), err);
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(look->settings->spools, look->settings->file_bytes, &spool);
    struct coming coming = {.look = look, .consent_id = next->document.consent_id};
    const struct fetch_stream stream = {.spool = spool, .go_on = may_go_on, .context = &coming};
    if (!digipost_share_content(digipost, look->arena, fetched.document, look->settings->file_bytes,
                                &stream, &why))
        return not_had(&coming, next, &why, err);
    fetched.content = spool_content(spool);
    fetched.sha256 = spool_sha256(spool);
    if (take(look, &fetched, &why))
        return true;
    if (why.code == ERROR_BROKEN) /* the disk changed it on its way in: it is had again */
        return come_back(look, next, &why, err);
    *err = why;
    return false;
}

static bool next_wanted(struct look *look, struct shared_next *next, bool *found, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(look->settings->db, &db, err) &&
           shared_documents_next(look->arena, db, look->settings->lease_ms, next, found, err);
}

/* Each document has memory of its own: twenty of the largest would be much. */
static bool fetch_wanted(struct look *look, struct error *err)
{
    bool found = true;
    for (int i = 0; i < FETCHED_AT_ONCE && found && !is_stopping(look); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct look one = {look->settings, arena, look->stopping};
        struct shared_next next;
        if (!next_wanted(&one, &next, &found, err) || (found && !fetch(&one, &next, err)))
            return false;
    }
    return true;
}

/* The whole look --------------------------------------------------------------------------- */

static void step(bool (*part)(struct look *, struct error *), struct look *look, const char *event)
{
    struct error err = {0};
    if (!is_stopping(look) && !part(look, &err))
        log_error(event, &err);
}

void deliver_share_look(const struct deliver_settings *settings, struct arena *arena,
                        const atomic_bool *stopping)
{
    struct look look = {settings, arena, stopping};
    struct error err = {0};
    bool running = false;
    if (!settings->digipost)
        return;
    if (!is_anything_running(&look, &running, &err))
        log_error("share_not_looked", &err);
    if (!running)
        return;
    step(expire, &look, "consents_not_expired");
    step(read_events, &look, "events_not_read");
    step(look_without_events, &look, "share_state_not_read");
    step(fetch_wanted, &look, "documents_not_fetched");
}

/* The end of it ----------------------------------------------------------------------------- */

static bool may_stop(struct look *look, const struct delivery *delivery, struct consent *consent,
                     struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    bool over = false;
    if (!db_borrow(look->settings->db, &db, err) ||
        !consents_read(look->arena, db, delivery->citizen_id, delivery->consent_id, consent, err) ||
        !outbox_share_request_is_over(look->arena, db, delivery->consent_id, &over, err))
        return false;
    return over || error_set(err, ERROR_UNAVAILABLE, "its share request is still on its way");
}

struct postbox_outcome deliver_share_stop(const struct deliver_settings *settings,
                                          struct arena *arena, const struct delivery *delivery)
{
    struct look look = {settings, arena, NULL};
    struct postbox_outcome outcome = {.result = POSTBOX_DELIVERED};
    struct consent consent;
    bool stopped =
        may_stop(&look, delivery, &consent, &outcome.error) &&
        (!settings->digipost ||
         digipost_share_stop(settings->digipost, arena, consent.request_uuid, &outcome.error));
    enum error_code code = outcome.error.code;
    if (stopped || code == ERROR_MISSING || code == ERROR_DENIED)
        return (struct postbox_outcome){.result = POSTBOX_DELIVERED};
    bool for_good = code == ERROR_REFUSED || code == ERROR_INVALID || code == ERROR_CONFLICT;
    outcome.result = for_good ? POSTBOX_REFUSED : POSTBOX_NOT_SENT;
    return outcome;
}
