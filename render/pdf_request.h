/* pdf_request.h - the letter that asks a citizen to share documents from the postbox: the longer
 * explanation beside the purpose (Digipost API, 7.4.1). The same request gives the same bytes. */
#pragma once

#include "render/frame.h"
#include "render/pdf.h"

struct pdf_request {
    const struct frame_agency *agency;
    const char *language;
    const char *form_title;
    const char *purpose;          /* letter for letter what was shown before the consent */
    const char *const *documents; /* what we ask for: labels of the uploads */
    size_t document_count;
    int64_t duration_s; /* how long we may read */
    int64_t asked_at;   /* Unix seconds */
};

/* Fails as pdf_write does. */
CHECKED bool pdf_request_write(struct arena *arena, const struct pdf_request *request,
                               struct bytes *out, struct error *err);

/* "1 time", "2 døgn": for the page that asks for consent too. */
const char *pdf_request_duration(struct arena *arena, int64_t seconds, const char *language);

/* The letter's title in the postbox: "Fjordvik kommune ber deg dele dokumenter". */
const char *pdf_request_title(struct arena *arena, const struct pdf_request *request);
