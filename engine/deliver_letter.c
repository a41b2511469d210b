#include "engine/deliver_letter.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/channels.h"
#include "engine/deliver_note.h"
#include "engine/deliver_share.h"
#include "engine/letter.h"
#include "storage/evidence_requests.h"

/* How long it may be asked about in vain before an operator must look (D-8). */
enum { UNKNOWN_MOST_MS = 24 * 3600 * 1000 };

struct job {
    const struct deliver_settings *settings;
    struct arena *arena;
    struct delivery delivery;
    int64_t leased_at_ms; /* monotonic */
    bool has_failed;      /* for certain, where a message id is taken once only */
};

/* Recording --------------------------------------------------------------------------------- */

static int64_t back_off(const struct job *job, const struct postbox_outcome *outcome)
{
    unsigned char bytes[4];
    crypto_random(bytes, sizeof bytes);
    uint32_t random =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    int64_t wait_ms = outbox_wait_ms(job->delivery.attempts, random);
    int64_t asked_ms = (int64_t)outcome->retry_after_s * 1000;
    return asked_ms > wait_ms ? asked_ms : wait_ms;
}

static const char *reason_of(struct arena *arena, const struct postbox_outcome *outcome)
{
    if (!outcome->code[0])
        return outcome->error.text;
    return arena_printf(arena, "%s: %s", outcome->code, outcome->error.text);
}

/* The consent goes along, unless the citizen has ended it meanwhile. */
static bool move_consent(struct job *job, struct db *db, enum consent_state state,
                         const char *reason, struct error *err)
{
    struct error why = {0};
    if (consents_become(job->arena, db, job->delivery.consent_id, state, reason, &why) ||
        why.code == ERROR_CONFLICT)
        return true;
    *err = why;
    return false;
}

static bool record_done(struct job *job, struct db *db, struct error *err)
{
    enum outbox_kind kind = job->delivery.kind;
    if (!outbox_done(db, &job->delivery, err) ||
        !deliver_note(job->arena, db, &job->delivery, DELIVER_THERE, err))
        return false;
    return kind != OUTBOX_STOP_SHARING || move_consent(job, db, CONSENT_STOPPED, NULL, err);
}

static bool record_given_up(struct job *job, struct db *db, const char *reason, struct error *err)
{
    if (!(job->has_failed ? outbox_fail : outbox_give_up)(db, &job->delivery, reason, err) ||
        !deliver_note(job->arena, db, &job->delivery, DELIVER_GIVEN_UP, err))
        return false;
    return job->delivery.kind != OUTBOX_SHARE_REQUEST ||
           move_consent(job, db, CONSENT_REFUSED, reason, err);
}

static bool record(struct job *job, struct db *db, enum outbox_state to, int64_t wait_ms,
                   const char *reason, struct error *err)
{
    switch (to) {
    case OUTBOX_DONE:
        return record_done(job, db, err);
    case OUTBOX_DEAD:
        return record_given_up(job, db, reason, err);
    case OUTBOX_UNKNOWN:
        return outbox_unknown(db, &job->delivery, wait_ms, reason, err);
    case OUTBOX_ACCEPTED:
        return outbox_accepted(db, &job->delivery, wait_ms, err);
    default:
        return outbox_again(db, &job->delivery, wait_ms, reason, err);
    }
}

/* Writes the outcome with all that goes with it, or nothing: then the lease runs out, and the row
 * says what to do. */
static void finish(struct job *job, enum outbox_state to, int64_t wait_ms, const char *reason)
{
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct error err = {0};
    if (!db_borrow(job->settings->db, &db, &err) || !db_begin(db, &transaction, &err) ||
        !record(job, db, to, wait_ms, reason, &err) || !db_commit(&transaction, &err)) {
        log_error("delivery_not_recorded", &err);
        return;
    }
    bool good = to == OUTBOX_DONE || to == OUTBOX_ACCEPTED;
    enum log_level level = good                ? LOG_LEVEL_INFO
                           : to == OUTBOX_DEAD ? LOG_LEVEL_ERROR
                                               : LOG_LEVEL_WARNING;
    log_event(level, "delivery",
              "id=%s kind=%s state=%s channel=%s attempt=%lld wait_ms=%lld reason=\"%s\"",
              job->delivery.id, outbox_kind_name(job->delivery.kind), outbox_state_name(to),
              job->delivery.channel, (long long)job->delivery.attempts, (long long)wait_ms, reason);
}

/* Acting on an outcome ---------------------------------------------------------------------- */

/* Three days, or 40 tries (D-10). A try is one when bytes may have gone out: a postbox that does
 * not even take a connection is no fault of the letter, and 40 of those are over in four hours. */
enum { SENDS_MOST = 40 };

static bool is_too_old(const struct job *job)
{
    return job->delivery.age_ms >= job->settings->give_up_ms || job->delivery.sends >= SENDS_MOST;
}

static void try_again(struct job *job, int64_t wait_ms, const char *reason)
{
    finish(job, is_too_old(job) ? OUTBOX_DEAD : OUTBOX_PENDING, wait_ms, reason);
}

static void ask_later(struct job *job, int64_t wait_ms, int64_t most_ms, const char *reason)
{
    finish(job, job->delivery.unknown_ms >= most_ms ? OUTBOX_DEAD : OUTBOX_UNKNOWN, wait_ms,
           reason);
}

/* Since bytes of it may last have gone out, as of now. */
static int64_t since_sending_ms(const struct job *job)
{
    return job->delivery.since_sending_ms + clock_monotonic_ms() - job->leased_at_ms;
}

/* They have it and have not delivered it: their receipt, or an answer to a later question, ends the
 * waiting. */
static void wait_for_receipt(struct job *job, int64_t wait_ms)
{
    if (is_too_old(job))
        finish(job, OUTBOX_DEAD, 0, "taken, but no receipt of delivery has come");
    else
        finish(job, OUTBOX_ACCEPTED, wait_ms, "");
}

/* They do not know it. Something may still be on its way until twice the timeout has passed; and
 * what they had taken once is asked about a second time before it is sent again (D-9). */
static void act_on_absence(struct job *job, int64_t asked_after_ms, const char *reason)
{
    int64_t sure_after_ms = 2 * (int64_t)job->settings->timeout_ms;
    if (job->delivery.state == OUTBOX_ACCEPTED)
        ask_later(job, sure_after_ms, UNKNOWN_MOST_MS, reason);
    else if (asked_after_ms >= sure_after_ms)
        try_again(job, 0, reason);
    else
        ask_later(job, sure_after_ms - asked_after_ms, UNKNOWN_MOST_MS, reason);
}

static bool takes_ids_once(const struct job *job)
{
    const struct postbox *postbox = channels_find(job->settings->channels, job->delivery.channel);
    return postbox && postbox->takes_ids_once;
}

static void act_on(struct job *job, const struct postbox_outcome *outcome)
{
    int64_t wait_ms = back_off(job, outcome);
    const char *reason = reason_of(job->arena, outcome);
    switch (outcome->result) {
    case POSTBOX_DELIVERED:
        finish(job, OUTBOX_DONE, 0, "");
        break;
    case POSTBOX_ACCEPTED:
        wait_for_receipt(job, wait_ms);
        break;
    case POSTBOX_NOT_SENT:
        try_again(job, wait_ms, reason);
        break;
    case POSTBOX_REFUSED:
        job->has_failed = takes_ids_once(job);
        finish(job, OUTBOX_DEAD, 0, reason);
        break;
    case POSTBOX_UNKNOWN:
        if (job->delivery.state == OUTBOX_ACCEPTED)
            wait_for_receipt(job, wait_ms);
        else
            ask_later(job, wait_ms, UNKNOWN_MOST_MS, reason);
        break;
    }
}

/* The steps --------------------------------------------------------------------------------- */

/* False: there is nothing more to do with it now. */
static bool mark_sending(struct job *job, const char *channel)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(job->settings->db, &db, &err) &&
        outbox_sending(db, &job->delivery, channel, &err))
        return true;
    log_error("delivery_not_begun", &err);
    return false;
}

static bool read_letter(struct job *job, struct postbox_letter *letter)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(job->settings->db, &db, &err) &&
        letter_of_delivery(job->arena, db, &job->delivery, letter, &err))
        return true;
    db_return(&db);
    if (err.code == ERROR_BROKEN) /* bytes that changed at rest do not change back */
        finish(job, OUTBOX_DEAD, 0, err.text);
    else
        log_error("delivery_not_read", &err);
    return false;
}

static bool share_is_wanted(struct job *job, struct db *db, bool *out, struct error *err)
{
    struct consent consent;
    if (!consents_read(job->arena, db, job->delivery.citizen_id, job->delivery.consent_id, &consent,
                       err))
        return false;
    *out = consent.state == CONSENT_ASKED;
    return true;
}

static bool answer_is_wanted(struct job *job, struct db *db, bool *out, struct error *err)
{
    struct evidence_request request;
    if (!evidence_requests_read(job->arena, db, job->delivery.citizen_id,
                                job->delivery.evidence_request_id, &request, err))
        return false;
    *out = request.state == EVIDENCE_PENDING;
    return true;
}

/* A consent or question that ended before its letter went out: nobody is asked any more. */
static bool is_still_wanted(struct job *job, bool *out)
{
    *out = true;
    bool shares = job->delivery.kind == OUTBOX_SHARE_REQUEST;
    if (!shares && job->delivery.kind != OUTBOX_EVIDENCE_REQUEST)
        return true;
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(job->settings->db, &db, &err) &&
        (shares ? share_is_wanted : answer_is_wanted)(job, db, out, &err))
        return true;
    log_error("delivery_not_read", &err);
    return false;
}

static void drop(struct job *job)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (!db_borrow(job->settings->db, &db, &err) || !outbox_done(db, &job->delivery, &err))
        log_error("delivery_not_recorded", &err);
    else
        log_event(LOG_LEVEL_INFO, "delivery_not_wanted", "id=%s", job->delivery.id);
}

static void send_letter(struct job *job)
{
    struct postbox_letter letter;
    bool wanted = false;
    if (!is_still_wanted(job, &wanted))
        return;
    if (!wanted) {
        drop(job);
        return;
    }
    if (is_too_old(job)) {
        finish(job, OUTBOX_DEAD, 0, job->delivery.reason);
        return;
    }
    if (!read_letter(job, &letter))
        return;
    struct channels_choice choice =
        channels_choose(job->settings->channels, job->arena, &letter, job->delivery.channel);
    if (choice.way == CHANNELS_LATER) {
        const struct postbox_outcome nobody_knows = {.result = POSTBOX_NOT_SENT,
                                                     .error = choice.error};
        act_on(job, &nobody_knows);
        return;
    }
    if (choice.way == CHANNELS_ON_PAPER)
        letter.why_on_paper = channels_why_text(choice.why);
    job->delivery.mailbox = choice.provider;
    if (!mark_sending(job, choice.postbox->name))
        return;
    struct postbox_outcome outcome = postbox_send(choice.postbox, job->arena, &letter);
    act_on(job, &outcome);
}

static bool is_better(enum postbox_result one, enum postbox_result than)
{
    static const int worth[] = {
        [POSTBOX_NOT_SENT] = 0, [POSTBOX_UNKNOWN] = 1,   [POSTBOX_REFUSED] = 2,
        [POSTBOX_ACCEPTED] = 3, [POSTBOX_DELIVERED] = 4,
    };
    return worth[one] > worth[than];
}

/* A backup was put back, which does not know by which channel it may have gone since: every one is
 * asked, and it is not there only when all say so (storage/restored.h). */
static struct postbox_outcome ask_everywhere(struct job *job, const struct postbox_letter *letter)
{
    const struct channels *channels = job->settings->channels;
    struct postbox_outcome best = {.result = POSTBOX_NOT_SENT};
    (void)error_set(&best.error, ERROR_MISSING, "no channel knows it");
    for (size_t i = 0; i <= channels->count; i++) {
        const struct postbox *postbox =
            i < channels->count ? channels->postboxes[i] : channels->print;
        if (!postbox)
            continue;
        struct postbox_outcome outcome = postbox_status(postbox, job->arena, letter);
        if (!is_better(outcome.result, best.result))
            continue;
        best = outcome;
        if (outcome.result != POSTBOX_UNKNOWN)
            job->delivery.channel = postbox->name;
    }
    return best;
}

static struct postbox_outcome ask_there(struct job *job, const struct postbox_letter *letter)
{
    const struct postbox *postbox = channels_find(job->settings->channels, job->delivery.channel);
    if (postbox)
        return postbox_status(postbox, job->arena, letter);
    struct postbox_outcome outcome = {.result = POSTBOX_UNKNOWN};
    (void)error_set(&outcome.error, ERROR_UNAVAILABLE,
                    "it went by \"%s\", which is no channel of ours now", job->delivery.channel);
    return outcome;
}

static void ask_about_letter(struct job *job)
{
    struct postbox_letter letter;
    if (!read_letter(job, &letter))
        return;
    int64_t asked_after_ms = since_sending_ms(job);
    struct postbox_outcome outcome =
        *job->delivery.channel ? ask_there(job, &letter) : ask_everywhere(job, &letter);
    if (outcome.result == POSTBOX_NOT_SENT)
        act_on_absence(job, asked_after_ms, reason_of(job->arena, &outcome));
    else
        act_on(job, &outcome);
}

/* Stopping reads the state first, so it may be repeated whatever became of it before. */
static void stop_sharing(struct job *job)
{
    if (job->delivery.state == OUTBOX_PENDING && !mark_sending(job, "digipost"))
        return;
    struct postbox_outcome outcome = deliver_share_stop(job->settings, job->arena, &job->delivery);
    act_on(job, &outcome);
}

static bool lease(struct job *job, const char *owner, bool *found)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    job->leased_at_ms = clock_monotonic_ms();
    if (db_borrow(job->settings->db, &db, &err) &&
        outbox_lease(job->arena, db, owner, job->settings->lease_ms, &job->delivery, found, &err))
        return true;
    log_error("delivery_not_leased", &err);
    return false;
}

static void release(struct job *job)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (!db_borrow(job->settings->db, &db, &err) || !outbox_release(db, &job->delivery, &err))
        log_error("delivery_not_released", &err);
}

bool deliver_letter_next(const struct deliver_settings *settings, const char *owner,
                         struct arena *arena, const atomic_bool *stopping)
{
    struct job job = {.settings = settings, .arena = arena};
    bool found = false;
    if (!lease(&job, owner, &found) || !found)
        return false;
    if (stopping && atomic_load(stopping))
        release(&job);
    else if (job.delivery.kind == OUTBOX_STOP_SHARING)
        stop_sharing(&job);
    else if (job.delivery.state == OUTBOX_PENDING)
        send_letter(&job);
    else
        ask_about_letter(&job);
    return true;
}
