/* parse_inside.h - what the parts of parsing share: parse.c (the whole and the start page),
 * parse_model.c (instances and binds), parse_texts.c, parse_body.c (controls). */
#pragma once

#include "engine/base/xml.h"
#include "forms/finding.h"
#include "forms/form_inside.h"
#include "forms/parse.h"
#include "forms/source.h"

/* A control that is still being made; form.h shows it const. */
struct parse_bind_id {
    const char *id;
    struct form_field *field;
};

struct parsing {
    struct form *form;
    struct arena *arena;   /* the form's */
    struct arena *scratch; /* gone when parsing ends */
    struct finding_list *findings;
    const char *file;
    xmlDoc *doc;
    const struct source *source; /* where its elements stand */

    struct schema *schema;
    struct _xmlHashTable *bound_attributes; /* by name: those that are places of their own */
    struct reads *reads;                    /* made when first needed */
    struct parse_bind_id *bind_ids;
    size_t bind_id_count, bind_id_capacity;
    struct form_action *actions;
    size_t action_count, action_capacity;
    struct form_control **controls; /* all, by number */
    size_t control_count, control_capacity;
    struct form_control *first_control; /* of the body */
};

/* Findings about an element: an error (the form cannot be used) or a warning. Always false. */
bool parse_error(struct parsing *parsing, const xmlNode *at, const char *code, const char *format,
                 ...) PRINTF_LIKE(4, 5);
void parse_warning(struct parsing *parsing, const xmlNode *at, const char *code, const char *format,
                   ...) PRINTF_LIKE(4, 5);

/* The same about what one of its attributes says: the value, or a part of it. */
bool parse_error_in(struct parsing *parsing, const xmlNode *element, const char *value,
                    const char *code, const char *format, ...) PRINTF_LIKE(5, 6);
void parse_warning_in(struct parsing *parsing, const xmlNode *element, const char *value,
                      const char *code, const char *format, ...) PRINTF_LIKE(5, 6);

/* Where an element begins in form.xml; column 0 when it came from another file. */
struct source_place parse_place(const struct parsing *parsing, const xmlNode *element);

/* An attribute in no namespace, or in the sk namespace, trimmed, in the form's arena; NULL when it
 * is not there. */
const char *parse_attribute(struct parsing *parsing, const xmlNode *element, const char *name);
const char *parse_sk_attribute(struct parsing *parsing, const xmlNode *element, const char *name);

/* An expression; NULL with a finding when it is not one. */
const struct xpath *parse_xpath(struct parsing *parsing, const xmlNode *element,
                                const char *source);

/* Grows an array in scratch: for lists whose length is not known before. */
void *parse_grow(struct parsing *parsing, void *items, size_t count, size_t *capacity, size_t size);

/* ---- parse_texts.c ---- */

void parse_languages(struct parsing *parsing, const xmlNode *root, const xmlNode *model);
void parse_itext(struct parsing *parsing, const xmlNode *model);

/* What the element says, by ref or inline; NULL when it says nothing. */
const struct form_text *parse_text(struct parsing *parsing, const xmlNode *element);

/* The same of an attribute that holds jr:itext(...) or the text itself. NULL takes NULL. */
const struct form_text *parse_message(struct parsing *parsing, const xmlNode *element,
                                      const char *value);

/* An expression that gives a text: TEXT_VALUE, or TEXT_ENTRY and TEXT_LOOKUP for jr:itext(). */
const struct form_text *parse_text_ref(struct parsing *parsing, const xmlNode *element,
                                       const char *ref);

/* ---- parse_types.c ---- */

/* Takes note of the schemas in the model. Before anything that names a type. */
void parse_schemas(struct parsing *parsing, const xmlNode *model);

/* A field is of the type of that name: a bind says so, or an element of the instance. */
void parse_type(struct parsing *parsing, const xmlNode *at, const char *name,
                struct form_field *field);
void parse_instance_type(struct parsing *parsing, const xmlNode *node, struct form_field *field);

/* The types that schemas give the elements of the answers, where nothing else has. */
void parse_declared_types(struct parsing *parsing, const xmlNode *model);

/* An attribute of the answers that names its element for id(), and whether a type says so. */
void parse_note_id(struct parsing *parsing, const char *name);
bool parse_is_id_type(struct parsing *parsing, const char *name);

/* ---- parse_model.c ---- */

void parse_prefixes(struct parsing *parsing, const xmlNode *root);
bool parse_instances(struct parsing *parsing, xmlNode *model);
void parse_binds(struct parsing *parsing, const xmlNode *model);

/* The field a control's or bind's nodeset names, seen from a field (NULL: the root's parent).
 * NULL when there is none: the finding is the caller's. */
struct form_field *parse_field(struct parsing *parsing, const xmlNode *element, const char *path,
                               const struct form_field *from);

/* ", did you mean '/data/navn'?" for a path that names no element, or "". */
const char *parse_meant(struct parsing *parsing, const char *path);

/* All fields that it names, in *out (scratch). */
size_t parse_fields(struct parsing *parsing, const xmlNode *element, const char *path,
                    const struct form_field *from, struct form_field ***out);

/* Templates of new rows, when it is known what repeats. */
void parse_templates(struct parsing *parsing);

/* ---- parse_shape.c ---- */

/* Brings further models, and repeats that are attributes, into the shape that the rest reads. */
void parse_shape(struct parsing *parsing, xmlNode *model, xmlNode *body);

/* ---- parse_files.c ---- */

/* Puts instances and schemas that lie in files into the model; true when there was one. files may
 * be NULL. */
bool parse_instance_files(struct parsing *parsing, const xmlNode *model,
                          const struct parse_files *files);
bool parse_schema_files(struct parsing *parsing, xmlNode *model, const struct parse_files *files);

/* The name in the form's folder that an address is for ("jr://file/NAME", "NAME"); NULL: elsewhere,
 * or no name at all. */
const char *parse_file_name(const char *address);

/* ---- parse_text_files.c ---- */

/* The same for texts: <translation src="NAME">. */
bool parse_text_files(struct parsing *parsing, const xmlNode *model,
                      const struct parse_files *files);

/* ---- parse_letter.c ---- */

/* After what the form is about. */
void parse_letter(struct parsing *parsing, const xmlNode *head);

/* ---- parse_actions.c ---- */

/* An action written for that field (NULL: the root), in a button or not (NULL); all that are
 * children of an element. */
void parse_action(struct parsing *parsing, const xmlNode *element, const struct form_field *from,
                  struct form_control *button);
void parse_actions(struct parsing *parsing, const xmlNode *parent, const struct form_field *from,
                   struct form_control *button);

/* Whether the element is an action, one of those that are refused too. */
bool parse_is_action(const xmlNode *element);

/* A trigger that is pressed: one without ref, or with actions at DOMActivate. Others confirm. */
bool parse_is_button(struct parsing *parsing, const xmlNode *element);

void parse_preload(struct parsing *parsing, const xmlNode *bind, const struct form_field *field);

/* ---- parse_prefill.c ---- */

/* sk:prefill, sk:editable and sk:prefill-by of a bind. */
void parse_prefill(struct parsing *parsing, const xmlNode *bind, struct form_field *field);
void parse_keep_actions(struct parsing *parsing);

/* ---- parse_submission.c ---- */

void parse_submissions(struct parsing *parsing, const xmlNode *model);

/* ---- parse_body.c ---- */

void parse_body(struct parsing *parsing, const xmlNode *body);
/* Among words with a space between; list may be NULL. */
bool parse_has_word(const char *list, const char *word);

/* The next one, by number. */
struct form_control *parse_new_control(struct parsing *parsing, enum form_kind kind,
                                       struct source_place place);

/* ---- parse_pages.c ---- */

void parse_pages(struct parsing *parsing, const xmlNode *body);
