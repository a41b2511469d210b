/* request.h - one HTTP request as handlers see it: checked, decoded once, complete with its body.
 *
 * The server makes it; a handler only reads it. All text is UTF-8 without control characters,
 * except that values of fields may hold tab, CR and LF. Everything is the request's arena's. */
#pragma once

#include "engine/base/content.h"
#include "engine/base/crypto.h"

/* security.md S-HTTP-4 */
enum {
    REQUEST_MAX_TARGET_BYTES = 4 * 1024,  /* else 414 */
    REQUEST_MAX_HEADER_BYTES = 16 * 1024, /* names and values together, else 431 */
    REQUEST_MAX_HEADERS = 64,             /* else 431 */
    REQUEST_MAX_COOKIES = 32,             /* else 431 */
    REQUEST_MAX_FIELDS = 1000,            /* fields and files together, else 413 */
    REQUEST_MAX_NAME_BYTES = 128,         /* of a field, else 413 */
    REQUEST_MAX_VALUE_BYTES = 64 * 1024,  /* of a field, else 413 */
    REQUEST_BODY_BYTES = 1024 * 1024,     /* of a body unless its route says otherwise */
};

struct request_pair {
    const char *name, *value;
};

struct request_pairs {
    struct request_pair *items; /* in the order they came */
    size_t count;
};

/* A file is counted while it comes (security.md S-FILE-2). What is not kept has no content, but is
 * told of, so that the rest of the form is not lost with it. */
enum request_file_state {
    REQUEST_FILE_WHOLE,
    REQUEST_FILE_TOO_LARGE, /* more than the site takes */
    REQUEST_FILE_TOO_MANY,  /* one more than the site takes in a request */
    REQUEST_FILE_NO_ROOM,   /* too much is coming in just now, or the disk is full */
};

/* A file of a multipart form. An input that was left empty is not among them. */
struct request_file {
    const char *field; /* the input's name */
    const char *name;  /* as the client says it, at most 4 KiB: a label only */
    const char *type;  /* as declared, "" when it was not */
    enum request_file_state state;
    int64_t size_bytes;          /* as it came, also when it was not kept */
    struct content content;      /* of a whole one; until the handler returns */
    struct crypto_sha256 sha256; /* of that */
};

struct request {
    struct arena *arena;
    const char *id;               /* random, for the log and for the page about an error */
    const char *method;           /* "GET" */
    const char *target;           /* as sent: "/utkast/3f%C3%A5?x=1" */
    const char *path;             /* decoded once: begins with '/', no empty or dot segments */
    const char *peer;             /* who connected: an address as text, or "unix" */
    const char *client;           /* who asks: the address that counts (proxies.h) */
    const char *scheme;           /* how: "http", or "https" when a trusted proxy says so */
    bool is_open;                 /* a trusted proxy says that it came over plain HTTP */
    const char *host;             /* what was asked for, one of our hosts */
    struct request_pairs headers; /* names as sent */
    struct request_pairs cookies;
    struct request_pairs query;      /* no name twice, none that is also a field */
    struct request_pairs parameters; /* of the route's pattern, set by the router */
    struct request_pairs fields;     /* of a urlencoded or multipart form; names may come twice */
    struct request_file *files;
    size_t file_count;
    const char *first_field; /* name of the body's first part, be it field or file; or NULL */
    struct bytes body; /* as sent, also when it is a urlencoded form; none of a multipart one */
    void *visitor;     /* what the router's admit found out about who asks, or NULL */
    bool is_admitted;  /* the router has asked it, for this part of the body */
    bool is_whole;     /* all of the body has come: fields and files are all that there are */
    bool drops_files;  /* set by admit: files are told of and not kept, fields are read on */
};

/* The value by name, or NULL when there is none. Names of headers match in any case. A cookie or
 * field that came more than once is nobody's: NULL (S-HTTP-7); go through the list for those that
 * may. */
const char *request_header(const struct request *request, const char *name);
const char *request_cookie(const struct request *request, const char *name);
const char *request_query(const struct request *request, const char *name);
const char *request_parameter(const struct request *request, const char *name);
const char *request_field(const struct request *request, const char *name);

/* The file of that input, or NULL; the first one when several were chosen. */
const struct request_file *request_file(const struct request *request, const char *field);

/* True for GET and HEAD: they change nothing. */
bool request_is_safe(const struct request *request);

/* True when htmx asks, and puts the answer into the page that is shown: the content of main and a
 * title are then enough. Not when it goes back in history, which takes the page whole. */
bool request_is_partial(const struct request *request);

/* The media type of the body in lower case without parameters, "" when there is none. */
const char *request_content_type(const struct request *request);

/* ---- for the server and for tests ---- */

/* Takes the target apart: sets target, path and query. Returns 0, or the status to refuse with: 414
 * when too long, else 400. Rule: S-HTTP-2. */
CHECKED int request_read_target(struct request *request, const char *target);

/* Looks at the method and request->headers before any body, and sets client, scheme, host and
 * cookies; peer is set.
 *   hosts    what Host may be, comma between, compared without regard to case
 *   proxies  whose word is taken for who asks (proxies.h); NULL: nobody's
 * Returns 0, or the status to refuse with: 400, 405 or 431; the connection must then be closed.
 * Removes headers that only a trusted proxy may send (S-HTTP-8). Rules: S-HTTP-1, S-HTTP-4. */
struct proxies;
CHECKED int request_check_head(struct request *request, const char *hosts,
                               const struct proxies *proxies);

/* True when it is one of the hosts. */
bool request_is_host(const char *hosts, const char *host);
