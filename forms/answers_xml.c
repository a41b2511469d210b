/* Answers as XML: drafts and what is sent. A draft holds everything, with ids of rows; what is sent
 * holds what is relevant. Documents are attributes in the sk namespace. */
#include "forms/answers.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/actions.h"
#include "forms/answers_inside.h"
#include "forms/recalc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Loading ---- */

static struct attachment_info read_attachment(struct answers *answers, const xmlNode *node)
{
    struct arena *arena = answers->arena;
    struct attachment_info info = {0};
    for (size_t i = 0; i < ATTACHMENT_ATTRIBUTES; i++)
        *attachment_text(&info, i) =
            xml_attribute(arena, node, FORM_NAMESPACE_SK, attachment_attributes[i].name);
    info.name = xml_text(arena, node);
    return info;
}

static void fill_upload(struct answers *answers, struct place *place, const xmlNode *stored)
{
    struct attachment_info own = read_attachment(answers, stored);
    place->later = text_equal(own.source, "later");
    place->later_by = xml_attribute(answers->arena, stored, FORM_NAMESPACE_SK, "expected");
    const xmlNode *file = xml_child(stored, FORM_NAMESPACE_SK, "file");
    for (const xmlNode *at = file; at; at = xml_next(at, FORM_NAMESPACE_SK, "file"))
        (void)place_keep_attachment(answers, place, read_attachment(answers, at));
    if (!file && !place_keep_attachment(answers, place, own) && !place->later)
        (void)place_keep(answers, place, own.name);
    else
        (void)place_keep(answers, place, "");
}

static const struct place_origin *read_origin(struct answers *answers, const xmlNode *stored)
{
    const char *source = xml_attribute(answers->arena, stored, FORM_NAMESPACE_SK, "source");
    const char *date = xml_attribute(answers->arena, stored, FORM_NAMESPACE_SK, "date");
    if (text_is_empty(source))
        return NULL;
    struct place_origin *origin = ARENA_NEW(answers->arena, struct place_origin);
    *origin = (struct place_origin){source, date ? date : ""};
    return origin;
}

static bool fill(struct answers *answers, struct place *place, const xmlNode *stored,
                 struct error *err);

/* The nth stored row of a repeat, or the one place of anything else; NULL with an error. */
static struct place *row_for(struct answers *answers, struct place *parent,
                             const struct form_field *field, struct place *before,
                             const xmlNode *stored, struct error *err)
{
    struct place *row =
        before && before->field == field ? before->next_row : place_child(parent, field);
    if (!row && field->is_repeat)
        row = answers_add_row(answers, field, parent);
    if (!row) {
        (void)error_set(err, ERROR_LIMIT, "too many rows or nodes at %s", field->path);
        return NULL;
    }
    char *id = xml_attribute(answers->scratch, stored, FORM_NAMESPACE_SK, "row");
    int64_t number = id ? strtoll(id, NULL, 10) : 0;
    if (field->is_repeat && number > 0 && number < INT64_MAX / 2)
        row->row_id = number;
    return row;
}

static void remove_rows_after(struct answers *answers, struct place *parent,
                              const struct form_field *field, struct place *last)
{
    for (;;) {
        struct place *extra = last ? last->next_row : place_child(parent, field);
        if (!extra)
            return;
        answers_remove_row(answers, extra);
    }
}

static bool fill_children(struct answers *answers, struct place *place, const xmlNode *stored,
                          struct error *err)
{
    const struct form_field *hint = NULL;
    struct place **last =
        ARENA_ARRAY(answers->scratch, (size_t)place->field->child_count, struct place *);
    for (const xmlNode *child = xml_child(stored, "*", NULL); child;
         child = xml_next(child, "*", NULL)) {
        const struct form_field *field =
            answers_match_child(answers->form, place->field, child, &hint);
        if (!field || (last[field->slot] && !field->is_repeat && !last[field->slot]->next_row))
            continue; /* the form no longer has it */
        struct place *row = row_for(answers, place, field, last[field->slot], child, err);
        if (!row || !fill(answers, row, child, err))
            return false;
        last[field->slot] = row;
    }
    for (const struct form_field *field = place->field->first_child; field; field = field->next)
        if (field->is_repeat)
            remove_rows_after(answers, place, field, last[field->slot]);
    return true;
}

static void fill_attributes(struct answers *answers, struct place *place, const xmlNode *stored)
{
    for (const struct form_field *child = place->field->first_child; child; child = child->next) {
        if (!child->is_attribute)
            continue;
        const char *value = xml_attribute(answers->scratch, stored, NULL, child->name + 1);
        struct place *attribute = place_child(place, child);
        (void)place_keep(answers, attribute, value ? value : "");
        place_mirror(answers, attribute);
    }
}

static bool fill(struct answers *answers, struct place *place, const xmlNode *stored,
                 struct error *err)
{
    const struct form_control *control = place->field->control;
    if (place->row_id)
        answers_copy_attributes(place->node, stored);
    fill_attributes(answers, place, stored);
    if (place->field->is_group)
        return fill_children(answers, place, stored, err);
    if (control && control->kind == FORM_UPLOAD)
        fill_upload(answers, place, stored);
    else
        (void)place_keep(answers, place, xml_text(answers->scratch, stored));
    if (place->field->prefill)
        place->origin = read_origin(answers, stored);
    place_mirror(answers, place);
    return true;
}

static int64_t greatest_row_id(const struct place *place)
{
    int64_t greatest = place->row_id;
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = place_child(place, child); row; row = row->next_row) {
            int64_t below = greatest_row_id(row);
            greatest = below > greatest ? below : greatest;
        }
    return greatest;
}

static bool has_same_id_before(const struct place *first, const struct place *row)
{
    for (; first != row; first = first->next_row)
        if (first->row_id == row->row_id)
            return true;
    return false;
}

/* A draft in which two rows have one id was not written here: the later gets a new one. */
static void number_rows(struct answers *answers, struct place *place)
{
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *at = place_child(place, child); at; at = at->next_row) {
            if (child->is_repeat &&
                (at->row_id <= 0 || has_same_id_before(place_child(place, child), at)))
                at->row_id = ++answers->next_row_id;
            number_rows(answers, at);
        }
}

bool answers_load(const struct form *form, int64_t now, struct bytes xml, struct answers **out,
                  struct error *err)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (xml.size > ANSWERS_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "answers are more than %d bytes", ANSWERS_MAX_BYTES);
    if (!xml_parse(xml, "answers", &doc, err))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (strcmp((const char *)root->name, form->fields[0]->name) != 0)
        return error_set(err, ERROR_INVALID, "answers are a <%s>, the form's a <%s>",
                         (const char *)root->name, form->fields[0]->name);

    CLEANUP(answers_close) struct answers *answers = answers_open_blank(form, now);
    char *rows = xml_attribute(answers->scratch, root, FORM_NAMESPACE_SK, "rows");
    int64_t next_row_id = rows ? strtoll(rows, NULL, 10) : 0;
    next_row_id = next_row_id < INT64_MAX / 2 ? next_row_id : 0;
    answers_begin(answers);
    bool filled = fill(answers, answers->root, root, err);
    answers->nesting--;
    actions_forget(answers);
    if (!filled)
        return false;
    answers->next_row_id = greatest_row_id(answers->root);
    if (next_row_id > answers->next_row_id)
        answers->next_row_id = next_row_id;
    number_rows(answers, answers->root);
    char *cases = xml_attribute(answers->scratch, root, FORM_NAMESPACE_SK, "cases");
    if (cases)
        answers_read_cases(answers, cases);
    recalc_all(answers);
    *out = answers;
    answers = NULL;
    return true;
}

/* ---- Writing ---- */

struct writer {
    struct buf out;
    const struct answers *answers;
    enum answers_use use;
    bool uses_sk; /* something of ours is written, so that its namespace is */
};

/* Whether an attribute of ours is sent with the place or with what lies in it. */
static bool sends_sk(const struct place *place)
{
    if (!place->relevant)
        return false;
    bool is_fetched = place->origin && !text_equal(place->origin->source, PREFILL_OWN);
    if (place->attachment_count || place->later || is_fetched)
        return true;
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = place_child(place, child); row; row = row->next_row)
            if (sends_sk(row))
                return true;
    return false;
}

static void write_escaped(struct buf *out, const char *text, bool attribute)
{
    for (const char *at = text; *at; at++) {
        switch (*at) {
        case '&':
            buf_add_text(out, "&amp;");
            break;
        case '<':
            buf_add_text(out, "&lt;");
            break;
        case '>':
            buf_add_text(out, "&gt;");
            break;
        case '\r':
            buf_add_text(out, "&#13;");
            break;
        case '"':
            buf_add_text(out, attribute ? "&quot;" : "\"");
            break;
        case '\n':
            buf_add_text(out, attribute ? "&#10;" : "\n");
            break;
        case '\t':
            buf_add_text(out, attribute ? "&#9;" : "\t");
            break;
        default:
            buf_add_byte(out, (unsigned char)*at);
        }
    }
}

static void write_attribute(struct writer *writer, const char *name, const char *value)
{
    if (text_is_empty(value))
        return;
    buf_printf(&writer->out, " %s=\"", name);
    write_escaped(&writer->out, value, true);
    buf_add_byte(&writer->out, '"');
}

static void write_sk_attribute(struct writer *writer, const char *name, const char *value)
{
    if (text_is_empty(value))
        return;
    buf_printf(&writer->out, " %s:%s=\"", (const char *)writer->answers->sk->prefix, name);
    write_escaped(&writer->out, value, true);
    buf_add_byte(&writer->out, '"');
}

static void write_name(struct writer *writer, const xmlNode *node)
{
    if (node->ns && node->ns->prefix)
        buf_printf(&writer->out, "%s:", (const char *)node->ns->prefix);
    buf_add_text(&writer->out, (const char *)node->name);
}

/* A row copied from a template brings declarations that the root has. */
static bool is_declared(const struct writer *writer, const xmlNode *node, const xmlNs *ns)
{
    const xmlNode *root = writer->answers->root->node;
    for (const xmlNs *at = root->nsDef; node != root && at; at = at->next)
        if (text_equal((const char *)at->prefix, (const char *)ns->prefix) &&
            strcmp((const char *)at->href, (const char *)ns->href) == 0)
            return true;
    return false;
}

/* One that is a place: a hidden one is kept, and not sent. */
static void write_bound_attribute(struct writer *writer, const struct place *place)
{
    if (place->relevant || writer->use == ANSWERS_DRAFT)
        write_attribute(writer, place->field->name + 1, place_value(place));
}

static void write_declaration(struct writer *writer, const xmlNs *ns)
{
    const char *prefix = (const char *)ns->prefix;
    char *name = prefix ? arena_printf(writer->out.arena, "xmlns:%s", prefix) : "xmlns";
    write_attribute(writer, name, (const char *)ns->href);
}

/* Declarations, and what the form's instance has there; sk attributes are written from the place.
 */
static void write_given_attributes(struct writer *writer, const xmlNode *node)
{
    for (const xmlNs *ns = node->nsDef; ns; ns = ns->next) {
        if (strcmp((const char *)ns->href, FORM_NAMESPACE_JR) == 0 || is_declared(writer, node, ns))
            continue;
        if (ns == writer->answers->sk && !writer->uses_sk)
            continue;
        write_declaration(writer, ns);
    }
    if (node->ns && strcmp((const char *)node->ns->href, FORM_NAMESPACE_JR) == 0)
        write_declaration(writer,
                          node->ns); /* of attributes it says nothing; of this name it does */
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        const char *uri = at->ns ? (const char *)at->ns->href : "";
        if (strcmp(uri, FORM_NAMESPACE_SK) == 0 || strcmp(uri, FORM_NAMESPACE_JR) == 0)
            continue;
        if (at->_private) {
            write_bound_attribute(writer, at->_private);
            continue;
        }
        xmlChar *value = xmlNodeListGetString(node->doc, at->children, 1);
        bool prefixed = at->ns && at->ns->prefix;
        char *name =
            arena_printf(writer->out.arena, "%s%s%s", prefixed ? (const char *)at->ns->prefix : "",
                         prefixed ? ":" : "", (const char *)at->name);
        write_attribute(writer, name, (const char *)value);
        xmlFree(value);
    }
}

static void write_attachment_attributes(struct writer *writer, struct attachment_info *info)
{
    for (size_t i = 0; i < ATTACHMENT_ATTRIBUTES; i++)
        write_sk_attribute(writer, attachment_attributes[i].name, *attachment_text(info, i));
}

static void write_promise(struct writer *writer, const struct place *place)
{
    write_sk_attribute(writer, "source", "later");
    write_sk_attribute(writer, "expected", place->later_by);
}

/* That it is the person's own is remembered here, and is no business of whom it is sent to. */
static void write_origin(struct writer *writer, const struct place_origin *origin)
{
    if (!origin || (writer->use == ANSWERS_SENT && text_equal(origin->source, PREFILL_OWN)))
        return;
    write_sk_attribute(writer, "source", origin->source);
    write_sk_attribute(writer, "date", origin->date);
}

static bool is_single_upload(const struct place *place)
{
    const struct form_control *control = place->field->control;
    return control && control->upload && control->upload->max_files == 1;
}

static void write_files(struct writer *writer, const struct place *place)
{
    const char *prefix = (const char *)writer->answers->sk->prefix;
    for (size_t i = 0; i < place->attachment_count; i++) {
        struct attachment_info *info = &place->attachments[i];
        buf_printf(&writer->out, "<%s:file", prefix);
        write_attachment_attributes(writer, info);
        buf_add_byte(&writer->out, '>');
        write_escaped(&writer->out, info->name ? info->name : "", false);
        buf_printf(&writer->out, "</%s:file>", prefix);
    }
}

static void write_place(struct writer *writer, const struct place *place);

static void write_content(struct writer *writer, const struct place *place)
{
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (const struct place *row = child->is_attribute ? NULL : place_child(place, child); row;
             row = row->next_row)
            write_place(writer, row);
    if (place->field->is_group)
        return;
    if (is_single_upload(place) && place->attachment_count)
        write_escaped(&writer->out, place->attachments[0].name ? place->attachments[0].name : "",
                      false);
    else if (place->attachment_count)
        write_files(writer, place);
    else
        write_escaped(&writer->out, place_value(place), false);
}

static void write_place(struct writer *writer, const struct place *place)
{
    if (writer->use == ANSWERS_SENT && !place->relevant)
        return;
    buf_add_byte(&writer->out, '<');
    write_name(writer, place->node);
    write_given_attributes(writer, place->node);
    if (writer->use == ANSWERS_DRAFT && !place->parent) {
        write_sk_attribute(
            writer, "rows",
            arena_printf(writer->out.arena, "%" PRId64, writer->answers->next_row_id));
        write_sk_attribute(writer, "cases",
                           answers_write_cases(writer->answers, writer->out.arena));
    }
    if (writer->use == ANSWERS_DRAFT && place->row_id)
        write_sk_attribute(writer, "row",
                           arena_printf(writer->out.arena, "%" PRId64, place->row_id));
    if (is_single_upload(place) && place->attachment_count)
        write_attachment_attributes(writer, &place->attachments[0]);
    else if (place->later)
        write_promise(writer, place);
    write_origin(writer, place->origin);
    buf_add_byte(&writer->out, '>');
    write_content(writer, place);
    buf_add_text(&writer->out, "</");
    write_name(writer, place->node);
    buf_add_byte(&writer->out, '>');
}

struct bytes answers_write(struct answers *answers, struct arena *arena, enum answers_use use)
{
    struct writer writer = {
        .answers = answers, .use = use, .uses_sk = use == ANSWERS_DRAFT || sends_sk(answers->root)};
    buf_init(&writer.out, arena);
    buf_add_text(&writer.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write_place(&writer, answers->root);
    buf_add_byte(&writer.out, '\n');
    return buf_bytes(&writer.out);
}
