/* register.h - public registers that know something of a person or an organisation: one way to ask
 * any of them, with three outcomes. Reading only; asking twice does no harm. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* Whom it is about: exactly one is set. */
struct register_subject {
    const char *pid;                 /* national identity number, 11 digits */
    const char *organisation_number; /* 9 digits */
};

struct register_fact {
    const char *word; /* "krr.email" */
    const char *value;
};

enum register_outcome {
    REGISTER_FOUND,       /* facts holds what may be used; not necessarily all that is asked for */
    REGISTER_NOTHING,     /* it answered, and has nothing that may be used */
    REGISTER_UNAVAILABLE, /* down, slow, refusing, or an answer that cannot be trusted */
};

enum { REGISTER_MAX_FACTS = 8 };
struct register_answer {
    enum register_outcome outcome;
    struct register_fact facts[REGISTER_MAX_FACTS]; /* in the arena */
    size_t fact_count;
    char reason[128]; /* UNAVAILABLE: one sentence for operators, nothing about a person */
};

/* A register: what answers speak of as its source, and how it is asked. Called from any thread. */
struct register_source {
    const char *name; /* "krr" */
    void (*ask)(const struct register_source *source, struct arena *arena,
                const struct register_subject *subject, struct register_answer *out);
    const struct register_settings *settings; /* the client's own */
};

/* What every client of a register over HTTP needs; from configuration only. */
struct maskinporten;
struct register_settings {
    const char *base_url;
    const char *ca_file;               /* NULL: the system's */
    const char *bearer_token;          /* a static one; "": none */
    struct maskinporten *maskinporten; /* gives one instead, with that scope; NULL: it does not */
    const char *scope;
    bool allow_private; /* loopback may be dialled */
    int timeout_ms;
};

/* ---- for the clients ---- */

void register_add(struct register_answer *answer, const char *word, const char *value);
void register_fail(struct register_answer *answer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Sends a question (body NULL: GET) and reads its JSON answer, closed by the caller with
 * register_close. 404 is *found false with *out NULL; everything else but 200 with JSON of at most
 * 64 KiB is register_fail and false. */
typedef struct json_t json_t;
bool register_call(struct arena *arena, const struct register_settings *settings, const char *path,
                   const char *body, json_t **out, bool *found, struct register_answer *answer);
void register_close(json_t **json);

/* A text member that is there and not empty; NULL else. In the arena, on one line. */
const char *register_text(struct arena *arena, const json_t *object, const char *name);
