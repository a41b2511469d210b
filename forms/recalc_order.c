#include "forms/recalc_order.h"

#include "engine/base/buf.h"
#include "forms/reads.h"

#include <string.h>

/* Before ordering: a rule with the rules it must stand after. */
struct vertex {
    struct rule rule;
    const struct form_field *seen_from; /* where its expression is evaluated */
    struct read *reads;
    size_t read_count;
    int *after;
    size_t after_count;
    enum { UNSEEN, OPEN, DONE } state;
    size_t next; /* of after, while OPEN */
};

struct ordering {
    struct form *form;
    struct arena *scratch;
    const char *file;
    struct finding_list *findings;
    struct reads *reads;
    struct vertex *vertices;
    size_t count;
    int *order; /* vertices as they get done */
    size_t done;
    unsigned *stamps; /* by vertex: put into this list of `after` already */
    unsigned generation;
};

/* ---- Collecting ---- */

static void add_reads(struct ordering *ordering, struct vertex *vertex, const struct xpath *xpath,
                      const struct form_field *from)
{
    size_t count;
    const struct read *reads = reads_find(ordering->reads, xpath->tree, from, &count);
    struct read *all = ARENA_ARRAY(ordering->scratch, vertex->read_count + count, struct read);
    if (vertex->read_count)
        memcpy(all, vertex->reads, vertex->read_count * sizeof *all);
    if (count)
        memcpy(all + vertex->read_count, reads, count * sizeof *all);
    vertex->reads = all;
    vertex->read_count += count;
}

static void note_drawing(struct xpath_tree *tree, void *context)
{
    static const char *const functions[] = {"uuid", "random"};
    bool *draws = context;
    for (size_t i = 0; tree->kind == XPATH_CALL && i < COUNT(functions); i++)
        *draws = *draws || strcmp(tree->text, functions[i]) == 0;
}

static void add_vertex(struct ordering *ordering, enum rule_kind kind,
                       const struct form_field *field, const struct xpath *xpath,
                       const struct form_field *from, const struct form_control *select)
{
    struct vertex *vertex = &ordering->vertices[ordering->count];
    *vertex = (struct vertex){.rule = {.kind = kind,
                                       .field = field,
                                       .xpath = xpath,
                                       .select = select,
                                       .line = xpath->line,
                                       .column = xpath->column},
                              .seen_from = from};
    if (xpath->constant == XPATH_VARIES)
        add_reads(ordering, vertex, xpath, from);
    xpath_tree_visit(xpath->tree, note_drawing, &vertex->rule.draws);
    ordering->form->links[field->number].rules[kind] = (int)ordering->count++;
}

/* Whether an itemset can change: it reads an answer. What its nodes are called is read from them,
 * in an instance of the form's own or in rows. */
static void add_items(struct ordering *ordering, const struct form_control *control)
{
    const struct form_items *items = control->items;
    if (!items || !items->nodeset || !control->field ||
        ordering->form->links[control->field->number].rules[RULE_ITEMS] >= 0)
        return;
    struct vertex *vertex = &ordering->vertices[ordering->count];
    add_vertex(ordering, RULE_ITEMS, control->field, items->nodeset, control->field, control);
    size_t count;
    const struct read *nodes =
        reads_resolve(ordering->reads, items->nodeset->tree, control->field, &count);
    struct read *copy = ARENA_ARRAY(ordering->scratch, count, struct read);
    if (count)
        memcpy(copy, nodes, count * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        add_reads(ordering, vertex, items->value, copy[i].field);
}

static void collect(struct ordering *ordering)
{
    struct form *form = ordering->form;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = form->fields[i];
        if (form->links[i].count)
            add_vertex(ordering, RULE_COUNT, field, form->links[i].count, field->parent, NULL);
        if (field->relevant && field->relevant->constant != XPATH_IS_TRUE)
            add_vertex(ordering, RULE_RELEVANT, field, field->relevant, field, NULL);
        if (field->calculate)
            add_vertex(ordering, RULE_CALCULATE, field, field->calculate, field, NULL);
    }
    for (size_t i = 0; i < form->control_count; i++)
        add_items(ordering, form->controls[i]);
}

/* ---- Edges ---- */

static bool is_within(const struct form_field *field, const struct form_field *ancestor)
{
    while (field && field->depth > ancestor->depth)
        field = field->parent;
    return field == ancestor;
}

static void add_after(struct ordering *ordering, struct vertex *vertex, int other)
{
    if (other < 0 || ordering->stamps[other] == ordering->generation)
        return;
    ordering->stamps[other] = ordering->generation;
    vertex->after[vertex->after_count++] = other;
}

/* Those that decide what is read at a field: its own value, whether it or what it lies in is
 * relevant, and how many rows there are. */
static void add_writers(struct ordering *ordering, struct vertex *vertex, const struct read *read)
{
    const struct field_links *links = ordering->form->links;
    if (read->value) {
        add_after(ordering, vertex, links[read->field->number].rules[RULE_CALCULATE]);
        add_after(ordering, vertex, links[read->field->number].rules[RULE_ITEMS]);
    }
    for (const struct form_field *at = read->field; at; at = at->parent) {
        if (read->value)
            add_after(ordering, vertex, links[at->number].rules[RULE_RELEVANT]);
        add_after(ordering, vertex, links[at->number].rules[RULE_COUNT]);
    }
}

/* What must be known about the place itself first. */
static void add_own(struct ordering *ordering, struct vertex *vertex)
{
    const struct field_links *links = ordering->form->links;
    const struct form_field *field = vertex->rule.field;
    if (vertex->rule.kind == RULE_ITEMS)
        add_after(ordering, vertex, links[field->number].rules[RULE_CALCULATE]);
    for (const struct form_field *at = field; at; at = at->parent) {
        if (vertex->rule.kind != RULE_RELEVANT && vertex->rule.kind != RULE_COUNT)
            add_after(ordering, vertex, links[at->number].rules[RULE_RELEVANT]);
        if (at != field || vertex->rule.kind != RULE_COUNT)
            add_after(ordering, vertex, links[at->number].rules[RULE_COUNT]);
    }
}

static const char *const kind_names[] = {[RULE_COUNT] = "jr:count",
                                         [RULE_RELEVANT] = "relevant",
                                         [RULE_CALCULATE] = "calculate",
                                         [RULE_ITEMS] = "choices"};

/* Whether a read from a field may mean another row than its own. */
static bool may_be_other_row(const struct read *read, const struct form_field *field)
{
    for (const struct form_field *at = field; at->depth > read->depth; at = at->parent)
        if (at->is_repeat)
            return true;
    return false;
}

/* A rule that decides what it reads itself: fine for a calculate and for choices, whose own value
 * is no dependency (XForms 1.1, D.1), and between rows; not for what hides or makes its own row. */
static void check_itself(struct ordering *ordering, struct vertex *vertex)
{
    const struct rule *rule = &vertex->rule;
    for (size_t i = 0; i < vertex->read_count; i++) {
        const struct read *read = &vertex->reads[i];
        if (!is_within(read->field, rule->field))
            continue;
        bool other_rows = may_be_other_row(read, rule->field);
        if (rule->kind == RULE_CALCULATE && read->field == rule->field && other_rows)
            vertex->rule.reads_itself = true;
        if (rule->kind == RULE_RELEVANT && read->value && other_rows)
            vertex->rule.reads_itself = true;
        if ((rule->kind == RULE_RELEVANT && read->value && !other_rows) ||
            rule->kind == RULE_COUNT) {
            finding_add_at(ordering->findings, FINDING_ERROR, ordering->file, rule->line,
                           rule->column, "cycle",
                           "%s of %s depends on itself: it reads %s. Let it read other places only",
                           kind_names[rule->kind], rule->field->path, read->field->path);
            return;
        }
    }
}

static void connect(struct ordering *ordering)
{
    ordering->stamps = ARENA_ARRAY(ordering->scratch, ordering->count, unsigned);
    int *list = ARENA_ARRAY(ordering->scratch, ordering->count, int);
    for (size_t i = 0; i < ordering->count; i++) {
        struct vertex *vertex = &ordering->vertices[i];
        ordering->generation++;
        ordering->stamps[i] = ordering->generation; /* never after itself */
        vertex->after = list;
        add_own(ordering, vertex);
        for (size_t r = 0; r < vertex->read_count; r++)
            add_writers(ordering, vertex, &vertex->reads[r]);
        vertex->after = ARENA_ARRAY(ordering->scratch, vertex->after_count, int);
        if (vertex->after_count)
            memcpy(vertex->after, list, vertex->after_count * sizeof *list);
        check_itself(ordering, vertex);
    }
}

/* ---- Ordering ---- */

static void report_circle(struct ordering *ordering, const int *path, size_t from, size_t size)
{
    struct buf names;
    buf_init(&names, ordering->scratch);
    const struct rule *first = &ordering->vertices[path[from]].rule;
    for (size_t i = from; i < size; i++) {
        const struct rule *rule = &ordering->vertices[path[i]].rule;
        if (rule->line < first->line)
            first = rule;
        buf_printf(&names, "%s%s of %s", i == from ? "" : " reads ", kind_names[rule->kind],
                   rule->field->path);
    }
    const struct rule *last = &ordering->vertices[path[from]].rule;
    finding_add_at(ordering->findings, FINDING_ERROR, ordering->file, first->line, first->column,
                   "cycle",
                   "expressions depend on each other in a circle: %s reads %s of %s. Take one of "
                   "these reads out, or calculate the shared part in a place of its own",
                   buf_text(&names), kind_names[last->kind], last->field->path);
}

/* Depth first, with a path of its own instead of recursion: circles show on the path. */
static void visit(struct ordering *ordering, int start, int *path)
{
    size_t size = 0;
    path[size++] = start;
    ordering->vertices[start].state = OPEN;
    while (size) {
        struct vertex *vertex = &ordering->vertices[path[size - 1]];
        if (vertex->next == vertex->after_count) {
            vertex->state = DONE;
            ordering->order[ordering->done++] = path[--size];
            continue;
        }
        int other = vertex->after[vertex->next++];
        if (ordering->vertices[other].state == UNSEEN) {
            ordering->vertices[other].state = OPEN;
            path[size++] = other;
        } else if (ordering->vertices[other].state == OPEN) {
            size_t from = size - 1;
            while (path[from] != other)
                from--;
            report_circle(ordering, path, from, size);
        }
    }
}

static void sort(struct ordering *ordering)
{
    ordering->order = ARENA_ARRAY(ordering->scratch, ordering->count, int);
    int *path = ARENA_ARRAY(ordering->scratch, ordering->count + 1, int);
    for (size_t i = 0; i < ordering->count; i++)
        if (ordering->vertices[i].state == UNSEEN)
            visit(ordering, (int)i, path);

    struct form *form = ordering->form;
    form->rules = ARENA_ARRAY(form->arena, ordering->count, struct rule);
    form->rule_count = ordering->count;
    for (size_t i = 0; i < ordering->count; i++) {
        const struct vertex *vertex = &ordering->vertices[ordering->order[i]];
        form->rules[i] = vertex->rule;
        form->links[vertex->rule.field->number].rules[vertex->rule.kind] = (int)i;
    }
}

/* ---- Who reads a field ---- */

static void count_readers(struct ordering *ordering, size_t *counts)
{
    for (size_t i = 0; i < ordering->count; i++)
        for (size_t r = 0; r < ordering->vertices[i].read_count; r++)
            counts[ordering->vertices[i].reads[r].field->number]++;
}

/* Two reads of one field by one rule become one, of the lesser depth. */
static void add_reader(struct rule_reader *readers, size_t *count, int rule, int depth)
{
    if (*count && readers[*count - 1].rule == rule) {
        if (depth < readers[*count - 1].depth)
            readers[*count - 1].depth = depth;
        return;
    }
    readers[(*count)++] = (struct rule_reader){rule, depth};
}

static void link_readers(struct ordering *ordering)
{
    struct form *form = ordering->form;
    size_t *counts = ARENA_ARRAY(ordering->scratch, form->field_count, size_t);
    count_readers(ordering, counts);
    struct rule_reader **readers =
        ARENA_ARRAY(ordering->scratch, form->field_count, struct rule_reader *);
    for (size_t i = 0; i < form->field_count; i++)
        readers[i] = ARENA_ARRAY(form->arena, counts[i], struct rule_reader);

    for (size_t i = 0; i < ordering->count; i++) { /* in the order of rules */
        const struct vertex *vertex = &ordering->vertices[ordering->order[i]];
        for (size_t r = 0; r < vertex->read_count; r++) {
            const struct read *read = &vertex->reads[r];
            int depth =
                read->depth < vertex->rule.field->depth ? read->depth : vertex->rule.field->depth;
            size_t *count = &form->links[read->field->number].reader_count;
            add_reader(readers[read->field->number], count, (int)i, depth);
        }
    }
    for (size_t i = 0; i < form->field_count; i++)
        form->links[i].readers = readers[i];
}

/* ---- is_read ---- */

static void mark_reads(struct ordering *ordering, const struct xpath *xpath,
                       const struct form_field *from)
{
    if (!xpath || !xpath->tree)
        return;
    size_t count;
    const struct read *reads =
        reads_find(ordering->reads, xpath->tree, from ? from : ordering->form->fields[0], &count);
    for (size_t i = 0; i < count; i++)
        if (reads[i].field != from)
            ordering->form->fields[reads[i].field->number]->is_read = true;
}

static void mark_text(struct ordering *ordering, const struct form_text *text,
                      const struct form_field *from)
{
    if (!text)
        return;
    mark_reads(ordering, text->expression, from);
    const struct text_body *body = &text->body;
    if (text->kind == TEXT_ENTRY)
        body = &text->entry->bodies[0]; /* outputs are the same in every language */
    for (size_t i = 0; i < body->count; i++)
        mark_reads(ordering, body->parts[i].value, from);
}

static void mark_control(struct ordering *ordering, const struct form_control *control)
{
    const struct form_field *from = control->field;
    for (const struct form_control *at = control; !from && at; at = at->parent)
        from = at->field;
    mark_reads(ordering, control->value, from);
    mark_reads(ordering, control->when, from);
    mark_text(ordering, control->label, from);
    mark_text(ordering, control->hint, from);
    mark_text(ordering, control->help, from);
    if (control->kind == FORM_OUTPUT && control->field)
        ordering->form->fields[control->field->number]->is_read = true;
}

static void mark_is_read(struct ordering *ordering)
{
    struct form *form = ordering->form;
    for (size_t i = 0; i < form->field_count; i++) {
        mark_reads(ordering, form->fields[i]->required, form->fields[i]);
        mark_reads(ordering, form->fields[i]->readonly, form->fields[i]);
        if (form->links[i].reader_count)
            for (size_t r = 0; r < form->links[i].reader_count; r++)
                if (form->rules[form->links[i].readers[r].rule].field != form->fields[i])
                    form->fields[i]->is_read = true;
    }
    for (size_t i = 0; i < form->control_count; i++)
        mark_control(ordering, form->controls[i]);
}

void recalc_order(struct form *form, struct arena *scratch, const char *file,
                  struct finding_list *findings)
{
    struct ordering ordering = {
        .form = form,
        .scratch = scratch,
        .file = file,
        .findings = findings,
        .reads = reads_new(scratch, form),
        .vertices =
            ARENA_ARRAY(scratch, form->field_count * 3 + form->control_count, struct vertex)};
    collect(&ordering);
    connect(&ordering);
    sort(&ordering);
    link_readers(&ordering);
    mark_is_read(&ordering);
}
