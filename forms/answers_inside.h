/* answers_inside.h - what answers and places are made of: for answers, place, bind and recalc. */
#pragma once

#include "forms/answers.h"
#include "forms/form_inside.h"

/* What the instance says of a document: an attribute of that name in the sk namespace. */
struct attachment_attribute {
    const char *name;
    size_t at; /* of the text in struct attachment_info */
};
enum { ATTACHMENT_ATTRIBUTES = 15 };
extern const struct attachment_attribute attachment_attributes[ATTACHMENT_ATTRIBUTES];

static inline const char **attachment_text(struct attachment_info *info, size_t attribute)
{
    return (const char **)((char *)info + attachment_attributes[attribute].at);
}

/* The places of one child field: in the same parent, in their order. */
struct place_rows {
    struct place *first, *last; /* NULL: none */
    int count;
};

/* The node's text and attributes follow from the rest, so that libxml2 sees what the language says:
 * a place that is not relevant has no text. mirror_place keeps them so. */
struct place {
    const struct form_field *field;
    xmlNode *node; /* its _private is this place */
    struct place *parent;
    struct place_rows *rows; /* by slot of the child field */
    struct place *next_row;  /* of the same field in the same parent */
    int position;            /* among those rows, from 1 */
    int64_t row_id;          /* for good, in these answers; 0 for what does not repeat */
    char *value;             /* of a field without children; kept when hidden */
    size_t value_capacity;
    struct attachment_info *attachments;
    size_t attachment_count;
    const struct place_origin *origin; /* of what was fetched; NULL: of nobody else */
    bool later;
    const char *later_by;        /* xsd:date; NULL: nobody said */
    bool own_relevant, relevant; /* by its own bind; also by all it lies in */
    bool removed;
    unsigned char pending; /* one bit for each kind of rule that waits for it */
};

/* Places a rule is to be evaluated for. */
struct pending {
    bool all;
    struct place **items;
    size_t count, capacity;
};

/* A switch where another case was chosen than it began with. */
struct chosen_case {
    const struct form_control *chosen; /* the switch is its parent */
    int64_t row_id;                    /* of the row around the switch; 0: none */
};

/* Events whose actions have not been done yet (actions.h). */
struct firings {
    struct firing *items;
    size_t count, capacity;
};

struct answers {
    struct arena *arena;
    struct arena *scratch; /* of one recalculation */
    const struct form *form;
    xmlDoc *doc;
    xmlNs *sk;
    struct place *root;
    struct xpath_run *run;
    const char *language;                    /* answers_speak */
    answers_organisation *organisation_name; /* NULL: by number */
    const void *organisations;
    int64_t now;   /* Unix seconds */
    int64_t today; /* days since 1970 */
    int64_t next_row_id;
    size_t node_count;
    int nesting;             /* of answers_begin */
    struct pending *pending; /* by rule */
    uint64_t *waiting;       /* a bit for each rule with something pending */
    struct firings firings;
    size_t among; /* nodes that the expression being evaluated stands first of; 0: as it stands */
    struct chosen_case *cases;
    size_t case_count, case_capacity;
    bool running; /* recalculating */
    bool acting;  /* doing actions */
    bool quiet;   /* calculating from the start: a new value is no event */
    bool has_trouble;
    struct error trouble;
};

/* Remembers the first failure of an expression. */
void answers_note_trouble(struct answers *answers, const struct error *err);

/* Rows, without asking whether a person may. add_row gives NULL when there is no room: at most
 * FORM_MAX_ROWS, or more when sk:max says so. */
struct place *answers_add_row(struct answers *answers, const struct form_field *repeat,
                              struct place *parent);
void answers_remove_row(struct answers *answers, struct place *row);

/* A row after that one (NULL: the first), as the form has new ones; nothing follows from it yet. */
struct place *answers_new_row(struct answers *answers, const struct form_field *repeat,
                              struct place *parent, struct place *after);

/* One more row with the answers of an element, of these answers or another instance. NULL when
 * there is no room. */
struct place *answers_insert_row(struct answers *answers, const struct form_field *repeat,
                                 struct place *parent, const xmlNode *origin, struct place *after);

/* answers_copy.c: the place and all below it as the element has them, hidden answers too; documents
 * stay where they are. */
void answers_copy(struct answers *answers, struct place *to, const xmlNode *from);

/* The same from the row of the form's own instance that has its number, when there is one: what
 * jr:count took away comes back as the form has it, and only then as the template. */
void answers_copy_given(struct answers *answers, struct place *row);

/* Attributes of a row as another has them; those it does not have are empty. */
void answers_copy_attributes(xmlNode *to, const xmlNode *from);

/* As at the start: everything given up but the ids of rows, which go on. Places are new ones. */
void answers_reset(struct answers *answers);

/* ---- answers_cases.c ---- */

/* Opens a case, in the row that a place lies in. */
void answers_choose_case(struct answers *answers, const struct form_control *chosen,
                         const struct place *from);

/* What is open beyond what the form says, for drafts: "12.0 15.3"; and back, what is no case left
 * out. */
char *answers_write_cases(const struct answers *answers, struct arena *arena);
void answers_read_cases(struct answers *answers, const char *text);

/* Answers with nothing calculated yet. */
struct answers *answers_open_blank(const struct form *form, int64_t now);

/* The child field a node is of; nodes mostly come in the order of fields, so the last is a hint. */
const struct form_field *answers_match_child(const struct form *form,
                                             const struct form_field *parent, const xmlNode *node,
                                             const struct form_field **hint);

/* ---- answers_standing.c: xpath_host ---- */

/* The row of the first repeat with that id that is in use: nobody has chosen another than where it
 * starts (XForms 1.1, 9.3.1). */
int answers_index(void *context, const char *repeat);
void answers_places(void *context, int number, void (*give)(xmlNode *node, void *to), void *to);
void answers_standing(void *context, const struct xpath *xpath, const xmlNode *at, int *position,
                      int *size, size_t *work);

/* ---- place.c ---- */

/* One more document; false without an id, or when there are FORM_MAX_FILES. */
bool place_keep_attachment(struct answers *answers, struct place *place,
                           struct attachment_info info);

/* The first row of a child field, or NULL; all of them. */
struct place *place_child(const struct place *place, const struct form_field *child);
struct place_rows *place_rows_of(const struct place *place, const struct form_field *child);

/* The ancestor at that depth, or the place itself. */
struct place *place_above(const struct place *place, int depth);

/* Visits the places of a field below (or at) one. */
void place_each(struct place *at, const struct form_field *field, place_visitor visit,
                void *context);

/* Writes node text and attributes from the place. */
void place_mirror(struct answers *answers, struct place *place);

/* Keeps a copy of the value; true when it is another than before. The node is not touched. */
bool place_keep(struct answers *answers, struct place *place, const char *value);

/* Whether XPath would read anything there if it were relevant. */
bool place_is_filled(const struct place *place);

/* ---- answers_texts.c ---- */

/* What a choice of a select is called, whether it is chosen or not; "" when it is not offered. */
const char *answers_choice_label(struct answers *answers, struct arena *arena,
                                 const struct form_control *control, const struct place *place,
                                 const char *value, const char *language);

/* The words of a select's value. */
size_t answers_words(struct arena *arena, const char *value, const char ***out);
