#include "forms/answers.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/actions.h"
#include "forms/answers_inside.h"
#include "forms/bind.h"
#include "forms/recalc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- Building places over nodes ---- */

const struct form_field *answers_match_child(const struct form *form,
                                             const struct form_field *parent, const xmlNode *node,
                                             const struct form_field **hint)
{
    const char *name = (const char *)node->name;
    if (*hint && strcmp((*hint)->name, name) == 0)
        return *hint;
    const struct form_field *next = *hint ? (*hint)->next : parent->first_child;
    if (!next || strcmp(next->name, name) != 0)
        next = form_child(form, parent, name);
    if (next)
        *hint = next;
    return next;
}

/* Numbers from that row on; NULL: from the first. */
static void count_from(const struct place_rows *rows, struct place *before)
{
    int position = before ? before->position : 0;
    for (struct place *at = before ? before->next_row : rows->first; at; at = at->next_row)
        at->position = ++position;
}

/* After that row; NULL: first. */
static void link_row(struct place *place, struct place *after)
{
    struct place_rows *rows = place_rows_of(place->parent, place->field);
    struct place **link = after ? &after->next_row : &rows->first;
    place->next_row = *link;
    *link = place;
    if (rows->last == after)
        rows->last = place;
    rows->count++;
    count_from(rows, after);
}

static void unlink_row(struct place *place)
{
    struct place_rows *rows = place_rows_of(place->parent, place->field);
    struct place *before = NULL;
    for (struct place *at = rows->first; at != place; at = at->next_row)
        before = at;
    if (before)
        before->next_row = place->next_row;
    else
        rows->first = place->next_row;
    if (rows->last == place)
        rows->last = before;
    rows->count--;
    count_from(rows, before);
}

static struct place *new_place(struct answers *answers, const struct form_field *field,
                               xmlNode *node, struct place *parent)
{
    struct place *place = ARENA_NEW(answers->arena, struct place);
    *place = (struct place){
        .field = field,
        .node = node,
        .parent = parent,
        .rows = ARENA_ARRAY(answers->arena, (size_t)field->child_count, struct place_rows),
        .own_relevant = true,
        .relevant = true};
    if (field->is_repeat)
        place->row_id = ++answers->next_row_id;
    node->_private = place;
    answers->node_count++;
    return place;
}

static struct place *build(struct answers *answers, const struct form_field *field, xmlNode *node,
                           struct place *parent);

/* An element that lacks an attribute of the field has an empty one. */
static void build_attributes(struct answers *answers, struct place *place)
{
    for (const struct form_field *child = place->field->first_child; child; child = child->next) {
        if (!child->is_attribute)
            continue;
        const xmlChar *name = (const xmlChar *)child->name + 1;
        xmlAttr *attribute = xmlHasNsProp(place->node, name, NULL);
        if (!attribute)
            attribute = xmlSetNsProp(place->node, NULL, name, (const xmlChar *)"");
        link_row(build(answers, child, (xmlNode *)attribute, place), NULL);
    }
}

/* Places for a node and all below it. Nodes that are no field's go. */
static struct place *build(struct answers *answers, const struct form_field *field, xmlNode *node,
                           struct place *parent)
{
    struct place *place = new_place(answers, field, node, parent);
    build_attributes(answers, place);
    if (!field->is_group) {
        const char *value = xml_text(answers->scratch, node);
        if (field->type == TYPE_INT) /* a default of 2.5 is 2 */
            value = recalc_fit_type(answers->scratch, field, value);
        (void)place_keep(answers, place, value);
        place_mirror(answers, place);
        return place;
    }
    const struct form_field *hint = NULL;
    for (xmlNode *child = node->children, *next; child; child = next) {
        next = child->next;
        const struct form_field *own = child->type == XML_ELEMENT_NODE
                                           ? answers_match_child(answers->form, field, child, &hint)
                                           : NULL;
        if (own)
            link_row(build(answers, own, child, place), place_rows_of(place, own)->last);
    }
    return place;
}

/* ---- Opening and closing ---- */

/* NULL: the form does not say in which languages it is. */
static const char *spoken(const struct answers *answers)
{
    return answers->form->entry_count ? answers->language : NULL;
}

static const char *say_itext(void *context, const char *id)
{
    struct answers *answers = context;
    const struct text_entry *entry = form_text_entry(answers->form, id);
    if (!entry)
        return "";
    const struct form_text text = {.kind = TEXT_ENTRY, .entry = entry};
    return form_show(answers->form, answers->scratch, &text, answers->language).text;
}

/* Asked for while an expression runs: what the choices are is found by expressions of another run,
 * in which nothing can be asked again (CVE-2025-9714: depth is counted for each run alone). */
static const char *say_choice(void *context, const char *value, const char *path, xmlNode *at)
{
    struct answers *answers = context;
    const struct place *from = at && at->doc == answers->doc ? at->_private : NULL;
    const struct form_control *control =
        form_select_at(answers->form, path, from ? from->field : NULL);
    struct place *place = control ? answers_at(answers, control->field, from) : NULL;
    if (!place)
        return "";
    struct xpath_run *outer = answers->run;
    const struct xpath_host host = {.context = answers,
                                    .itext = say_itext,
                                    .index = answers_index,
                                    .places = answers_places,
                                    .standing = answers_standing};
    answers->run = form_borrow_run(answers->form);
    xpath_run_use(answers->run, answers->doc, answers->now, &host);
    xpath_run_speak(answers->run, spoken(answers));
    const char *said =
        answers_choice_label(answers, answers->scratch, control, place, value, answers->language);
    form_return_run(answers->form, &answers->run);
    answers->run = outer;
    return said;
}

/* sk:min rows of a repeat are there from the start. */
static void add_least_rows(struct answers *answers, struct place *place)
{
    for (const struct form_field *child = place->field->first_child; child; child = child->next) {
        const struct form_control *repeat = answers->form->links[child->number].repeat;
        if (repeat && repeat->has_min && repeat->min <= FORM_MAX_ROWS) {
            int have = place_rows_of(place, child)->count;
            while (have++ < (int)repeat->min && answers_add_row(answers, child, place)) {
            }
        }
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            add_least_rows(answers, row);
    }
}

/* The form's own instance, with nothing calculated yet. */
static void begin_document(struct answers *answers)
{
    answers->doc = xmlCopyDoc(answers->form->instance, 1);
    xmlNode *root = xmlDocGetRootElement(answers->doc);
    answers->sk = xmlSearchNsByHref(answers->doc, root, (const xmlChar *)FORM_NAMESPACE_SK);
    if (!answers->sk || !answers->sk->prefix)
        answers->sk = xmlNewNs(root, (const xmlChar *)FORM_NAMESPACE_SK, (const xmlChar *)"sk");
    answers->root = build(answers, answers->form->fields[0], root, NULL);
    const struct xpath_host host = {answers,       say_itext,      say_choice,
                                    answers_index, answers_places, answers_standing};
    xpath_run_use(answers->run, answers->doc, answers->now, &host);
    xpath_run_speak(answers->run, spoken(answers));
}

struct answers *answers_open_blank(const struct form *form, int64_t now)
{
    struct arena *arena = arena_open();
    struct answers *answers = ARENA_NEW(arena, struct answers);
    answers->arena = arena;
    answers->scratch = arena_open();
    answers->form = form;
    answers->language = form->languages[0];
    answers->pending = ARENA_ARRAY(arena, form->rule_count, struct pending);
    answers->waiting = ARENA_ARRAY(arena, form->rule_count / 64 + 1, uint64_t);
    answers->run = form_borrow_run(form);
    answers->now = now;
    struct clock_time today = clock_oslo(now);
    answers->today = clock_days(today.year, today.month, today.day);
    begin_document(answers);
    return answers;
}

/* What a draft begins with. */
static void begin(struct answers *answers)
{
    answers_begin(answers);
    add_least_rows(answers, answers->root);
    answers->nesting--;
    recalc_all(answers);
    actions_begin(answers);
}

struct answers *answers_open(const struct form *form, int64_t now)
{
    return answers_open_in(form, now, form->languages[0]);
}

struct answers *answers_open_in(const struct form *form, int64_t now, const char *language)
{
    struct answers *answers = answers_open_blank(form, now);
    answers->language = form_language(form, language);
    xpath_run_speak(answers->run, spoken(answers));
    begin(answers);
    return answers;
}

/* By what is written there: the functions that give texts. */
static bool says_texts(const struct form *form)
{
    for (size_t i = 0; i < form->rule_count; i++) {
        const struct xpath *xpath = form->rules[i].xpath;
        if (xpath && (strstr(xpath->source, "itext") || strstr(xpath->source, "choice-name") ||
                      strstr(xpath->source, "format-date")))
            return true;
    }
    return false;
}

void answers_name_organisations(struct answers *answers, answers_organisation *name,
                                const void *context)
{
    answers->organisation_name = name;
    answers->organisations = context;
}

void answers_speak(struct answers *answers, const char *language)
{
    const char *own = form_language(answers->form, language);
    if (own == answers->language)
        return;
    answers->language = own;
    xpath_run_speak(answers->run, spoken(answers));
    if (says_texts(answers->form))
        recalc_all(answers);
}

void answers_close(struct answers **answers)
{
    if (!*answers)
        return;
    struct answers *gone = *answers;
    form_return_run(gone->form, &gone->run);
    xml_close(&gone->doc);
    arena_close(&gone->scratch);
    struct arena *arena = gone->arena;
    *answers = NULL;
    arena_close(&arena);
}

const struct form *answers_form(const struct answers *answers)
{
    return answers->form;
}

int64_t answers_today(const struct answers *answers)
{
    return answers->today;
}

struct place *answers_root(const struct answers *answers)
{
    return answers->root;
}

void answers_recalculate(struct answers *answers)
{
    recalc_all(answers);
}

void answers_limit_time(int processor_ms)
{
    xpath_limit_time(processor_ms);
}

void answers_note_trouble(struct answers *answers, const struct error *err)
{
    if (!answers->has_trouble)
        answers->trouble = *err;
    answers->has_trouble = true;
}

const struct error *answers_trouble(const struct answers *answers)
{
    return answers->has_trouble ? &answers->trouble : NULL;
}

/* ---- Changing ---- */

void answers_begin(struct answers *answers)
{
    answers->nesting++;
}

void answers_end(struct answers *answers)
{
    answers->nesting--;
    recalc_run(answers);
}

/* Without the characters XML 1.0 (2.2) cannot hold; "\r\n" and "\r" are line feeds. */
static char *fit_for_xml(struct arena *arena, const char *value)
{
    struct buf out;
    buf_init(&out, arena);
    buf_reserve(&out, strlen(value) + 1);
    for (const char *at = value; *at;) {
        const char *start = at;
        uint32_t c = text_next(&at);
        if (c == '\r') {
            buf_add_byte(&out, '\n');
            at += *at == '\n';
        } else if ((c >= 0x20 || c == '\t' || c == '\n') && c != 0xFFFE && c != 0xFFFF) {
            buf_add(&out, (struct bytes){(const unsigned char *)start, (size_t)(at - start)});
        }
    }
    return buf_text(&out);
}

void answers_each(struct answers *answers, const struct form_field *field, place_visitor visit,
                  void *context)
{
    place_each(answers->root, field, visit, context);
}

/* known: with its origin, whether or not the value is another. */
static bool put(struct answers *answers, struct place *place, const char *value, bool known,
                const struct place_origin *origin, struct error *err)
{
    if (strlen(value) > ANSWERS_MAX_VALUE_BYTES)
        return error_set(err, ERROR_LIMIT, "an answer is more than %d bytes",
                         ANSWERS_MAX_VALUE_BYTES);
    if (!text_is_utf8(BYTES_OF(value)))
        return error_set(err, ERROR_INVALID, "an answer is not UTF-8");
    if (place->field->is_group)
        return error_set(err, ERROR_INVALID, "%s holds other answers", place->field->path);
    bool changed = place_keep(answers, place, fit_for_xml(answers->scratch, value));
    if (place->field->prefill && (changed || known)) {
        static const struct place_origin own = {PREFILL_OWN, ""};
        place->origin = known ? origin : &own;
        changed = true;
    }
    if (changed) {
        place_mirror(answers, place);
        recalc_written(answers, place);
    }
    recalc_run(answers);
    return true;
}

bool answers_set(struct answers *answers, struct place *place, const char *value, struct error *err)
{
    return put(answers, place, value, false, NULL, err);
}

bool answers_prefill(struct answers *answers, struct place *place, const char *value,
                     const struct place_origin *origin, struct error *err)
{
    assert(place->field->prefill);
    struct place_origin *copy = NULL;
    if (origin) {
        copy = ARENA_NEW(answers->arena, struct place_origin);
        *copy = (struct place_origin){arena_text(answers->arena, origin->source),
                                      arena_text(answers->arena, origin->date)};
    }
    return put(answers, place, value, true, copy, err);
}

/* ---- Rows ---- */

static size_t count_nodes(const xmlNode *node)
{
    size_t count = 1;
    for (const xmlNode *child = xml_child(node, "*", NULL); child;
         child = xml_next(child, "*", NULL))
        count += count_nodes(child);
    return count;
}

/* Where a new row's node goes: after that row, else before what the form has after it. */
static void insert_node(struct place *parent, const struct form_field *field,
                        const struct place *last, xmlNode *node)
{
    if (last) {
        xmlAddNextSibling(last->node, node);
        return;
    }
    for (const struct form_field *after = field->next; after; after = after->next)
        if (place_child(parent, after)) {
            xmlAddPrevSibling(place_child(parent, after)->node, node);
            return;
        }
    xmlAddChild(parent->node, node);
}

static void hide_with_parent(struct answers *answers, struct place *place)
{
    place->relevant = place->parent->relevant;
    if (!place->relevant && place_is_filled(place))
        place_mirror(answers, place);
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            hide_with_parent(answers, row);
}

/* More than usual only where the form says so; answers with more than it says can still be read. */
static int room_for_rows(const struct answers *answers, const struct form_field *field)
{
    const struct form_control *repeat = answers->form->links[field->number].repeat;
    if (!repeat || !repeat->has_max || repeat->max <= FORM_MAX_ROWS)
        return FORM_MAX_ROWS;
    return repeat->max < FORM_MOST_ROWS ? (int)repeat->max : FORM_MOST_ROWS;
}

struct place *answers_new_row(struct answers *answers, const struct form_field *repeat,
                              struct place *parent, struct place *after)
{
    const xmlNode *template = answers->form->links[repeat->number].template;
    if (!template || place_rows_of(parent, repeat)->count >= room_for_rows(answers, repeat) ||
        answers->node_count + count_nodes(template) > ANSWERS_MAX_NODES)
        return NULL;
    xmlNode *node = xmlDocCopyNode((xmlNode *)(uintptr_t) template, answers->doc, 1);
    struct place *first = place_child(parent, repeat);
    if (after || !first)
        insert_node(parent, repeat, after, node);
    else
        xmlAddPrevSibling(first->node, node);
    struct place *row = build(answers, repeat, node, parent);
    link_row(row, after);
    if (!parent->relevant)
        hide_with_parent(answers, row);
    return row;
}

struct place *answers_add_row(struct answers *answers, const struct form_field *repeat,
                              struct place *parent)
{
    struct place *row =
        answers_new_row(answers, repeat, parent, place_rows_of(parent, repeat)->last);
    if (!row)
        return NULL;
    add_least_rows(answers, row);
    recalc_row(answers, row, true);
    actions_note(answers, row, FORM_ON_NEW_REPEAT);
    return row;
}

struct place *answers_insert_row(struct answers *answers, const struct form_field *repeat,
                                 struct place *parent, const xmlNode *origin, struct place *after)
{
    struct place *row = answers_new_row(answers, repeat, parent, after);
    if (!row)
        return NULL;
    answers_copy(answers, row, origin);
    recalc_row(answers, row, true);
    actions_note(answers, row, FORM_ON_NEW_REPEAT);
    return row;
}

static void mark_removed(struct answers *answers, struct place *place)
{
    place->removed = true;
    answers->node_count--;
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            mark_removed(answers, row);
}

void answers_remove_row(struct answers *answers, struct place *row)
{
    recalc_row(answers, row, false);
    mark_removed(answers, row);
    unlink_row(row);
    xmlUnlinkNode(row->node);
    xmlFreeNode(row->node);
    row->node = NULL;
}

void answers_reset(struct answers *answers)
{
    int nesting = answers->nesting;
    answers->nesting = 0;
    actions_forget(answers);
    mark_removed(answers, answers->root);
    xml_close(&answers->doc);
    answers->case_count = 0;
    begin_document(answers);
    begin(answers);
    answers->nesting = nesting;
}

bool answers_add(struct answers *answers, const struct form_control *repeat,
                 const struct place *from, struct place **out, struct error *err)
{
    const struct form_field *field = repeat->field;
    struct place *parent = answers_at(answers, field->parent, from);
    struct place *row = parent && answers_can_add(answers, repeat, from)
                            ? answers_add_row(answers, field, parent)
                            : NULL;
    if (!row)
        return error_set(err, ERROR_LIMIT, "no more rows can be added to %s", field->path);
    recalc_run(answers);
    *out = row;
    return true;
}

void answers_remove(struct answers *answers, struct place *row)
{
    answers_remove_row(answers, row);
    recalc_run(answers);
}

static int most_rows(const struct answers *answers, const struct form_control *repeat)
{
    int room = room_for_rows(answers, repeat->field);
    return repeat->has_max && repeat->max >= 0 && repeat->max < room ? (int)repeat->max : room;
}

/* By itself, or because another repeat of the same rows has jr:count. */
static bool is_fixed(const struct answers *answers, const struct form_control *repeat)
{
    return repeat->no_add_remove || answers->form->links[repeat->field->number].count;
}

bool answers_can_add(struct answers *answers, const struct form_control *repeat,
                     const struct place *from)
{
    const struct place *parent = answers_at(answers, repeat->field->parent, from);
    return parent && !is_fixed(answers, repeat) && !bind_is_readonly(answers, parent) &&
           place_rows_of(parent, repeat->field)->count < most_rows(answers, repeat);
}

bool answers_can_remove(struct answers *answers, const struct form_control *repeat,
                        const struct place *row)
{
    int least = repeat->has_min ? (int)repeat->min : 0;
    return !is_fixed(answers, repeat) && !bind_is_readonly(answers, row) &&
           place_row_count(row) > least;
}

/* ---- Documents ---- */

static void attachments_changed(struct answers *answers, struct place *upload)
{
    (void)place_keep(answers, upload, "");
    place_mirror(answers, upload);
    recalc_written(answers, upload);
    recalc_run(answers);
}

static struct attachment_info copy_attachment(struct arena *arena,
                                              const struct attachment_info *info)
{
    struct attachment_info copy = *info;
    copy.name = arena_text(arena, info->name);
    for (size_t i = 0; i < ATTACHMENT_ATTRIBUTES; i++)
        *attachment_text(&copy, i) = arena_text(arena, *attachment_text(&copy, i));
    return copy;
}

static const struct form_upload *upload_of(const struct place *place)
{
    const struct form_control *control = place->field->control;
    return control ? control->upload : NULL;
}

bool answers_attach(struct answers *answers, struct place *upload,
                    const struct attachment_info *info, struct error *err)
{
    const struct form_upload *rules = upload_of(upload);
    if (!rules || text_is_empty(info->document))
        return error_set(err, ERROR_INVALID, "no document can be attached at %s",
                         upload->field->path);
    struct attachment_info copy = copy_attachment(answers->arena, info);
    for (size_t i = 0; i < upload->attachment_count; i++)
        if (text_equal(upload->attachments[i].document, info->document)) {
            upload->attachments[i] = copy;
            attachments_changed(answers, upload);
            return true;
        }
    if (upload->attachment_count >= (size_t)rules->max_files)
        return error_set(err, ERROR_LIMIT, "at most %d documents at %s", rules->max_files,
                         upload->field->path);
    (void)place_keep_attachment(answers, upload, copy);
    upload->later = false;
    attachments_changed(answers, upload);
    return true;
}

bool answers_detach(struct answers *answers, struct place *upload, const char *document)
{
    for (size_t i = 0; i < upload->attachment_count; i++) {
        if (!text_equal(upload->attachments[i].document, document))
            continue;
        upload->attachment_count--;
        memmove(&upload->attachments[i], &upload->attachments[i + 1],
                (upload->attachment_count - i) * sizeof *upload->attachments);
        attachments_changed(answers, upload);
        return true;
    }
    return false;
}

void answers_send_later(struct answers *answers, struct place *upload, bool later)
{
    assert(upload_of(upload));
    upload->later = later;
    if (later)
        upload->attachment_count = 0;
    attachments_changed(answers, upload);
}

void answers_expect(struct answers *answers, struct place *upload, const char *date)
{
    if (text_equal(upload->later_by, date))
        return;
    upload->later_by = arena_text(answers->arena, date);
    attachments_changed(answers, upload);
}
