#include "render/pdf_layout.h"

#include "engine/base/text.h"
#include "forms/texts.h"
#include "render/pdf_lines.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define ROUNDING 0.01 /* sums of widths are not exact */
#define GAP 14        /* between columns of a table and between pairs */

struct pdf_layout {
    struct arena *arena;
    struct pdf *pdf;
    struct pdf_layout_margins margins;
    double y, indent, width;

    const char *language;
    int sections;          /* that are open: headings of level 2 and deeper */
    struct pdf_part block; /* the list or table that is open; PDF_DOCUMENT: none */
};

struct pdf_layout *pdf_layout_new(struct arena *arena, struct pdf *pdf,
                                  struct pdf_layout_margins margins)
{
    struct pdf_layout *layout = ARENA_NEW(arena, struct pdf_layout);
    layout->arena = arena;
    layout->pdf = pdf;
    layout->margins = margins;
    layout->y = margins.top;
    pdf_layout_column(layout, 0, 0);
    pdf_add_page(pdf);
    return layout;
}

double pdf_layout_y(const struct pdf_layout *layout)
{
    return layout->y;
}

void pdf_layout_move_to(struct pdf_layout *layout, double y)
{
    layout->y = y;
}

void pdf_layout_space(struct pdf_layout *layout, double height)
{
    layout->y += height;
}

void pdf_layout_column(struct pdf_layout *layout, double indent, double width)
{
    double whole = PDF_PAGE_WIDTH - layout->margins.left - layout->margins.right;
    layout->indent = indent;
    layout->width = width > 0 ? width : whole - indent;
}

double pdf_layout_left(const struct pdf_layout *layout)
{
    return layout->margins.left + layout->indent;
}

double pdf_layout_width(const struct pdf_layout *layout)
{
    return layout->width;
}

static double page_bottom(const struct pdf_layout *layout)
{
    return PDF_PAGE_HEIGHT - layout->margins.bottom;
}

void pdf_layout_need(struct pdf_layout *layout, double height)
{
    bool fits = layout->y + height <= page_bottom(layout) + ROUNDING;
    if (fits || layout->y <= layout->margins.top + ROUNDING)
        return;
    pdf_add_page(layout->pdf);
    layout->y = layout->margins.top;
}

/* As need, for what is split rather than put on a page of its own: when no page has that height,
 * the start of it is enough. */
static void need_or_start(struct pdf_layout *layout, double height, double start)
{
    double page = page_bottom(layout) - layout->margins.top;
    pdf_layout_need(layout, height <= page ? height : start);
}

/* ---- structure ---- */

void pdf_layout_language(struct pdf_layout *layout, const char *language)
{
    layout->language = language;
}

/* Of text, in that language; NULL: in that of the layout. */
static void begin_in(struct pdf_layout *layout, enum pdf_role role, const char *language)
{
    pdf_begin(layout->pdf,
              (struct pdf_part){.role = role, .language = language ? language : layout->language});
}

/* Of other parts. */
static void begin(struct pdf_layout *layout, enum pdf_role role)
{
    pdf_begin(layout->pdf, (struct pdf_part){.role = role});
}

static void end(struct pdf_layout *layout)
{
    pdf_end(layout->pdf);
}

static void end_block(struct pdf_layout *layout)
{
    if (layout->block.role)
        end(layout);
    layout->block = (struct pdf_part){0};
}

static void begin_block(struct pdf_layout *layout, enum pdf_role role, enum pdf_kind kind)
{
    end_block(layout);
    layout->block = (struct pdf_part){.role = role, .kind = kind};
    pdf_begin(layout->pdf, layout->block);
}

static void begin_item(struct pdf_layout *layout, enum pdf_kind kind)
{
    if (layout->block.role != PDF_LIST || layout->block.kind != kind)
        begin_block(layout, PDF_LIST, kind);
    begin(layout, PDF_ITEM);
}

void pdf_layout_end_section(struct pdf_layout *layout, int level)
{
    end_block(layout);
    for (; layout->sections > 0 && layout->sections >= level - 1; layout->sections--)
        end(layout);
}

/* ---- lines ---- */

static double height_in(struct pdf_layout *layout, struct pdf_style style, double width,
                        const char *text)
{
    return (double)pdf_lines_count(layout->pdf, style.weight, style.size, width, text) *
           style.leading;
}

double pdf_layout_text_height(struct pdf_layout *layout, struct pdf_style style, const char *text)
{
    return height_in(layout, style, layout->width, text);
}

/* Puts one line in the line that begins at y: capitals stand in its middle. `rest` is what comes
 * after it in the text: the space between them is drawn too, or the words would be read as one. */
static void draw_line(struct pdf_layout *layout, struct pdf_style style, enum pdf_align align,
                      double x, double width, struct bytes line, const char *rest)
{
    if (align == PDF_RIGHT)
        x += width - pdf_text_width(layout->pdf, style.weight, style.size, line);
    if (line.size && *rest && (const unsigned char *)rest > line.data + line.size)
        line.size++;
    double base_line = layout->y + style.leading / 2 + 0.36 * style.size;
    pdf_text(layout->pdf, style.weight, style.size, style.color, x, base_line, line);
}

/* count: how many lines it takes, as pdf_lines_count says; text is measured once when that is one.
 */
static void flow(struct pdf_layout *layout, struct pdf_style style, enum pdf_align align,
                 const char *text, size_t count)
{
    pdf_layout_need(layout, style.leading * (double)(count < 2 ? count : 2));
    while (*text && !pdf_has_failed(layout->pdf)) {
        struct bytes line = count == 1 ? pdf_lines_only(&text)
                                       : pdf_lines_next(layout->pdf, style.weight, style.size,
                                                        layout->width, &text);
        pdf_layout_need(layout, style.leading);
        draw_line(layout, style, align, pdf_layout_left(layout), layout->width, line, text);
        layout->y += style.leading;
    }
}

static void flow_in(struct pdf_layout *layout, enum pdf_role role, const char *language,
                    struct pdf_style style, const char *text, size_t count)
{
    begin_in(layout, role, language);
    flow(layout, style, PDF_LEFT, text, count);
    end(layout);
}

static size_t count_own_lines(struct pdf_layout *layout, struct pdf_style style, const char *text)
{
    return pdf_lines_count(layout->pdf, style.weight, style.size, layout->width, text);
}

/* ---- paragraphs, headings, lists ---- */

void pdf_layout_text_aligned(struct pdf_layout *layout, struct pdf_style style,
                             enum pdf_align align, const char *text)
{
    end_block(layout);
    begin_in(layout, PDF_P, NULL);
    flow(layout, style, align, text, count_own_lines(layout, style, text));
    end(layout);
}

void pdf_layout_text(struct pdf_layout *layout, struct pdf_style style, const char *text)
{
    pdf_layout_text_aligned(layout, style, PDF_LEFT, text);
}

void pdf_layout_heading(struct pdf_layout *layout, int level, struct pdf_style style,
                        double keep_with_next, const char *text)
{
    if (level > PDF_H6 - PDF_H1 + 1)
        level = PDF_H6 - PDF_H1 + 1;
    pdf_layout_end_section(layout, level);
    assert(level <= layout->sections + 2);
    if (level > 1) {
        begin(layout, PDF_SECT);
        layout->sections++;
    }
    size_t count = count_own_lines(layout, style, text);
    pdf_layout_need(layout, (double)count * style.leading + keep_with_next);
    flow_in(layout, PDF_H1 + (unsigned)level - 1, NULL, style, text, count);
}

void pdf_layout_pair(struct pdf_layout *layout, struct pdf_style label_style,
                     struct pdf_style value_style, const struct pdf_pair *pair)
{
    size_t label_count = count_own_lines(layout, label_style, pair->label);
    size_t value_count = count_own_lines(layout, value_style, pair->value);
    double label_height = (double)label_count * label_style.leading;
    double value_height = (double)value_count * value_style.leading;
    need_or_start(layout, label_height + value_height, label_height + 2 * value_style.leading);
    begin_item(layout, PDF_LIST_TEXTS);
    flow_in(layout, PDF_LABEL, pair->label_language, label_style, pair->label, label_count);
    begin_in(layout, PDF_BODY, pair->value_language);
    flow(layout, value_style, PDF_LEFT, pair->value, value_count);
    if (pair->note)
        flow_in(layout, PDF_P, NULL, label_style, pair->note,
                count_own_lines(layout, label_style, pair->note));
    end(layout);
    end(layout);
}

static double fact_width(const struct pdf_layout *layout, size_t columns)
{
    return (layout->width - GAP * (double)(columns - 1)) / (double)columns;
}

/* Of the row that begins with the first of these facts. */
static double facts_row_height(struct pdf_layout *layout, struct pdf_style label_style,
                               struct pdf_style value_style, const struct pdf_fact *facts,
                               size_t count, size_t columns)
{
    double width = fact_width(layout, columns), highest = 0;
    for (size_t i = 0; i < count && i < columns; i++)
        highest = fmax(highest, height_in(layout, label_style, width, facts[i].label) +
                                    height_in(layout, value_style, width, facts[i].value));
    return highest;
}

double pdf_layout_facts_height(struct pdf_layout *layout, struct pdf_style label_style,
                               struct pdf_style value_style, const struct pdf_fact *facts,
                               size_t count, size_t columns)
{
    double height = 0;
    for (size_t i = 0; i < count; i += columns)
        height +=
            facts_row_height(layout, label_style, value_style, facts + i, count - i, columns) +
            (i ? GAP / 2.0 : 0);
    return height;
}

void pdf_layout_facts(struct pdf_layout *layout, struct pdf_style label_style,
                      struct pdf_style value_style, const struct pdf_fact *facts, size_t count,
                      size_t columns)
{
    double indent = layout->indent, whole = layout->width, width = fact_width(layout, columns);
    for (size_t i = 0; i < count; i += columns) {
        if (i)
            layout->y += GAP / 2.0;
        double height =
            facts_row_height(layout, label_style, value_style, facts + i, count - i, columns);
        pdf_layout_need(layout, height);
        double top = layout->y;
        for (size_t k = i; k < count && k < i + columns; k++) {
            layout->y = top;
            pdf_layout_column(layout, indent + (double)(k - i) * (width + GAP), width);
            pdf_layout_pair(layout, label_style, value_style,
                            &(struct pdf_pair){.label = facts[k].label, .value = facts[k].value});
        }
        pdf_layout_column(layout, indent, whole);
        layout->y = top + height;
    }
}

void pdf_layout_item(struct pdf_layout *layout, struct pdf_style style, const char *mark,
                     double indent, const char *text)
{
    double outer = layout->indent, width = layout->width;
    pdf_layout_need(layout, 2 * style.leading);
    begin_item(layout, *mark >= '0' && *mark <= '9' ? PDF_LIST_NUMBERS : PDF_LIST_BULLETS);
    begin_in(layout, PDF_LABEL, NULL);
    draw_line(layout, style, PDF_LEFT, pdf_layout_left(layout), indent, BYTES_OF(mark), "");
    end(layout);
    pdf_layout_column(layout, outer + indent, width - indent);
    flow_in(layout, PDF_BODY, NULL, style, text, count_own_lines(layout, style, text));
    pdf_layout_column(layout, outer, width);
    end(layout);
}

/* ---- fields and tables ---- */

void pdf_layout_rule(struct pdf_layout *layout, double width, uint32_t color)
{
    double left = pdf_layout_left(layout);
    pdf_line(layout->pdf, left, layout->y, left + layout->width, layout->y, width, color);
}

void pdf_layout_box(struct pdf_layout *layout, double height, uint32_t color)
{
    pdf_box(layout->pdf, pdf_layout_left(layout), layout->y, layout->width, height, color);
}

struct place {
    double x, width;
};

static struct place *table_places(struct pdf_layout *layout, const struct pdf_table *table)
{
    struct place *places = ARENA_ARRAY(layout->arena, table->column_count, struct place);
    double shares = 0, x = pdf_layout_left(layout);
    for (size_t i = 0; i < table->column_count; i++)
        shares += table->columns[i].share;
    double room = layout->width - GAP * (double)(table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++) {
        places[i] = (struct place){x, room * table->columns[i].share / shares};
        x += places[i].width + GAP;
    }
    return places;
}

static double cells_height(struct pdf_layout *layout, const struct pdf_table *table,
                           const struct place *places, const char *const *cells,
                           struct pdf_style style)
{
    double highest = style.leading;
    for (size_t i = 0; i < table->column_count; i++)
        highest = fmax(highest, height_in(layout, style, places[i].width, cells[i]));
    return highest;
}

/* The first lines of a cell, so many at the most; the rest of the text is for the next page. */
static const char *draw_cell(struct pdf_layout *layout, struct pdf_style style,
                             enum pdf_align align, struct place place, size_t lines,
                             const char *text)
{
    for (; lines && *text; lines--) {
        struct bytes line =
            pdf_lines_next(layout->pdf, style.weight, style.size, place.width, &text);
        draw_line(layout, style, align, place.x, place.width, line, text);
        layout->y += style.leading;
    }
    return text;
}

/* Cell by cell, as much of each as this page has room for, then what is left on the next page.
 * parts: one for each cell, or NULL when they are not read. */
static void draw_cells(struct pdf_layout *layout, const struct pdf_table *table,
                       const struct place *places, const char *const *cells, struct pdf_style style,
                       struct pdf_element *const *parts)
{
    const char **rest = ARENA_ARRAY(layout->arena, table->column_count, const char *);
    memcpy(rest, cells, table->column_count * sizeof *rest);
    bool more = true;
    while (more && !pdf_has_failed(layout->pdf)) {
        more = false;
        pdf_layout_need(layout, style.leading);
        double top = layout->y, lowest = top + style.leading;
        double room = fmax(1, floor((page_bottom(layout) + ROUNDING - top) / style.leading));
        for (size_t i = 0; i < table->column_count; i++) {
            if (parts)
                pdf_resume(layout->pdf, parts[i]);
            layout->y = top;
            rest[i] =
                draw_cell(layout, style, table->columns[i].align, places[i], (size_t)room, rest[i]);
            lowest = fmax(lowest, layout->y);
            more = more || *rest[i];
            if (parts)
                end(layout);
        }
        layout->y = lowest;
    }
}

/* The cells of a row that has begun. */
static struct pdf_element **begin_cells(struct pdf_layout *layout, size_t count, bool are_titles)
{
    struct pdf_element **parts = ARENA_ARRAY(layout->arena, count, struct pdf_element *);
    for (size_t i = 0; i < count; i++) {
        struct pdf_part part = {.role = are_titles || !i ? PDF_HEADER : PDF_CELL,
                                .kind = are_titles ? PDF_HEADER_OF_COLUMN
                                        : !i       ? PDF_HEADER_OF_ROW
                                                   : PDF_KIND_NONE,
                                .language = layout->language};
        parts[i] = pdf_begin(layout->pdf, part);
        end(layout);
    }
    return parts;
}

static void draw_titles(struct pdf_layout *layout, const struct pdf_table *table,
                        struct pdf_element *const *parts)
{
    const char **titles = ARENA_ARRAY(layout->arena, table->column_count, const char *);
    for (size_t i = 0; i < table->column_count; i++)
        titles[i] = table->columns[i].title;
    struct place *places = table_places(layout, table);
    double height = cells_height(layout, table, places, titles, table->title_style);
    pdf_layout_need(layout, height + 4 * table->padding + 2 * table->style.leading);
    draw_cells(layout, table, places, titles, table->title_style, parts);
    layout->y += table->padding;
    pdf_layout_rule(layout, 0.8, table->rule_color);
}

void pdf_layout_table_titles(struct pdf_layout *layout, const struct pdf_table *table)
{
    begin_block(layout, PDF_TABLE, PDF_KIND_NONE);
    begin(layout, PDF_ROW);
    draw_titles(layout, table, begin_cells(layout, table->column_count, true));
    end(layout);
}

void pdf_layout_table_row(struct pdf_layout *layout, const struct pdf_table *table,
                          const char *const *cells, const struct pdf_style *style, const char *note,
                          struct pdf_style note_style)
{
    assert(layout->block.role == PDF_TABLE);
    struct pdf_style used = style ? *style : table->style;
    struct place *places = table_places(layout, table);
    double height = cells_height(layout, table, places, cells, used) + 2 * table->padding;
    if (note)
        height += pdf_layout_text_height(layout, note_style, note);
    size_t page = pdf_page_count(layout->pdf);
    need_or_start(layout, height, 3 * used.leading);
    if (pdf_page_count(layout->pdf) != page) {
        begin(layout, PDF_ARTIFACT);
        draw_titles(layout, table, NULL);
        end(layout);
    }

    layout->y += table->padding;
    begin(layout, PDF_ROW);
    struct pdf_element **parts = begin_cells(layout, table->column_count, false);
    draw_cells(layout, table, places, cells, used, parts);
    if (note) {
        pdf_resume(layout->pdf, parts[0]);
        flow_in(layout, PDF_P, NULL, note_style, note, count_own_lines(layout, note_style, note));
        end(layout);
    }
    end(layout);
    layout->y += table->padding;
    pdf_layout_rule(layout, 0.4, table->rule_color);
}

/* ---- round the text ---- */

static void draw_mark(struct pdf_layout *layout, const char *mark)
{
    struct pdf_style style = {PDF_BOLD, 8, 18, 0x5C4400};
    layout->y = 0;
    pdf_box(layout->pdf, 0, 0, PDF_PAGE_WIDTH, style.leading, 0xFFF1BF);
    double width = pdf_text_width(layout->pdf, style.weight, style.size, BYTES_OF(mark));
    double x = (PDF_PAGE_WIDTH - width) / 2;
    draw_line(layout, style, PDF_LEFT, x, width, BYTES_OF(mark), "");
}

/* Two texts at the ends of one line; the left one is cut to the room it has. */
static void draw_ends(struct pdf_layout *layout, struct pdf_style style, const char *left,
                      const char *right)
{
    double x = pdf_layout_left(layout), width = layout->width;
    double taken = pdf_text_width(layout->pdf, style.weight, style.size, BYTES_OF(right));
    const char *rest = left;
    struct bytes line =
        pdf_lines_next(layout->pdf, style.weight, style.size, width - taken - GAP, &rest);
    draw_line(layout, style, PDF_LEFT, x, width, line, "");
    draw_line(layout, style, PDF_RIGHT, x, width, BYTES_OF(right), "");
}

static const char *page_words(struct pdf_layout *layout, const char *words, size_t page)
{
    const struct texts_arg args[] = {
        {"page", arena_printf(layout->arena, "%zu", page)},
        {"pages", arena_printf(layout->arena, "%zu", pdf_page_count(layout->pdf))},
    };
    return texts_fill(layout->arena, words, args, COUNT(args));
}

void pdf_layout_finish(struct pdf_layout *layout, const struct pdf_layout_around *around)
{
    const double distance = 10; /* from rule to words */
    pdf_layout_end_section(layout, 1);
    begin(layout, PDF_ARTIFACT);
    pdf_layout_column(layout, 0, 0);
    for (size_t page = 0; page < pdf_page_count(layout->pdf); page++) {
        pdf_turn_to(layout->pdf, page);
        if (around->mark)
            draw_mark(layout, around->mark);
        if (page > 0) {
            layout->y = layout->margins.top - 2.2 * around->style.leading;
            draw_ends(layout, around->style, around->head_left, around->head_right);
        }
        layout->y = page_bottom(layout) + distance;
        pdf_layout_rule(layout, 0.5, around->rule_color);
        layout->y += distance;
        draw_ends(layout, around->style, around->foot_left,
                  page_words(layout, around->page_words, page + 1));
    }
    end(layout);
}
