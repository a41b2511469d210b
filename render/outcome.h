/* outcome.h - what became of what was sent: the page that asks before an application is taken back,
 * the agency's decision, and what the receipt says of both. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"
#include "render/sending.h"

/* ---- taking it back: GET says what happens, POST does it ---- */

struct outcome_withdraw {
    struct form_shown form; /* title of what was sent */
    const char *reference;
    int64_t sent_at;
    int waiting_count;        /* documents laid up or promised, which end with it */
    bool letter_is_under_way; /* the receipt of what was sent has not come yet */
    const char *decision;     /* address of one that was made: it is too late; or NULL */
    const char *action, *back;
};
struct bytes outcome_withdraw_page(struct arena *arena, const struct frame *frame,
                                   const struct outcome_withdraw *page);

/* ---- a decision ---- */

enum outcome_kind { OUTCOME_GRANTED, OUTCOME_PARTLY, OUTCOME_REFUSED, OUTCOME_DISMISSED };

struct outcome_decision {
    enum outcome_kind kind;
    const char *title;
    const char *language; /* of title and appeal; NULL: the page's */
    const char *address;  /* its page */
    int64_t decided_at;
    int64_t read_at; /* 0: it is news */
    /* for its own page */
    struct form_shown form;
    const char *reference, *receipt; /* of what it is about; receipt: address */
    const char *file;                /* address of the document */
    int64_t size_bytes;
    const char *appeal;   /* in the agency's words; "": as the site says */
    int64_t appeal_until; /* 0: not said */
    enum sending_delivery delivery;
    const char *mailbox; /* "e-Boks"; NULL: not known */
};
struct bytes outcome_decision_page(struct arena *arena, const struct frame *frame,
                                   const struct outcome_decision *page);

/* "Innvilget", as a tag. */
void outcome_write_tag(struct html *html, const struct frame *frame, enum outcome_kind kind);

/* ---- on the receipt ---- */

struct outcome_of_receipt {
    int64_t withdrawn_at;       /* 0: it is not */
    const char *withdrawal_pdf; /* address */
    enum sending_delivery withdrawal_delivery;
    const char *withdrawal_mailbox;
    const char *withdraw; /* address of the page that asks; NULL: it is too late */
    const struct outcome_decision *decisions;
    size_t decision_count;
};

/* First on the receipt; and last. */
void outcome_write_first(struct html *html, const struct frame *frame,
                         const struct outcome_of_receipt *outcome);
void outcome_write_last(struct html *html, const struct frame *frame,
                        const struct outcome_of_receipt *outcome);
