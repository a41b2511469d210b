/* test_consent_histories.c - whatever happens to a consent and its document, in whatever order,
 * late, twice or never: what is stored is what a small model written from the headers says. The
 * model knows no SQL; every event is tried in every situation that any events lead to. */
#include "store.h"

#include "engine/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum event {
    SHARES,         /* the postbox lists the document */
    UNSHARES,       /* the postbox lists nothing */
    WITHDRAWS,      /* here, on Min side */
    WITHDRAWS_AWAY, /* in the postbox */
    WANTS,          /* chooses the document */
    LEAVES,         /* chooses not to have it */
    COMES,          /* its bytes are here */
    FAILS_TO_COME,  /* for good */
    REMOVES,        /* takes the attachment out of the draft */
    SENDS,          /* the application */
    DISCARDS,       /* the draft */
    STOPPED,        /* the postbox says that our access has ended */
    REFUSED,        /* the postbox would not take the share request */
    TIME_PASSES,    /* beyond what was shared for */
    MORE_TIME,      /* beyond what an unanswered request waits */
    SWEEP,          /* the worker looks for what is past its time */
    EVENT_COUNT,
};

static const char *const event_names[EVENT_COUNT] = {
    "shares",  "unshares",      "withdraws", "withdraws away", "wants",    "leaves",
    "comes",   "fails to come", "removes",   "sends",          "discards", "stopped",
    "refused", "time passes",   "more time", "sweep",
};

enum { NOT_THERE = -1, SHARED_UNTIL = 2000000000, ENDS_AT = 2100000000 };

/* What is so, as far as it matters. */
struct model {
    enum consent_state consent;
    int document; /* enum shared_state, or NOT_THERE */
    enum { OPEN, SENT, DISCARDED } draft;
    bool attached; /* the document is an attachment */
    bool kept;     /* and was sent */
    bool has_expiry;
    int hour; /* 0: in time, 1: past sharing, 2: past all */
};

static bool runs(const struct model *m)
{
    return m->consent == CONSENT_ASKED || m->consent == CONSENT_SHARED;
}

static bool is_late(const struct model *m)
{
    return m->hour == 2 || (m->hour == 1 && m->has_expiry);
}

static bool lets_in(const struct model *m)
{
    return m->consent == CONSENT_SHARED && !is_late(m);
}

static void documents_end(struct model *m)
{
    if (m->document == SHARED_SEEN || m->document == SHARED_WANTED)
        m->document = SHARED_GONE;
}

static void end(struct model *m, enum consent_state state)
{
    m->consent = state;
    documents_end(m);
}

static void withdraw(struct model *m)
{
    end(m, CONSENT_WITHDRAWN);
    if (m->attached && !m->kept) {
        m->attached = false;
        m->document = SHARED_DELETED;
    }
}

static void settle(struct model *m)
{
    if (m->consent == CONSENT_SHARED && m->document != SHARED_SEEN && m->document != SHARED_WANTED)
        end(m, CONSENT_FETCHED);
}

static void choose(struct model *m, enum shared_state choice)
{
    bool can = m->document != NOT_THERE && m->document != SHARED_FETCHED &&
               m->document != SHARED_GONE && lets_in(m);
    if (!can)
        return;
    m->document = (int)choice;
    settle(m);
}

static void happens(struct model *m, enum event event)
{
    switch (event) {
    case SHARES:
        if (!runs(m))
            break;
        m->consent = CONSENT_SHARED;
        m->has_expiry = true;
        if (m->document == NOT_THERE || m->document == SHARED_GONE)
            m->document = SHARED_SEEN;
        break;
    case UNSHARES:
        if (runs(m))
            documents_end(m);
        break;
    case WITHDRAWS:
        if (m->consent != CONSENT_REFUSED && m->consent != CONSENT_WITHDRAWN)
            withdraw(m);
        break;
    case WITHDRAWS_AWAY:
        if (runs(m))
            withdraw(m);
        break;
    case WANTS:
        choose(m, SHARED_WANTED);
        break;
    case LEAVES:
        choose(m, SHARED_UNWANTED);
        break;
    case COMES:
        if (!lets_in(m) || m->draft != OPEN || m->document != SHARED_WANTED)
            break;
        m->document = SHARED_FETCHED;
        m->attached = true;
        settle(m);
        break;
    case FAILS_TO_COME:
        if (m->document == SHARED_WANTED)
            m->document = SHARED_FAILED;
        settle(m);
        break;
    case REMOVES:
    case DISCARDS:
        if (m->draft != OPEN)
            break;
        if (event == DISCARDS)
            m->draft = DISCARDED;
        if (m->attached)
            m->document = SHARED_DELETED;
        m->attached = false;
        break;
    case SENDS:
        if (m->draft != OPEN)
            break;
        m->draft = SENT;
        m->kept = m->attached;
        break;
    case STOPPED:
        if (m->consent == CONSENT_FETCHED)
            m->consent = CONSENT_STOPPED;
        break;
    case REFUSED:
        if (m->consent == CONSENT_ASKED)
            end(m, CONSENT_REFUSED);
        break;
    case TIME_PASSES:
        m->hour = m->hour ? m->hour : 1;
        break;
    case MORE_TIME:
        m->hour = 2;
        break;
    case SWEEP:
        if (runs(m) && (is_late(m) || m->draft != OPEN))
            end(m, CONSENT_EXPIRED);
        break;
    case EVENT_COUNT:
        break;
    }
}

/* The same, for real ------------------------------------------------------------------------- */

struct life {
    struct store *store;
    const char *citizen_id;
    struct draft draft;
    struct consent consent;
    const char *attachment_id; /* of the last that came; NULL: none */
};

/* Either it works, or it is not to be done now: never anything else. CONFLICT: done before. */
static bool done_or(struct store *store, bool worked, enum error_code no)
{
    if (!worked && store->err.code != no && store->err.code != ERROR_CONFLICT)
        fail_msg("%s: %s", error_name(store->err.code), store->err.text);
    store->err = (struct error){0};
    return worked;
}

static const struct shared_document *document_of(const struct life *life)
{
    struct store *store = life->store;
    struct shared_document *list = NULL;
    size_t count = 0;
    WORKS(store, shared_documents_list(store->arena, store->db, life->citizen_id, life->consent.id,
                                       &list, &count, &store->err));
    assert_true(count <= 1);
    return count ? list : NULL;
}

static void settle_for_real(struct store *store, const struct life *life)
{
    bool settled = false;
    WORKS(store, consents_settle(store->arena, store->db, life->consent.id, &settled, &store->err));
}

static void look(const struct life *life, size_t count)
{
    struct store *store = life->store;
    struct shared_document one = {.key = "a",
                                  .subject = "Lønnsslipp",
                                  .file_type = "pdf",
                                  .size_bytes = 6,
                                  .delivered_at = 1790000000};
    WORKS(store, shared_documents_saw(store->arena, store->db, life->consent.id,
                                      SHARED_UNTIL - life->consent.duration_seconds, 0, &one, count,
                                      &store->err));
}

static void choose_for_real(const struct life *life, size_t count)
{
    struct store *store = life->store;
    static const char *const requirement[] = {"/hello/tax"};
    const struct shared_document *document = document_of(life);
    if (document && done_or(store,
                            shared_documents_choose(store->arena, store->db, life->citizen_id,
                                                    document->id, requirement, count, &store->err),
                            ERROR_MISSING))
        settle_for_real(store, life);
}

/* As the worker does it: bytes and state, or neither. */
static void come(struct life *life)
{
    struct store *store = life->store;
    const struct shared_document *document = document_of(life);
    if (!document)
        return;
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_POSTBOX,
                              .name = "a.pdf",
                              .media_type = "application/pdf",
                              .consent_id = life->consent.id,
                              .document_id = document->id};
    struct attachment added;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    if (!done_or(store,
                 attachments_add(store->arena, store->db, life->citizen_id, life->draft.id, &wish,
                                 CONTENT("%PDF-a"), &added, &store->err),
                 ERROR_MISSING) ||
        !done_or(
            store,
            shared_documents_fetched(store->db, document->id, "/hello/tax", added.id, &store->err),
            ERROR_DENIED))
        return;
    settle_for_real(store, life);
    WORKS(store, db_commit(&transaction, &store->err));
    life->attachment_id = added.id;
}

static void send(const struct life *life)
{
    struct store *store = life->store;
    if (!drafts_send(store->arena, store->db, life->citizen_id, life->draft.id, 1, &store->err)) {
        store->err = (struct error){0}; /* sent or discarded before */
        return;
    }
    struct submission submission = store_submission(store, life->citizen_id, &life->draft);
    WORKS(store, attachments_freeze(store->db, life->citizen_id, life->draft.id, submission.id,
                                    &store->err));
}

static void withdraw_for_real(const struct life *life)
{
    struct store *store = life->store;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    if (done_or(store,
                consents_withdraw(store->db, life->citizen_id, life->consent.id, &store->err),
                ERROR_MISSING))
        WORKS(store, db_commit(&transaction, &store->err));
}

static void sweep(const struct life *life)
{
    struct store *store = life->store;
    struct consent *ended = NULL;
    size_t count = 0;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, consents_expire(store->arena, store->db, 1000, &ended, &count, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    (void)life;
}

static void become(const struct life *life, enum consent_state state)
{
    struct store *store = life->store;
    (void)done_or(
        store, consents_become(store->arena, store->db, life->consent.id, state, NULL, &store->err),
        ERROR_CONFLICT);
}

static void happens_for_real(struct life *life, enum event event)
{
    struct store *store = life->store;
    const struct shared_document *document = document_of(life);
    bool changed = false;
    switch (event) {
    case SHARES:
    case UNSHARES:
        look(life, event == SHARES);
        break;
    case WITHDRAWS:
        withdraw_for_real(life);
        break;
    case WITHDRAWS_AWAY:
        WORKS(store,
              consents_withdrawn_outside(store->db, life->consent.id, &changed, &store->err));
        break;
    case WANTS:
    case LEAVES:
        choose_for_real(life, event == WANTS);
        break;
    case COMES:
        come(life);
        break;
    case FAILS_TO_COME:
        if (document)
            WORKS(store,
                  shared_documents_failed(store->db, document->id, "file.size", &store->err));
        settle_for_real(store, life);
        break;
    case REMOVES:
        if (life->attachment_id)
            (void)done_or(
                store,
                attachments_remove(store->db, life->citizen_id, life->attachment_id, &store->err),
                ERROR_MISSING);
        break;
    case SENDS:
        send(life);
        break;
    case DISCARDS:
        (void)done_or(store,
                      drafts_delete(store->db, life->citizen_id, life->draft.id, &store->err),
                      ERROR_MISSING);
        break;
    case STOPPED:
        become(life, CONSENT_STOPPED);
        break;
    case REFUSED:
        become(life, CONSENT_REFUSED);
        break;
    case TIME_PASSES:
        if (clock_now() < SHARED_UNTIL)
            clock_set(SHARED_UNTIL);
        break;
    case MORE_TIME:
        clock_set(ENDS_AT);
        break;
    case SWEEP:
        sweep(life);
        break;
    case EVENT_COUNT:
        break;
    }
}

/* Side by side ------------------------------------------------------------------------------- */

static const char *history_text(struct store *store, const enum event *events, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(store->arena, "%s%s%s", text, i ? ", " : "", event_names[events[i]]);
    return text;
}

static void must_agree(const struct life *life, const struct model *model, const char *history)
{
    struct store *store = life->store;
    struct consent consent;
    bool may_enter = false;
    WORKS(store, consents_read(store->arena, store->db, life->citizen_id, life->consent.id,
                               &consent, &store->err));
    WORKS(store,
          consents_lets_in(store->arena, store->db, life->consent.id, &may_enter, &store->err));
    const struct shared_document *document = document_of(life);
    const struct shared_use *use = document && document->use_count ? document->uses : NULL;
    bool attached = use && use->attachment_id;
    bool kept = use && use->submission_id;
    int state = document ? (int)document->state : NOT_THERE;
    if (state == SHARED_FETCHED && !attached) /* deleted with its draft */
        state = SHARED_DELETED;
    if (consent.state != model->consent || state != model->document ||
        attached != model->attached || kept != model->kept ||
        may_enter != (lets_in(model) && model->draft == OPEN))
        fail_msg("%s: consent %s (%s), document %d (%d), attached %d (%d), sent %d (%d), open %d",
                 history, consents_state_name(consent.state), consents_state_name(model->consent),
                 state, model->document, attached, model->attached, kept, model->kept, may_enter);
}

static struct life new_life(struct store *store)
{
    struct life life = {.store = store, .citizen_id = store_citizen(store, KARI)};
    clock_set(0);
    life.draft = store_draft(store, life.citizen_id);
    life.consent = store_consent(store, life.citizen_id, life.draft.id);
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE consents SET ends_at = $1 WHERE id = $2"),
                  DB_VALUES(DB_INTEGER(ENDS_AT), DB_TEXT(life.consent.id)), NULL, &store->err));
    return life;
}

/* All of a history, agreeing after each event; what is so at its end. */
static struct model live(struct store *store, const enum event *events, size_t count)
{
    struct life life = new_life(store);
    struct model model = {.consent = CONSENT_ASKED, .document = NOT_THERE};
    for (size_t i = 0; i < count; i++) {
        happens(&model, events[i]);
        happens_for_real(&life, events[i]);
        must_agree(&life, &model, history_text(store, events, i + 1));
    }
    clock_set(0);
    return model;
}

enum { LONGEST = 16, SITUATIONS_MAX = 1000 };

/* A situation, and the shortest history that leads there. */
struct situation {
    struct model model;
    enum event history[LONGEST];
    size_t length;
};

static bool is_known(const struct situation *known, size_t count, const struct model *model)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&known[i].model, model, sizeof *model) == 0)
            return true;
    return false;
}

/* The situations there are, by the model alone; breadth first, so that histories are short. */
static size_t find_situations(struct situation *known)
{
    size_t count = 1;
    memset(&known[0], 0, sizeof known[0]);
    known[0].model.document = NOT_THERE;
    for (size_t at = 0; at < count; at++)
        for (int event = 0; event < EVENT_COUNT; event++) {
            struct situation next;
            memcpy(&next, &known[at], sizeof next);
            happens(&next.model, (enum event)event);
            if (is_known(known, count, &next.model))
                continue;
            assert_true(next.length < LONGEST && count < SITUATIONS_MAX);
            next.history[next.length++] = (enum event)event;
            memcpy(&known[count++], &next, sizeof next);
        }
    return count;
}

/* Thousands of short lives: they need not survive the power being cut. */
static void hurry(struct store *store)
{
    WORKS(store,
          db_exec(store->db, DB_SQL("PRAGMA synchronous = OFF"), DB_NO_VALUES, NULL, &store->err));
}

static void r_28_every_event_in_every_situation_ends_as_the_model_says(void **state)
{
    struct store *store = *state;
    struct situation *known = calloc(SITUATIONS_MAX, sizeof *known);
    assert_non_null(known);
    hurry(store);
    size_t count = find_situations(known);
    print_message("%zu situations, %zu histories\n", count, count * EVENT_COUNT);
    for (size_t i = 0; i < count; i++)
        for (int event = 0; event < EVENT_COUNT; event++) {
            enum event history[LONGEST + 1];
            memcpy(history, known[i].history, sizeof known[i].history);
            history[known[i].length] = (enum event)event;
            live(store, history, known[i].length + 1);
        }
    free(known);
}

static void r_28_long_histories_with_repeats_end_as_the_model_says(void **state)
{
    enum { HISTORIES = 40, LENGTH = 40 };
    struct store *store = *state;
    uint64_t seed = 20260301;
    hurry(store);
    for (int i = 0; i < HISTORIES; i++) {
        enum event history[LENGTH];
        for (int j = 0; j < LENGTH; j++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            history[j] = (enum event)((seed >> 33) % EVENT_COUNT);
        }
        live(store, history, LENGTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(r_28_every_event_in_every_situation_ends_as_the_model_says),
        WITH_STORE(r_28_long_histories_with_repeats_end_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
