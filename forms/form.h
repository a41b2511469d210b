/* form.h - a form once loaded: its texts, pages, controls, and what binds each place of its
 * answers. It never changes, is shared by threads, and lives in one arena; parse.h makes it,
 * usually through package.h. What one person answers is answers.h. Language: forms/README.md. */
#pragma once

#include "engine/base/arena.h"
#include "forms/limits.h"
#include "forms/prefill.h"
#include "forms/types.h"

#define FORM_NAMESPACE "http://www.w3.org/2002/xforms"
#define FORM_NAMESPACE_HTML "http://www.w3.org/1999/xhtml"
#define FORM_NAMESPACE_JR "http://openrosa.org/javarosa"
#define FORM_NAMESPACE_ORX "http://openrosa.org/xforms"
#define FORM_NAMESPACE_ODK "http://www.opendatakit.org/xforms"
#define FORM_NAMESPACE_SK "urn:skjema:1"

struct form;
struct schema_type;
struct xpath;       /* a checked expression: xpath.h */
struct form_action; /* what a press of a button does: answers_press */

/* A text in all its languages, perhaps with values of the answers in it. Shown by form_show when
 * nobody is answering (start page, lists), else by answers_show. NULL is taken as no text. */
struct form_text;

/* One place that answers have, in all rows of its repeats: an element of the first instance. */
struct form_field {
    const char *name; /* local name, e.g. "navn" */
    const char *path; /* for authors: "/data/barn/navn" */
    const char *word; /* last word of its HTML ids; name, unless two ids would be alike */
    struct form_field *parent, *first_child, *next;
    int number;            /* in document order from 0, the root: index of form_fields() */
    int depth;             /* 0: the root */
    int slot, child_count; /* which child of its parent, from 0; attributes are children too */
    bool is_group;         /* it holds other elements, and no answer of its own */
    bool is_attribute;     /* of its parent; name and path have the '@' */
    bool is_repeat;        /* it stands once a row */
    bool is_read;          /* an expression elsewhere, no constraint, reads it: a change shows */
    enum type type;        /* TYPE_STRING when the bind does not say */
    const struct schema_type *schema; /* more about its type (schema.h); or NULL */
    bool has_type;                    /* the bind does say */
    const struct xpath *relevant, *required, *readonly, *constraint, *calculate; /* or NULL */
    const struct form_text *constraint_message, *required_message;               /* or NULL */
    const struct form_prefill *prefill; /* what is known of it already; or NULL */
    const struct form_control *control; /* the first that shows it, or NULL */
    int line, column;                   /* of its element in form.xml */
};

enum form_kind {
    FORM_GROUP,  /* field may be NULL */
    FORM_REPEAT, /* field is the row's; children are shown once a row (answers_rows) */
    FORM_INPUT,
    FORM_SECRET,
    FORM_TEXTAREA,
    FORM_SELECT1,
    FORM_SELECT, /* value: the chosen values with a space between */
    FORM_RANGE,
    FORM_TRIGGER, /* "I confirm": value "OK" */
    FORM_BUTTON,  /* a press does its actions: answers_press; field may be NULL */
    FORM_UPLOAD,
    FORM_OUTPUT, /* field may be NULL: answers_output */
};

/* Words of the appearance attribute that mean something to us. */
enum form_appearance {
    FORM_FIELD_LIST = 1 << 0,
    FORM_MINIMAL = 1 << 1,   /* a select element whatever the number of choices */
    FORM_MULTILINE = 1 << 2, /* an input becomes a textarea in `kind` already */
    FORM_COLUMNS = 1 << 3,   /* compact, columns, horizontal */
    FORM_AUTOCOMPLETE = 1 << 4,
    FORM_NUMBERS = 1 << 5,
    FORM_MONTH_YEAR = 1 << 6,
    FORM_YEAR = 1 << 7,
    FORM_CALENDAR = 1 << 8, /* a near date: input type=date (sk's own word) */
    FORM_SINGLE = 1 << 9,   /* a date as one text field (sk's own word) */
};

/* Lengths of time as ISO 8601 writes them; months and days depend on the calendar. */
struct form_duration {
    int months, days;
    int64_t seconds;
};

/* Where a document may come from, in the author's order (sk:sources). */
enum form_source {
    FORM_SOURCE_POSTBOX,
    FORM_SOURCE_DISK,
    FORM_SOURCE_EARLIER,
    FORM_SOURCE_LATER,
};

/* One kind of document that will do; any of an upload's matches is enough (sk:match). */
struct form_match {
    const char *type;              /* word for a kind of document, or "" */
    const char *const *issuers;    /* organisation numbers */
    size_t issuer_count;           /* 0: anybody */
    bool has_max_age, has_min_age; /* against the document's date */
    struct form_duration max_age, min_age;
    const char *subject; /* words that must be in its title, or "" */
};

struct form_upload {
    enum form_source sources[4];
    size_t source_count;
    const struct form_match *matches;
    size_t match_count;
    const struct form_text *purpose; /* said when asking to share, or NULL */
    struct form_duration share;      /* how long access lasts; PT1H unless the form says */
    bool has_later;                  /* the form says how long a promise for later is good: */
    struct form_duration later;      /* from the day it was sent (sk:later) */
    int files;                       /* how many are asked for: 1 unless the form says (sk:files) */
    int max_files;                   /* 1 unless the form says */
    int64_t max_bytes;               /* a file; 0: the server's limit */
    const char *accept;              /* media types with comma between, or "" */
    bool offer_reuse;                /* sk:reuse="offer" */
    bool refuse_active;              /* sk:refuse="active-content": PDFs that act by themselves */
};

/* What a person sees and fills in. */
struct form_control {
    enum form_kind kind;
    const struct form_field *field; /* what it writes and shows, or NULL */
    const struct form_control *parent, *first_child, *next;
    const char *word;                                    /* sk:id, else the field's name, else "" */
    unsigned appearance;                                 /* enum form_appearance, or-ed */
    const struct form_text *label, *hint, *help, *alert; /* or NULL */
    const struct form_text *short_name; /* for {felt} in messages, in running text; or NULL */
    const struct form_upload *upload;   /* FORM_UPLOAD */
    const struct form_items *items;     /* FORM_SELECT1, FORM_SELECT: answers_choices */
    const struct xpath *value;          /* FORM_OUTPUT without field */
    const struct xpath *when; /* a ref with a predicate: about the first node it finds; or NULL */
    bool is_bound;            /* value is a ref: without a node there is nothing to show */
    const char *id;           /* its id attribute, or NULL */
    bool is_switch, is_case;  /* FORM_GROUP: one of the cases in a switch is on the page */
    bool is_selected;         /* the case that is there at first */
    const struct form_action *actions; /* FORM_BUTTON: the first, or NULL */
    const char *autocomplete;          /* HTML token (sk:autocomplete), or "" */
    bool has_min, has_max;
    double min, max;    /* sk:min, sk:max; range's start, end: value of a number,
                           length of a text, rows of a repeat */
    double step;        /* range; 0: any */
    int rows;           /* of a textarea; 0: as usual */
    bool no_add_remove; /* repeat: the person cannot add or remove rows */
    int start_index;    /* repeat: 1 unless startindex says */
    int number;         /* in document order from 0 */
    int line, column;   /* of its element in form.xml */
};

/* A step: one group or control of the body's top, or the whole body. */
struct form_page {
    const char *word;                   /* in the address; unique in the form */
    const struct form_control *control; /* show this and what is below; no label when whole */
    bool whole;                         /* the form is this one page: control is a box of ours */
    const struct form_text *title;      /* the control's label, else the form's title */
};

/* A heading, an explanation, and a link; each may be NULL or "". */
struct form_fact {
    const struct form_text *title, *detail;
    const char *href;
};

struct form_contact {
    const struct form_text *name, *address;
    const char *phone, *email;
};

/* What kind of agency asks: how strict the law is about languages (publish.h). */
enum form_agency {
    FORM_AGENCY_UNSAID,
    FORM_AGENCY_MUNICIPAL,
    FORM_AGENCY_STATE,
};

/* The start page and receipt: <sk:about> in h:head. Facts that are not there have a NULL title. */
struct form_about {
    const char *agency_number;      /* organisation number, or "" */
    const struct form_text *agency; /* its name, or NULL */
    const char *prefix;             /* of references: "FB" */
    const struct form_text *category, *lead;
    struct form_fact time, who, answer, law, privacy, other_ways, deadline;
    const struct form_fact *needs, *next; /* what to have ready; what happens after sending */
    size_t need_count, next_count;
    const struct form_contact *contacts;
    size_t contact_count;
    int security_level;                   /* of login: 3 or 4 */
    struct form_duration retention;       /* how long what is sent is kept here */
    struct form_duration draft_retention; /* P30D unless the form says */
    enum form_agency agency_kind;         /* as the form says: agency-kind */
    int line, column;                     /* of <sk:about>, or of the head it should be in */
    bool moves_drafts; /* drafts of earlier versions go over to this one (earlier-drafts) */
};

/* A notice of the letter, in clear by e-mail or SMS. No text: none. */
enum { FORM_NOTICE_DAYS = 10, FORM_NOTICE_LAST_DAY = 25 };
struct form_notice {
    const struct form_text *text;
    int days[FORM_NOTICE_DAYS]; /* after the letter can be seen; 0: at once */
    size_t day_count;
};

/* The letter about what was sent: <sk:letter> in h:head. */
struct form_letter {
    const struct form_text *title;      /* may stand in SMS and e-mail; NULL: "Kvittering: ..." */
    int security_level;                 /* to open it, 3 or 4; as for login unless said */
    bool wants_opening_receipt;         /* opening-receipt */
    bool lists_attachments;             /* attachments="listed": named in the receipt only */
    struct form_duration visible_after; /* since it was sent */
    struct form_notice email, sms;
    int line, column; /* of <sk:letter>; 0: there is none */
};

/* A text as shown, and the language it is really in, for its lang attribute when that is not the
 * page's. "" when there is no text at all. */
struct form_shown {
    const char *text;
    const char *language;
};

void form_close(struct form **form); /* arena and all; NULL is taken */

/* Root element's id and version in the first instance; version may be "". */
const char *form_id(const struct form *form);
const char *form_version(const struct form *form);

/* Languages in the file's order, the default first. At least one: "nb" when the file has none. */
const char *const *form_languages(const struct form *form, size_t *count);

/* The form's own language for somebody who reads `wanted`: texts_language. */
const char *form_language(const struct form *form, const char *wanted);

/* Which of the languages of texts_fields goes with the form's texts for somebody who reads them in
 * `language`: that one; when there are no messages in it, the nearest that the form has too, so
 * that a sentence and the {felt} in it are of one language; else the nearest of all. */
const char *form_site_language(const struct form *form, const char *language);

const struct form_text *form_title(const struct form *form);
const struct form_about *form_about(const struct form *form);
const struct form_letter *form_letter(const struct form *form);

/* In the order of the file. At least one. */
const struct form_page *form_pages(const struct form *form, size_t *count);
const struct form_page *form_page_find(const struct form *form, const char *word);

/* All places, by number; the first is the root. */
const struct form_field *const *form_fields(const struct form *form, size_t *count);

/* By path without row numbers: "/data/barn/navn". */
const struct form_field *form_field_find(const struct form *form, const char *path);

/* All controls in document order, by number. */
const struct form_control *const *form_controls(const struct form *form, size_t *count);

/* The control after this one in reading order, staying below `top`: the way to visit a page.
 *   for (c = top; c; c = form_control_after(c, top)) */
const struct form_control *form_control_after(const struct form_control *control,
                                              const struct form_control *top);

/* A text in that language or what it falls back to; values of answers in it are left out. */
struct form_shown form_show(const struct form *form, struct arena *arena,
                            const struct form_text *text, const char *language);

/* ISO 8601: "P10Y", "P6M", "P90D", "PT1H". False when it is not one of this kind. */
CHECKED bool form_duration_parse(const char *text, struct form_duration *out);

/* The date so long before (sign -1) or after (1) that day, both as days since 1970; a day the month
 * has not becomes its last (XSD 1.1 part 2, E.3.3). Seconds are left out. */
int64_t form_duration_add(int64_t days, struct form_duration duration, int sign);
