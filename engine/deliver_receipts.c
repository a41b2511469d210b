#include "engine/deliver_receipts.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/deliver_note.h"
#include "storage/dpi_receipts.h"
#include "storage/postbox/dpi_answer.h"

#include <string.h>

enum { MOST_PAGES = 20, TOLD_EVERY_MS = 60 * 1000, SKEW_S = 300, WORDS_MOST = 120 };

/* One message of the list. */
struct taking {
    const struct deliver_receipts *receipts;
    struct deliver_receipts_look *look;
    struct arena *arena;
    const char *jws;
    struct sbd_receipt receipt;
};

/* ---- taking it off the list ---- */

static bool take_off(struct taking *taking, const char *id)
{
    struct error err = {0};
    if (dpi_inbox_done(taking->receipts->dpi, taking->arena, id, &err))
        return true;
    log_error("receipt_not_taken_off", &err); /* it comes again, and is known then */
    return false;
}

/* ---- setting aside ---- */

static void tell(struct deliver_receipts_look *look, const char *why)
{
    int64_t now_ms = clock_monotonic_ms();
    if (look->told_at_ms && now_ms - look->told_at_ms < TOLD_EVERY_MS) {
        look->untold++;
        return;
    }
    log_event(LOG_LEVEL_WARNING, "receipt_set_aside", "why=\"%s\" others=%lld", why,
              (long long)look->untold);
    look->told_at_ms = now_ms;
    look->untold = 0;
}

/* id: NULL when it is not known. leave_s: how long it stays on the list. True: it was taken off. */
static bool set_aside(struct taking *taking, const char *why, const char *id, int64_t leave_s)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    bool kept = false, is_new = false;
    int64_t first_at = 0;
    if (!db_borrow(taking->receipts->db, &db, &err) ||
        !dpi_receipts_set_aside(taking->arena, db, taking->jws, why, &kept, &first_at, &is_new,
                                &err)) {
        log_error("receipt_not_kept", &err);
        return false;
    }
    if (is_new || !kept)
        tell(taking->look, why);
    return kept && id && clock_now() - first_at >= leave_s && take_off(taking, id);
}

/* ---- what it says ---- */

static bool is_listed(struct arena *arena, const char *list, const char *number)
{
    char *rest = arena_text(arena, list), *one;
    while ((one = strsep(&rest, ",")))
        if (text_equal(text_trim(arena, one), number))
            return true;
    return false;
}

/* A whole receipt, rightly signed: is it ours to act on? NULL: yes. */
static const char *why_not_ours(struct taking *taking)
{
    const struct deliver_receipts *receipts = taking->receipts;
    const struct sbd_receipt *receipt = &taking->receipt;
    if (!is_listed(taking->arena, receipts->mailboxes, receipt->sender))
        return "signed by an organisation that is no mailbox (dpi_mailboxes)";
    if (!text_equal(receipt->agency, receipts->agency) ||
        !text_equal(receipt->receiver, receipts->sender))
        return "for another agency or sender";
    return NULL;
}

/* By the mailbox's clock, but not in our future. */
static int64_t moment_of(const struct sbd_receipt *receipt)
{
    int64_t now = clock_now();
    return receipt->happened_at > now + SKEW_S ? now : receipt->happened_at;
}

static bool deliver(struct taking *taking, struct db *db, const struct delivery *delivery,
                    struct error *err)
{
    bool moved = false;
    return outbox_delivered_by_receipt(db, delivery->message_id, moment_of(&taking->receipt),
                                       &moved, err) &&
           (!moved || deliver_note(taking->arena, db, delivery, DELIVER_THERE, err));
}

static bool open_letter(struct taking *taking, struct db *db, const struct delivery *delivery,
                        struct error *err)
{
    bool moved = false;
    return deliver(taking, db, delivery, err) &&
           outbox_opened(db, delivery->message_id, moment_of(&taking->receipt), &moved, err) &&
           (!moved || deliver_note(taking->arena, db, delivery, DELIVER_OPENED, err));
}

static bool give_up(struct taking *taking, struct db *db, const struct delivery *delivery,
                    struct error *err)
{
    const struct sbd_receipt *receipt = &taking->receipt;
    const char *words = dpi_answer_words(taking->arena, receipt->description, WORDS_MOST);
    const char *reason =
        arena_printf(taking->arena, "the mailbox at %s says %s: %s", receipt->sender,
                     receipt->is_our_fault ? "KLIENT" : "SERVER", *words ? words : "nothing more");
    bool moved = false;
    return outbox_refused_by_receipt(db, delivery->message_id, reason, &moved, err) &&
           (!moved || deliver_note(taking->arena, db, delivery, DELIVER_GIVEN_UP, err));
}

static bool act(struct taking *taking, struct db *db, const struct delivery *delivery,
                struct error *err)
{
    switch (taking->receipt.type) {
    case SBD_DELIVERED:
        return deliver(taking, db, delivery, err);
    case SBD_OPENED:
        return open_letter(taking, db, delivery, err);
    case SBD_ERROR:
        return give_up(taking, db, delivery, err);
    default:
        return true; /* kept, and no more */
    }
}

/* ---- keeping it and acting on it ---- */

enum known { UNKNOWN_LETTER, KNOWN_LETTER };

static bool keep_and_act(struct taking *taking, struct db *db, enum known *known, bool *is_new,
                         struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct delivery delivery;
    struct error why = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    if (!outbox_of_message(taking->arena, db, taking->receipt.conversation_id, &delivery, &why)) {
        *known = UNKNOWN_LETTER;
        if (why.code != ERROR_MISSING)
            *err = why;
        return why.code == ERROR_MISSING;
    }
    *known = KNOWN_LETTER;
    return dpi_receipts_add(taking->arena, db, &delivery, &taking->receipt, taking->jws, is_new,
                            err) &&
           (!*is_new || act(taking, db, &delivery, err)) && db_commit(&transaction, err);
}

static void tell_of(const struct sbd_receipt *receipt)
{
    bool trouble = receipt->type == SBD_ERROR || receipt->type == SBD_NOTICE_FAILED;
    log_event(trouble ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "receipt",
              "id=%s letter=%s kind=%s mailbox=%s channel=%s", receipt->message_id,
              receipt->conversation_id, sbd_type_name(receipt->type), receipt->sender,
              receipt->channel);
}

/* True: it was taken off the list. */
static bool take_in(struct taking *taking)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    enum known known = UNKNOWN_LETTER;
    bool is_new = false;
    if (!db_borrow(taking->receipts->db, &db, &err) ||
        !keep_and_act(taking, db, &known, &is_new, &err)) {
        log_error("receipt_not_taken_in", &err);
        return false;
    }
    db_return(&db);
    if (known == UNKNOWN_LETTER)
        return set_aside(taking, "of a letter that is not known here", taking->receipt.message_id,
                         0);
    if (is_new)
        tell_of(&taking->receipt);
    return take_off(taking, taking->receipt.message_id);
}

static bool take_one(struct taking *taking)
{
    struct error err = {0};
    if (!sbd_receipt_read(taking->arena, taking->jws, taking->receipts->trust, clock_now(),
                          &taking->receipt, &err))
        return set_aside(taking, err.text, dpi_answer_claimed_id(taking->arena, taking->jws),
                         DELIVER_RECEIPTS_UNSIGNED_S);
    const char *why = why_not_ours(taking);
    if (why)
        return set_aside(taking, why, taking->receipt.message_id, 0);
    return take_in(taking);
}

/* ---- looking ---- */

static bool is_stopping(const atomic_bool *stopping)
{
    return stopping && atomic_load(stopping);
}

/* *more: there may be another page, now that something was taken off this one. */
static bool take_page(const struct deliver_receipts *receipts, struct deliver_receipts_look *look,
                      struct arena *arena, const atomic_bool *stopping, bool *more,
                      struct error *err)
{
    const char *const *messages;
    size_t count, taken_off = 0;
    if (!dpi_inbox_list(receipts->dpi, arena, &messages, &count, err))
        return false;
    for (size_t i = 0; i < count && !is_stopping(stopping); i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        struct taking taking = {
            .receipts = receipts, .look = look, .arena = own, .jws = messages[i]};
        taken_off += take_one(&taking);
    }
    *more = count >= DPI_INBOX_PAGE && taken_off > 0;
    return true;
}

void deliver_receipts_take(const struct deliver_receipts *receipts,
                           struct deliver_receipts_look *look, struct arena *arena,
                           const atomic_bool *stopping)
{
    bool more = true, failed = false;
    for (int page = 0; page < MOST_PAGES && more && !is_stopping(stopping); page++) {
        struct error err = {0};
        arena_reset(arena);
        more = false;
        failed = !take_page(receipts, look, arena, stopping, &more, &err);
        if (failed && !look->failed && !is_stopping(stopping))
            log_error("receipts_not_read", &err);
    }
    look->failed = failed;
    look->looked_at_ms = clock_monotonic_ms();
}

/* How many times poll_ms: see the header. */
static int64_t patience(const struct deliver_receipts *receipts, struct arena *arena)
{
    enum { LATELY = 6, SELDOM = 60 };
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    bool waits = false, lately = false;
    int64_t since = clock_now() - DELIVER_RECEIPTS_RECENT_S;
    if (!db_borrow(receipts->db, &db, &err) ||
        !outbox_awaits_receipts(arena, db, "dpi", since, &waits, &lately, &err)) {
        log_error("outbox_not_read", &err);
        return LATELY;
    }
    return waits ? 1 : lately ? LATELY : SELDOM;
}

int64_t deliver_receipts_due_in_ms(const struct deliver_receipts *receipts,
                                   const struct deliver_receipts_look *look, struct arena *arena)
{
    if (!look->looked_at_ms)
        return 0;
    int64_t at_ms = look->looked_at_ms + patience(receipts, arena) * receipts->poll_ms;
    int64_t in_ms = at_ms - clock_monotonic_ms();
    return in_ms > 0 ? in_ms : 0;
}
