/* sending.h - answers read back before they are sent, and the receipt after. */
#pragma once

#include "render/frame.h"
#include "render/outline.h"
#include "render/step.h"

/* Something that keeps the form from being sent, and where it is put right. */
struct sending_obstacle {
    const char *text, *address;
    const char *language; /* of the text */
};

struct sending_review {
    const struct outline *outline;
    struct step_progress progress; /* the review is its last step */
    const char *address_of_page;   /* "/utkast/<id>/": a section's page word is added */
    const char *action;            /* POST */
    const char *draft_pdf;         /* all of it as a PDF; NULL: not offered */
    const char *back;              /* the step before */
    int64_t revision;
    const char *shown; /* comes back as SENDING_FIELD_SHOWN: what the person read; NULL: none */
    const char *person_name;   /* "": not known; NULL: nobody is told of */
    const char *person_number; /* eleven digits, shown masked; or NULL */
    const struct sending_obstacle *obstacles;
    size_t obstacle_count;    /* > 0: an error summary */
    bool declaration_missing; /* was sent without the tick */
};
struct bytes sending_review_page(struct arena *arena, const struct frame *frame,
                                 const struct sending_review *page);

#define SENDING_FIELD_SHOWN "_vist"

/* The tick at the end of the review; value "ja". */
#define SENDING_FIELD_CONFIRM "bekreft"

enum sending_delivery {
    SENDING_QUEUED, /* not handed to the postbox yet */
    SENDING_HANDED, /* the postbox has it; confirmation is awaited */
    SENDING_DELIVERED,
    SENDING_LATE,       /* tried for long; we go on, nothing to do for the person */
    SENDING_FAILED,     /* given up: the receipt is on Min side only */
    SENDING_NO_POSTBOX, /* no letter: the receipt is on Min side only */
    SENDING_OPENED,     /* delivered, and opened */
    SENDING_ON_PAPER,   /* it is printed and posted */
};

/* A document that was promised for later. */
struct sending_later {
    const char *label;
    int64_t due_at;      /* the last moment for it */
    int64_t sent_at;     /* when it came; 0: it has not */
    const char *address; /* where it is sent, or, once it has come, its receipt */
};

struct sending_receipt {
    const struct form
        *form;          /* its title and what happens next (form_about); NULL: not offered now */
    bool is_supplement; /* of a document that was sent afterwards, not of an application */
    const char *reference;
    int64_t received_at;
    int64_t answer_by; /* 0: not said */
    const char *pdf;   /* address */
    int64_t pdf_size_bytes;
    enum sending_delivery delivery;
    int64_t handed_at, delivered_at, opened_at; /* 0: not yet */
    const char *mailbox;                        /* "e-Boks"; NULL: not known */
    const char *mailbox_url;                    /* where the person opens it, or NULL */
    const struct sending_later *later;
    size_t later_count;
    const struct outline *outline;            /* the answers, folded; or NULL */
    const struct outcome_of_receipt *outcome; /* what became of it (outcome.h); or NULL */
    const char *address;                      /* this page */
    int refresh_s;                            /* while delivery is open; 0: none */
};
struct bytes sending_receipt_page(struct arena *arena, const struct frame *frame,
                                  const struct sending_receipt *page);

/* Parts of it, for the receipt of what is sent afterwards. */
void sending_write_received(struct html *html, const struct frame *frame,
                            const struct sending_receipt *page);
void sending_write_copy(struct html *html, const struct frame *frame,
                        const struct sending_receipt *page);
void sending_write_delivery(struct html *html, const struct frame *frame,
                            const struct sending_receipt *page);

/* "Levert i postkassen" and so on, with the colour of its tag, for receipt and Min side. */
const char *sending_delivery_text(const char *language, enum sending_delivery delivery);

/* The same with the name of the mailbox, when it is known: "Levert i postkassen (e-Boks)". */
const char *sending_delivery_in(struct arena *arena, const char *language,
                                enum sending_delivery delivery, const char *mailbox);
const char *sending_delivery_color(enum sending_delivery delivery);
