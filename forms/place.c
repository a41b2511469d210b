#include "forms/place.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/bind.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

const struct form_field *place_field(const struct place *place)
{
    return place->field;
}

struct place *place_parent(const struct place *place)
{
    return place->parent;
}

/* ---- Walking ---- */

struct place *place_child(const struct place *place, const struct form_field *child)
{
    return place->rows[child->slot].first;
}

struct place_rows *place_rows_of(const struct place *place, const struct form_field *child)
{
    return &place->rows[child->slot];
}

struct place *place_above(const struct place *place, int depth)
{
    while (place->field->depth > depth)
        place = place->parent;
    return (struct place *)(uintptr_t)place;
}

void place_each(struct place *at, const struct form_field *field, place_visitor visit,
                void *context)
{
    if (at->field == field) {
        visit(at, context);
        return;
    }
    const struct form_field *towards = field;
    while (towards->depth > at->field->depth + 1)
        towards = towards->parent;
    if (towards->parent != at->field)
        return;
    for (struct place *row = place_child(at, towards), *next; row; row = next) {
        next = row->next_row;
        place_each(row, field, visit, context);
    }
}

/* ---- Names ---- */

int place_position(const struct place *row)
{
    return row->parent ? row->position : 1;
}

int place_row_count(const struct place *row)
{
    return row->parent ? place_rows_of(row->parent, row->field)->count : 1;
}

static int position_sent(const struct place *row)
{
    int position = 1;
    const struct place *at = row->parent ? place_child(row->parent, row->field) : row;
    for (; at && at != row; at = at->next_row)
        position += at->relevant;
    return position;
}

static void write_path(struct buf *out, const struct place *place,
                       int (*position)(const struct place *))
{
    if (place->parent)
        write_path(out, place->parent, position);
    const char *name = strrchr(place->field->path, '/');
    buf_add_text(out, name ? name : "/");
    if (place->field->is_repeat)
        buf_printf(out, "[%d]", position(place));
}

char *place_path(struct arena *arena, const struct place *place)
{
    struct buf out;
    buf_init(&out, arena);
    write_path(&out, place, place_position);
    return buf_text(&out);
}

char *place_path_sent(struct arena *arena, const struct place *place)
{
    struct buf out;
    buf_init(&out, arena);
    write_path(&out, place, position_sent);
    return buf_text(&out);
}

static void write_id(struct buf *out, const struct place *place)
{
    if (!place->parent)
        return; /* the root is in every path: it says nothing */
    write_id(out, place->parent);
    if (out->size)
        buf_add_byte(out, '-');
    buf_add_text(out, place->field->word);
    if (place->field->is_repeat)
        buf_printf(out, "-%" PRId64, place->row_id);
}

char *place_id(struct arena *arena, const struct place *place)
{
    struct buf out;
    buf_init(&out, arena);
    write_id(&out, place);
    return out.size ? buf_text(&out) : arena_text(arena, place->field->word);
}

/* ---- What is there ---- */

const char *place_value(const struct place *place)
{
    return place->value ? place->value : "";
}

bool place_is_relevant(const struct place *place)
{
    return place->relevant;
}

#define ATTRIBUTE(name, member)                                                                    \
    {                                                                                              \
        name, offsetof(struct attachment_info, member)                                             \
    }
const struct attachment_attribute attachment_attributes[ATTACHMENT_ATTRIBUTES] = {
    ATTRIBUTE("source", source),           ATTRIBUTE("document", document),
    ATTRIBUTE("issuer", issuer),           ATTRIBUTE("issuer-name", issuer_name),
    ATTRIBUTE("issued", issued),           ATTRIBUTE("type", type),
    ATTRIBUTE("sha256", sha256),           ATTRIBUTE("verified", verified),
    ATTRIBUTE("verdict", verdict),         ATTRIBUTE("delivered", delivered),
    ATTRIBUTE("fetched", fetched),         ATTRIBUTE("consent", consent),
    ATTRIBUTE("signer", signer),           ATTRIBUTE("signed", signed_at),
    ATTRIBUTE("valid-until", valid_until),
};

size_t place_attachments(const struct place *upload, struct arena *arena,
                         struct attachment_info **out)
{
    *out = ARENA_ARRAY(arena, upload->attachment_count, struct attachment_info);
    if (upload->attachment_count)
        memcpy(*out, upload->attachments, upload->attachment_count * sizeof **out);
    return upload->attachment_count;
}

bool place_is_later(const struct place *upload)
{
    return upload->later;
}

const char *place_expected(const struct place *upload)
{
    return upload->later && upload->later_by ? upload->later_by : "";
}

bool place_is_filled(const struct place *place)
{
    return *place_value(place) || place->attachment_count || place->later;
}

bool place_keep(struct answers *answers, struct place *place, const char *value)
{
    if (strcmp(place_value(place), value) == 0)
        return false;
    size_t size = strlen(value) + 1;
    if (size > place->value_capacity) {
        place->value_capacity = size < 32 ? 32 : size + size / 2;
        place->value = arena_alloc(answers->arena, place->value_capacity);
    }
    memcpy(place->value, value, size);
    return true;
}

bool place_keep_attachment(struct answers *answers, struct place *place,
                           struct attachment_info info)
{
    if (text_is_empty(info.document) || place->attachment_count >= FORM_MAX_FILES)
        return false;
    struct attachment_info *grown =
        ARENA_ARRAY(answers->arena, place->attachment_count + 1, struct attachment_info);
    if (place->attachment_count)
        memcpy(grown, place->attachments, place->attachment_count * sizeof *grown);
    grown[place->attachment_count++] = info;
    place->attachments = grown;
    return true;
}

/* ---- What XPath sees ---- */

static void set_text(xmlNode *node, const char *text)
{
    xmlNode *child = node->children;
    if (child && child->type == XML_TEXT_NODE && !child->next && *text) {
        xmlNodeSetContent(child, (const xmlChar *)text);
        return;
    }
    while ((child = node->children) != NULL) {
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    if (*text)
        xmlAddChild(node, xmlNewDocText(node->doc, (const xmlChar *)text));
}

/* An attribute that the form's instance has stays, empty; others come and go. */
static void set_sk_attribute(const struct answers *answers, xmlNode *node, const char *name,
                             const char *value)
{
    if (!value || !*value) {
        if (!xmlHasNsProp(node, (const xmlChar *)name, answers->sk->href))
            return;
        value = "";
    }
    xmlSetNsProp(node, answers->sk, (const xmlChar *)name, (const xmlChar *)value);
}

static void set_attachment(const struct answers *answers, xmlNode *node,
                           const struct attachment_info *info)
{
    struct attachment_info copy = *info;
    for (size_t i = 0; i < ATTACHMENT_ATTRIBUTES; i++)
        set_sk_attribute(answers, node, attachment_attributes[i].name, *attachment_text(&copy, i));
}

/* One file: attributes on the node. Several allowed: <sk:file> for each. */
static void mirror_upload(const struct answers *answers, struct place *place, int max_files)
{
    static const struct attachment_info nothing;
    static const struct attachment_info later = {.source = "later"};
    bool single = max_files == 1;
    bool shown = place->relevant;
    const struct attachment_info *own = shown && place->later ? &later : &nothing;
    if (single && shown && place->attachment_count)
        own = &place->attachments[0];
    set_text(place->node, single && own->name ? own->name : "");
    set_attachment(answers, place->node, own);
    set_sk_attribute(answers, place->node, "expected", own == &later ? place->later_by : NULL);
    for (size_t i = 0; !single && shown && i < place->attachment_count; i++) {
        xmlNode *file = xmlNewChild(place->node, answers->sk, (const xmlChar *)"file", NULL);
        set_text(file, place->attachments[i].name ? place->attachments[i].name : "");
        set_attachment(answers, file, &place->attachments[i]);
    }
}

void place_mirror(struct answers *answers, struct place *place)
{
    const struct form_control *control = place->field->control;
    if (place->field->is_group)
        return;
    if (control && control->kind == FORM_UPLOAD &&
        (place->attachment_count || place->later || !*place_value(place)))
        mirror_upload(answers, place, control->upload->max_files);
    else
        set_text(place->node, place->relevant ? place_value(place) : "");
    if (place->field->prefill) {
        const struct place_origin *origin = place->relevant ? place->origin : NULL;
        set_sk_attribute(answers, place->node, "source", origin ? origin->source : NULL);
        set_sk_attribute(answers, place->node, "date", origin ? origin->date : NULL);
    }
}

const struct place_origin *place_origin(const struct place *place)
{
    return place->origin;
}

bool place_is_fixed(const struct place *place)
{
    return place->origin && *place_value(place) && !place->field->prefill->editable &&
           strcmp(place->origin->source, PREFILL_OWN) != 0;
}

bool place_is_required(struct answers *answers, const struct place *place)
{
    return bind_is_required(answers, place);
}

bool place_is_readonly(struct answers *answers, const struct place *place)
{
    return bind_is_readonly(answers, place);
}
