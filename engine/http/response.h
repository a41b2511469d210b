/* response.h - the answer to one request: status, headers, body. The headers that keep a page safe
 * are set here and nowhere else (security.md S-HDR-1 to -3). */
#pragma once

#include "engine/http/request.h"

/* A body that is read while it is sent, a stretch at a time, on threads of the server's own. */
struct response_stream {
    struct content content;
    int64_t from, size; /* the run of it that is sent */
    void (*close)(
        void *context); /* once, when it is sent or nobody takes it any more; on any thread */
    void *context;
};

struct response {
    struct arena *arena;          /* the request's: bodies made in it need no copying */
    int status;                   /* 200 at first */
    struct request_pair *headers; /* in order */
    size_t header_count, header_capacity;
    struct bytes body; /* the arena's or static */
    bool is_stream;    /* instead of body: */
    struct response_stream stream;
    bool is_chunked; /* sent without Content-Length */
    bool is_dropped; /* no answer: the connection is closed */
};

/* A site's answer: 200, empty, never cached, with all security headers. */
void response_init(struct response *response, struct arena *arena);

/* Takes away every header that response_init set: for answers of an API, where only what is added
 * from here on is sent, names as written. Date and Content-Length are added below unless they are
 * among them. */
void response_plain(struct response *response);

/* Sets a header, in place of one with that name in any case; or adds one more with that name. The
 * value must be free of CR, LF and other control characters: assert, so it is never a stranger's
 * bytes unencoded. */
void response_header(struct response *response, const char *name, const char *value);
void response_add_header(struct response *response, const char *name, const char *value);
void response_remove_header(struct response *response, const char *name);

/* A header set so far by name (case does not matter), or NULL. */
const char *response_find_header(const struct response *response, const char *name);

/* Whole answers, instead of what was answered before. type: with charset where it is text,
 * "text/html; charset=utf-8". */
void response_html(struct response *response, int status, struct bytes body);
void response_text(struct response *response, int status, const char *text);
void response_bytes(struct response *response, int status, const char *type, struct bytes body);

/* A file that never changes under its address: may be kept a year. */
void response_static(struct response *response, const char *type, struct bytes body);

/* A document for the citizen to keep (S-FILE-4); name is UTF-8 and may hold anything. */
void response_download(struct response *response, const char *name, const char *type,
                       struct bytes body);

/* The same, read while it is sent; of it the one range that the request asks for, if it asks for
 * one (206, RFC 9110 14.2; 416 when there is no such run). stream: content, close and context; it
 * is closed in any case. request NULL: all of it, whatever is asked, of what is made anew each
 * time.
 */
void response_download_stream(struct response *response, const struct request *request,
                              const char *name, const char *type,
                              const struct response_stream *stream);

/* For the server: closes the stream, if it has one that is open. */
void response_close(struct response *response);

/* 303 to a path of this site made by us, e.g. "/kvittering/x": begins with one '/'. Letters outside
 * ASCII and what no address may hold are escaped; '?', '#', '&' and '%' stay as they are. */
void response_redirect(struct response *response, const char *path);

/* 303 to another site: only an address from configuration. */
void response_redirect_away(struct response *response, const char *url);

/* 405: allow is "GET, POST". */
void response_not_allowed(struct response *response, const char *allow);

/* No answer at all; what a sandbox does when it plays dead. */
void response_drop(struct response *response);
