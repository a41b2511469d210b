/* pdf_certificate.h - letters of our own that are no receipt of answers: a certificate that we
 * issue, another agency's question for one, the receipt of a withdrawal. The same input gives the
 * same bytes. */
#pragma once

#include "render/frame.h"
#include "render/pdf.h"

struct pdf_certificate {
    const struct frame_agency *agency;
    const char *language;
    const char *title;                  /* "Serveringsbevilling" */
    const char *number;                 /* of the certificate, or "" */
    const char *text;                   /* what was decided, or NULL */
    const char *holder, *holder_number; /* eleven digits, written masked */
    const char *form_title, *reference; /* what it was decided on */
    int64_t issued_at;                  /* Unix seconds */
    int64_t valid_until;                /* when it ends; 0: holds for good */
};

/* Texts are in that language as far as receipt_messages.tsv goes. Fails as pdf_write does. */
CHECKED bool pdf_certificate_write(struct arena *arena, const struct pdf_certificate *certificate,
                                   struct bytes *out, struct error *err);

/* Another agency asks; our letter about it, before any answer. */
struct pdf_question {
    const struct frame_agency *agency; /* we */
    const char *language;
    const char *consumer; /* who asks: "Nordvik kommune (org.nr. 310 245 690)" */
    const char *document; /* title of what they would get */
    const char *purpose, *procedure;
    int64_t asked_at, expires_at;
};
CHECKED bool pdf_question_write(struct arena *arena, const struct pdf_question *question,
                                struct bytes *out, struct error *err);

/* The letter's title in the postbox. It does not tell what is asked for. */
const char *pdf_question_title(struct arena *arena, const struct pdf_question *question);

/* An application was taken back by who sent it. */
struct pdf_withdrawal {
    const struct frame_agency *agency;
    const char *language;
    const char *form_title, *reference;
    const char *person;                /* "": not known, and left out */
    const char *person_number;         /* eleven digits, written masked */
    int64_t received_at, withdrawn_at; /* Unix seconds */
};
CHECKED bool pdf_withdrawal_write(struct arena *arena, const struct pdf_withdrawal *withdrawal,
                                  struct bytes *out, struct error *err);
