/* cases.h - the cases beside a form: small stories of what a citizen does, and what the form shall
 * do then. Text in, steps out; engine/try_case.h acts them out. The format, for form authors:
 * README.md, "Cases beside a form". */
#pragma once

#include "forms/answers.h"
#include "forms/finding.h"

enum {
    CASES_MAX_BYTES = 1024 * 1024, /* of one file */
};

enum cases_kind {
    /* What happens, in the order written. */
    CASES_TODAY,    /* moment: the day begins, or the citizen comes back to the draft on it */
    CASES_LANGUAGE, /* text: one of the form's */
    CASES_CITIZEN,  /* text: name; number: national identity number, or "" */
    CASES_ANSWER,   /* place, text: as the citizen types or chooses it */
    CASES_TICK,     /* place: a box */
    CASES_UNTICK,
    CASES_ADD,    /* place: a repeat; one more row */
    CASES_REMOVE, /* place: a row, or an upload with text: the name of a document given to it */
    CASES_ATTACH, /* place: an upload, document */
    CASES_LATER,  /* place: an upload */
    CASES_PRESS,  /* text: what stands on a button; place: of the row it is in, or none */
    CASES_KNOWN,  /* fact, text: what its register says; number: of which organisation, or "" */

    /* What shall be then. */
    CASES_PAGES, /* text: words of the pages shown, in order, with ", " between */
    CASES_SHOWN, /* places; so the next five */
    CASES_HIDDEN,
    CASES_REQUIRED,
    CASES_OPTIONAL,
    CASES_READONLY,
    CASES_WRITABLE,
    CASES_ROWS,    /* place: a repeat; text: how many */
    CASES_VALUE,   /* place, text: as it is kept and sent */
    CASES_READS,   /* place, text: as the citizen reads it */
    CASES_CHOICES, /* place, text: lines "value: label", or "none" */
    CASES_ERROR,   /* place, text: the message, or "none" */
    CASES_ERRORS,  /* lines, or none; page: only there, as "Next" asks; NULL: as sending asks */
    CASES_SENT,    /* text: XML, or what is in the way */
    CASES_RECEIPT, /* text */
};

/* A field as a case names it, perhaps with numbers of rows: "barn 2/navn". */
struct cases_place {
    const char *written;
    const struct form_field *field;
    const int *rows; /* by depth of the fields above and itself; 0: not said */
};

/* One line of an errors: block. */
struct cases_error {
    struct cases_place place;
    const char *text;
};

struct cases_document {
    const char *name;
    bool from_postbox;         /* it says from whom */
    const char *issuer;        /* name, or "" */
    const char *issuer_number; /* organisation number, or "" */
    const char *issued;        /* xsd:date, or "" */
};

/* What does not apply to its kind is NULL, "" or 0. */
struct cases_step {
    enum cases_kind kind;
    bool cannot;                      /* of what happens: it shall not be possible */
    int line, last_line;              /* in the file, with the lines below that belong to it */
    int indent;                       /* columns before it */
    const struct cases_place *places; /* the one place is places[0] */
    size_t place_count;
    const char *text; /* lines with '\n' between */
    const char *number;
    int64_t moment; /* Unix seconds */
    const struct form_page *page;
    const struct cases_error *errors;
    size_t error_count;
    struct cases_document document;
    const struct prefill_fact *fact;
};

struct cases_case {
    const char *title;
    int line;
    const struct cases_step **steps; /* after those that all cases of the file begin with */
    size_t step_count;
};

struct cases_file {
    const char *file;
    const struct cases_step **common; /* before the first case: the beginning of each */
    size_t common_count;
    struct cases_case *cases;
    size_t case_count;
};

/* Reads one file of cases for that form. Everything lives in the arena; fields and pages are the
 * form's. Mistakes are findings, with what to do about them; then the cases are not to be tried.
 *   file  what to call it in findings, e.g. "hello/cases/send.case" */
void cases_parse(struct bytes text, const char *file, const struct form *form, struct arena *arena,
                 struct cases_file *out, struct finding_list *findings);

/* The word a step begins with: "shown"; "" for an answer. Static. */
const char *cases_word(enum cases_kind kind);
bool cases_is_expectation(enum cases_kind kind);

/* ---- Names of fields ---- */

/* The field that a name means: a path ("/data/barn/navn"), the end of one that no other field has
 * ("barn/navn", "fodt"), each step with its row's number if it has one ("barn 2/navn",
 * "barn[2]/navn"). False: *why says what to write instead. */
CHECKED bool cases_find(struct arena *arena, const struct form *form, const char *written,
                        struct cases_place *out, const char **why);

/* The control that asks for a field; of a row its repeat. NULL when none does. */
const struct form_control *cases_control(const struct form *form, const struct form_field *field);

/* A box to tick: a trigger, or a yes or no that is not a choice of two. */
bool cases_is_box(const struct form_control *control);

/* The shortest name that means this field: "fodt", "barn/navn". */
const char *cases_short_name(const struct form *form, const struct form_field *field);

/* The shortest name of a place, with the numbers of rows where there are several. */
char *cases_place_name(struct arena *arena, const struct form *form, const struct place *place);
