/* digipost_share.h - documents that a citizen shares with us from the own postbox (Digipost
 * API, 7.4).
 *
 * 1. A letter with postbox_letter.share is sent (postbox_send). Its main document's id is the key
 *    of everything below: request_id.
 * 2. digipost_share_events is polled; DIGIPOST_EVENT_SHARED with that id says that the citizen
 * chose.
 * 3. digipost_share_state lists what was shared; digipost_share_content gets one document.
 * 4. digipost_share_stop ends it when we have what we need.
 *
 * Failures: ERROR_MISSING when Digipost does not know the request or document, ERROR_DENIED when it
 * is withdrawn or past its time, ERROR_UNAVAILABLE and ERROR_LIMIT: later, ERROR_REFUSED: they said
 * no for good, ERROR_BROKEN: later, and tell the operator. */
#pragma once

#include "engine/base/fetch.h"
#include "storage/postbox/digipost.h"

enum {
    DIGIPOST_EVENTS_OVERLAP_S = 600,         /* each poll goes this far behind the one before */
    DIGIPOST_EVENTS_KEPT_S = 30 * 24 * 3600, /* Digipost forgets them then (7.5) */
    DIGIPOST_EVENTS_PAGE = 100,
    DIGIPOST_EVENTS_MAX = 5000, /* given back by one poll */
    DIGIPOST_SHARED_MAX = 1000, /* documents in one share */
};

enum digipost_event_kind {
    DIGIPOST_EVENT_OTHER,     /* also types that are newer than this program */
    DIGIPOST_EVENT_OPENED,    /* OPENED */
    DIGIPOST_EVENT_SHARED,    /* SHARE_DOCUMENTS_REQUEST_DOCUMENTS_SHARED */
    DIGIPOST_EVENT_WITHDRAWN, /* SHARE_DOCUMENTS_REQUEST_SHARING_WITHDRAWN: by either side */
};

struct digipost_event {
    const char *document_id; /* UUID of the document it happened to */
    const char *type;        /* Digipost's word */
    enum digipost_event_kind kind;
    int64_t created_at;
};

/* Everything that happened to the broker's documents since the poll before, each event once, by
 * time.
 *   since   *until of the poll before, 0 at the first: then as far back as Digipost remembers
 *   *until  give this as since next time, after what happened is recorded: everything up to it has
 *           been given. It may lie before now when there was more than DIGIPOST_EVENTS_MAX
 * Polls overlap, so an event can come in two polls running: recording it twice must change nothing.
 */
CHECKED bool digipost_share_events(struct digipost *digipost, struct arena *arena, int64_t since,
                                   struct digipost_event **out, size_t *count, int64_t *until,
                                   struct error *err);

/* Where a shared document came from. */
enum digipost_origin {
    DIGIPOST_ORIGIN_UNKNOWN,      /* neither was told: to be treated as private */
    DIGIPOST_ORIGIN_ORGANISATION, /* an organisation sent it to the citizen through Digipost */
    DIGIPOST_ORIGIN_PRIVATE,      /* put there by the citizen, or sent by another one */
};

struct digipost_shared_document {
    const char *id; /* 43 letters, ours: Digipost gives none. The same each time the state
                     * is read, as long as title, type, size, time and origin are */
    const char *title;
    const char *file_type; /* "pdf" */
    int64_t size_bytes;
    int64_t delivered_at; /* when the citizen got it */
    enum digipost_origin origin;
    const char *origin_name;                /* "" when not told */
    const char *origin_organisation_number; /* "" when private or not told */
    const char *content_url; /* for digipost_share_content; NULL: there is none to get. Not kept:
                              * read the state anew */
};

struct digipost_share_state {
    const struct digipost_shared_document *documents;
    size_t document_count;
    int64_t shared_at;    /* 0: not yet */
    int64_t expires_at;   /* 0: not told */
    int64_t withdrawn_at; /* 0: not withdrawn */
    const char *stop_url; /* NULL: cannot be stopped now */
};

CHECKED bool digipost_share_state(struct digipost *digipost, struct arena *arena,
                                  const char *request_id, struct digipost_share_state *out,
                                  struct error *err);

/* The document's bytes to stream->spool, at most max_bytes (else ERROR_LIMIT, before the call when
 * the state told the size; asking too often is ERROR_UNAVAILABLE here, so that ERROR_LIMIT is a
 * document that stays too long). True: all of them came, what Digipost says of them (body hash and
 * signature) is right, and the spool is finished; else nothing in it may be used. Without a
 * signature (digipost_settings.unsigned_streams, or from content_base_url) the size must be the one
 * in the state. Fails as stream->go_on does when that ends it. */
CHECKED bool digipost_share_content(struct digipost *digipost, struct arena *arena,
                                    const struct digipost_shared_document *document,
                                    int64_t max_bytes, const struct fetch_stream *stream,
                                    struct error *err);

/* Ends our access. Reads the state first; done already (withdrawn, past its time, nothing to stop)
 * is success. ERROR_MISSING and ERROR_DENIED are about the state: then there is nothing of it. */
CHECKED bool digipost_share_stop(struct digipost *digipost, struct arena *arena,
                                 const char *request_id, struct error *err);
