/* pdf_layout.h - text that flows down A4 pages: paragraphs, headings, questions with answers,
 * lists, tables, and what stands at the top and foot of each page.
 *
 * A layout has a place on the page (y) and a column (left edge and width); what is added is put
 * there in reading order, and a new page begins when it does not fit. Texts are UTF-8; '\n' begins
 * a new line. Nothing fails before pdf_write (pdf.h).
 *
 * What is added is also told to screen readers as what it is: paragraphs, headings with the
 * sections they begin, and lists and tables, each until something else is added. */
#pragma once

#include "render/pdf.h"

struct pdf_style {
    enum pdf_weight weight;
    double size, leading; /* leading: from line to line */
    uint32_t color;
};

enum pdf_align { PDF_LEFT, PDF_RIGHT };

struct pdf_layout_margins {
    double left, right, top, bottom; /* top: of pages after the first; the first begins there too */
};

struct pdf_layout;

/* Adds the first page. Lives in the arena. */
struct pdf_layout *pdf_layout_new(struct arena *arena, struct pdf *pdf,
                                  struct pdf_layout_margins margins);

/* The place: y is where the next thing begins (its upper edge). */
double pdf_layout_y(const struct pdf_layout *layout);
void pdf_layout_move_to(struct pdf_layout *layout, double y);
void pdf_layout_space(struct pdf_layout *layout, double height);

/* The column: distance from the left margin, and width; 0: to the right margin. */
void pdf_layout_column(struct pdf_layout *layout, double indent, double width);
double pdf_layout_left(const struct pdf_layout *layout);
double pdf_layout_width(const struct pdf_layout *layout);

/* Begins a new page unless so much height is left; a height no page has is taken as it is. */
void pdf_layout_need(struct pdf_layout *layout, double height);

/* Height of the text in the column. */
double pdf_layout_text_height(struct pdf_layout *layout, struct pdf_style style, const char *text);

/* A paragraph. Lines break at spaces and after hyphens and slashes; a word that is wider than the
 * column is cut where it must. White space at a line's end is not drawn. */
void pdf_layout_text(struct pdf_layout *layout, struct pdf_style style, const char *text);
void pdf_layout_text_aligned(struct pdf_layout *layout, struct pdf_style style,
                             enum pdf_align align, const char *text);

/* What is added from now on is in that language; NULL: in the document's. */
void pdf_layout_language(struct pdf_layout *layout, const char *language);

/* A heading of level 1 (the document's title) to 6, which is not last on its page: so much height
 * follows it there. It begins a section that ends with the next heading of its level or a higher
 * one. No level is left out on the way down; deeper ones than 6 are 6. */
void pdf_layout_heading(struct pdf_layout *layout, int level, struct pdf_style style,
                        double keep_with_next, const char *text);

/* Ends the section of that level: what comes next belongs to the one round it. */
void pdf_layout_end_section(struct pdf_layout *layout, int level);

/* A label with its value below. Both stay on one page when they fit on one; else the label stays
 * with the first lines of the value. Pairs one after another are a list of labels and bodies, which
 * is what PDF has for terms and what they mean (ISO 32000-1 14.8.4.3.3): one hears how many there
 * are and goes from one to the next. As a table, each would be announced with its place in two
 * columns that nobody sees, and every heading between them would begin another. */
struct pdf_pair {
    const char *label, *value;
    const char *note;                            /* what is to be known of the value, or NULL */
    const char *label_language, *value_language; /* NULL: pdf_layout_language */
};
void pdf_layout_pair(struct pdf_layout *layout, struct pdf_style label_style,
                     struct pdf_style value_style, const struct pdf_pair *pair);

/* The same beside one another, so many in each row; a row stays on one page. */
struct pdf_fact {
    const char *label, *value;
};
void pdf_layout_facts(struct pdf_layout *layout, struct pdf_style label_style,
                      struct pdf_style value_style, const struct pdf_fact *facts, size_t count,
                      size_t columns);
double pdf_layout_facts_height(struct pdf_layout *layout, struct pdf_style label_style,
                               struct pdf_style value_style, const struct pdf_fact *facts,
                               size_t count, size_t columns);

/* An item of a list: mark ("–", "1.") and text beside it. */
void pdf_layout_item(struct pdf_layout *layout, struct pdf_style style, const char *mark,
                     double indent, const char *text);

/* Lines and coloured fields. A box is drawn from here down, under what is added next; it does not
 * move the place, and is only for what is known to fit on this page (pdf_layout_need). */
void pdf_layout_rule(struct pdf_layout *layout, double width, uint32_t color);
void pdf_layout_box(struct pdf_layout *layout, double height, uint32_t color);

/* A table over the column. Titles are repeated on each page; a row is kept on one page when it
 * fits on one. The first cell of a row is its header. */
struct pdf_table_column {
    const char *title;
    double share; /* of the width; shares need not add up to anything */
    enum pdf_align align;
};
struct pdf_table {
    const struct pdf_table_column *columns;
    size_t column_count;
    struct pdf_style title_style, style;
    double padding; /* over and under the text of a row */
    uint32_t rule_color;
};
void pdf_layout_table_titles(struct pdf_layout *layout, const struct pdf_table *table);
/* cells: one text for each column; style: NULL, or instead of the table's (a sum in bold);
 * note: NULL, or a text under the row over the whole width, which stays with it. */
void pdf_layout_table_row(struct pdf_layout *layout, const struct pdf_table *table,
                          const char *const *cells, const struct pdf_style *style, const char *note,
                          struct pdf_style note_style);

/* What stands around the text of each page, drawn when the number of pages is known. Last. */
struct pdf_layout_around {
    const char *head_left, *head_right; /* from the second page on */
    const char *foot_left;
    const char *page_words; /* "Side {page} av {pages}", to the right at the foot */
    const char *mark;       /* a band across the top of every page, or NULL */
    struct pdf_style style;
    uint32_t rule_color;
};
void pdf_layout_finish(struct pdf_layout *layout, const struct pdf_layout_around *around);
