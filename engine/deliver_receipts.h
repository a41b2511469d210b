/* deliver_receipts.h - takes in what mailboxes say of letters (Digital post): each receipt is
 * checked, kept whole as evidence and acted on in one transaction, and only after that committed is
 * it taken off the access point's list. Source: Digdir, "Digital post til innbygger"; dossier
 * sections 5 and 10.
 *
 *   receipt                    effect on the letter it names (conversation = message id)
 *   leveringskvittering        done; also one that was given up
 *   aapningskvittering         done, and opened: opening comes after delivery, whichever comes
 * first varslingfeiletkvittering   none: the letter itself may be delivered. Kept feil given up,
 * unless it was delivered, with their words mottaks-, returpost-       none (printed letters, which
 * we do not send this way). Kept
 *
 * Each has an id of its own: the same again changes nothing. What cannot be acted on is set aside
 * (dpi_receipts.h) and told of in the log at most once a minute:
 *   - signed by a mailbox, but of a letter we do not know, or not for us: taken off the list once
 * it is safe, since it cannot become anything else; the channel is ours alone
 *   - not signed by whom we trust, or against the schema: left on the list for a week, so that
 *     nothing is lost by a mistake in dpi_trust, which an operator mends; then taken off, since the
 *     list has an end and what stays on it would in time stand before what is new. The id that is
 *     named then is not to be trusted, but one that is also of a true receipt was taken in long ago
 * Neither ever makes a letter delivered. */
#pragma once

#include "storage/postbox/dpi_inbox.h"

#include <stdatomic.h>

struct db_pool;

enum {
    DELIVER_RECEIPTS_UNSIGNED_S = 7 * 24 * 3600, /* stays on the list so long */
    DELIVER_RECEIPTS_RECENT_S = 30 * 24 * 3600,  /* letters may be opened so long after */
};

/* From configuration; the caller's, as what it points to. */
struct deliver_receipts {
    struct db_pool *db;
    struct dpi *dpi;
    const struct x509_trust *trust; /* issuers of business certificates */
    const char *agency;             /* organisation number: whose letters they are */
    const char *sender;             /* organisation number that signs them */
    const char *mailboxes;          /* organisation numbers that may sign receipts, comma between */
    int64_t poll_ms;                /* between looks while a letter waits for one */
};

/* Kept by whoever calls, from one look to the next; {0} at first. */
struct deliver_receipts_look {
    int64_t looked_at_ms; /* monotonic; 0: never */
    int64_t told_at_ms;   /* when the log was told of one set aside */
    int64_t untold;       /* since then */
    bool failed;          /* the last look: told once, not at each */
};

/* How long until the next look: poll_ms after the last while a letter waits for its receipt, six
 * times that while one sent lately may be opened, else sixty times. 0: now. */
int64_t deliver_receipts_due_in_ms(const struct deliver_receipts *receipts,
                                   const struct deliver_receipts_look *look, struct arena *arena);

/* Asks for what waits and takes it in, page by page. What fails is logged here and comes again at
 * the next look. stopping: set when nothing new shall be begun; may be NULL. */
void deliver_receipts_take(const struct deliver_receipts *receipts,
                           struct deliver_receipts_look *look, struct arena *arena,
                           const atomic_bool *stopping);
