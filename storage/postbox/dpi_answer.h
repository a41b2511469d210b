/* dpi_answer.h - what the access point sends us, read (Digdir, API of corner 2, 1.0.0). Pure: bytes
 * in, structs in the arena out; nothing is believed that is not as it should be. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* What a problem+json (RFC 7807) says: the last part of its type, and its title, as words that name
 * nobody (dpi_answer_words). Its detail is left out, since it may. False when it is none. */
struct dpi_problem {
    char type[64]; /* "message-id-used"; "": none */
    char title[128];
};
bool dpi_answer_problem(struct arena *arena, struct bytes json, struct dpi_problem *out);

/* A text of theirs for operators: on one line, at most so many characters, with everything that
 * could be an address or a number of somebody ("navn.navnesen#1ABC", "a@b.no", five digits or more)
 * replaced by "…". In the arena. */
const char *dpi_answer_words(struct arena *arena, const char *text, size_t most);

bool dpi_answer_is_json(struct bytes json);

/* What a list of statuses comes to. */
enum dpi_standing {
    DPI_UNCLEAR,  /* it is no list, or has no word that we know */
    DPI_NONE,     /* the list is empty */
    DPI_TAKEN,    /* OPPRETTET or SENDT */
    DPI_GIVEN_UP, /* FEILET */
};
/* *why: of GIVEN_UP, as dpi_answer_words; else "". */
enum dpi_standing dpi_answer_statuses(struct arena *arena, struct bytes json, const char **why);

/* The JWS of each message on the list; one without is passed over. ERROR_UNAVAILABLE: no list. */
CHECKED bool dpi_answer_messages(struct arena *arena, struct bytes json, const char *const **out,
                                 size_t *count, struct error *err);

/* The id (UUID in lower case) that a message says it has, unchecked: nobody need have signed it.
 * NULL: it cannot be read. */
const char *dpi_answer_claimed_id(struct arena *arena, const char *jws);
