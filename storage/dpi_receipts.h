/* dpi_receipts.h - what mailboxes say of letters (Digital post): each receipt whole, as it came and
 * was signed, kept as evidence for as long as the letter it is about. What it means for the letter
 * is outbox.h's (outbox_delivered_by_receipt and those with it). */
#pragma once

#include "storage/outbox.h"
#include "storage/postbox/sbd.h"

/* Adds one, in the transaction that acts on it: sealed with the letter's key. *is_new false: one
 * with that id is there already, and nothing is changed (receipts come until they are taken off the
 * list, so twice is usual). */
CHECKED bool dpi_receipts_add(struct arena *arena, struct db *db, const struct delivery *delivery,
                              const struct sbd_receipt *receipt, const char *jws, bool *is_new,
                              struct error *err);

struct dpi_receipt {
    const char *id;   /* the receipt's own, UUID */
    const char *kind; /* sbd_type_name: "leveringskvittering" */
    int64_t happened_at, received_at;
    const char *jws;
};

/* Those of a letter, in the order they came: at most DPI_RECEIPTS_LIST_MAX. ERROR_BROKEN: one is
 * not what was stored. */
enum { DPI_RECEIPTS_LIST_MAX = 50 };
CHECKED bool dpi_receipts_list(struct arena *arena, struct db *db, const struct delivery *delivery,
                               struct dpi_receipt **out, size_t *count, struct error *err);

/* Which submissions of the citizen have a letter that nobody opened, and whose notice failed since
 * then (Unix seconds): the mailbox has the letter, and the person was not told. Ids, each once. */
CHECKED bool dpi_receipts_unnoticed(struct arena *arena, struct db *db, const char *citizen_id,
                                    int64_t since, const char *const **out, size_t *count,
                                    struct error *err);

/* Keeps what came as a receipt and is none that can be acted on: of an unknown letter, or not
 * signed by whom we trust. Bounded: at most DPI_RECEIPTS_ASIDE_MAX of them, for half a year.
 *   why        one sentence, nothing about a person
 *   *kept      false: there are too many already
 *   *first_at  when this very one was first seen (Unix seconds)
 *   *is_new    it was seen just now for the first time */
enum {
    DPI_RECEIPTS_ASIDE_MAX = 1000,
    DPI_RECEIPTS_ASIDE_S = 183 * 24 * 3600,
    DPI_RECEIPTS_ASIDE_BYTES = SBD_MAX_BYTES, /* of each: a longer one is cut there */
};
CHECKED bool dpi_receipts_set_aside(struct arena *arena, struct db *db, const char *jws,
                                    const char *why, bool *kept, int64_t *first_at, bool *is_new,
                                    struct error *err);

/* Those, oldest first, at most `most`; id is the SHA-256 of jws, kind is why. */
CHECKED bool dpi_receipts_aside(struct arena *arena, struct db *db, size_t most,
                                struct dpi_receipt **out, size_t *count, struct error *err);
