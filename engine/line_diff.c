#include "engine/line_diff.h"

#include <string.h>

enum {
    CONTEXT = 3,
    MOST_PAIRS = 4 * 1024 * 1024, /* of lines compared; past it, everything differs */
};

struct lines {
    struct bytes *items;
    size_t count;
};

/* One line of the diff: sign and text. */
struct row {
    char sign;
    struct bytes text;
};

struct diff {
    struct lines a, b;
    struct row *rows;
    size_t count;
};

static struct lines split(struct arena *arena, const char *text)
{
    size_t count = 1;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    struct lines lines = {ARENA_ARRAY(arena, count, struct bytes), count};
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(text, "\n");
        lines.items[i] = (struct bytes){(const unsigned char *)text, size};
        text += size + (text[size] != 0);
    }
    return lines;
}

static bool is_same(struct bytes a, struct bytes b)
{
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static void add_row(struct diff *diff, char sign, struct bytes text)
{
    diff->rows[diff->count++] = (struct row){sign, text};
}

/* Longest common subsequence: length[i][j] is that of the lines from i and from j on. */
static void compare(struct arena *arena, struct diff *diff)
{
    size_t width = diff->b.count + 1, i = 0, j = 0;
    uint32_t *length = ARENA_ARRAY(arena, (diff->a.count + 1) * width, uint32_t);
    for (size_t y = diff->a.count; y-- > 0;)
        for (size_t x = diff->b.count; x-- > 0;) {
            uint32_t down = length[(y + 1) * width + x], right = length[y * width + x + 1];
            length[y * width + x] = is_same(diff->a.items[y], diff->b.items[x])
                                        ? length[(y + 1) * width + x + 1] + 1
                                    : down > right ? down
                                                   : right;
        }
    while (i < diff->a.count || j < diff->b.count) {
        bool both = i < diff->a.count && j < diff->b.count;
        if (both && is_same(diff->a.items[i], diff->b.items[j])) {
            add_row(diff, ' ', diff->a.items[i++]);
            j++;
        } else if (j == diff->b.count ||
                   (both && length[(i + 1) * width + j] >= length[i * width + j + 1])) {
            add_row(diff, '-', diff->a.items[i++]);
        } else {
            add_row(diff, '+', diff->b.items[j++]);
        }
    }
}

static bool is_near_difference(const struct diff *diff, size_t at)
{
    size_t from = at > CONTEXT ? at - CONTEXT : 0;
    for (size_t i = from; i <= at + CONTEXT && i < diff->count; i++)
        if (diff->rows[i].sign != ' ')
            return true;
    return false;
}

void line_diff_write(struct buf *out, int indent, const char *first, const char *second)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct diff diff = {.a = split(arena, first), .b = split(arena, second)};
    diff.rows = ARENA_ARRAY(arena, diff.a.count + diff.b.count, struct row);
    if (diff.a.count <= MOST_PAIRS / diff.b.count) {
        compare(arena, &diff);
    } else {
        for (size_t i = 0; i < diff.a.count; i++)
            add_row(&diff, '-', diff.a.items[i]);
        for (size_t i = 0; i < diff.b.count; i++)
            add_row(&diff, '+', diff.b.items[i]);
    }
    bool left_out = false;
    for (size_t i = 0; i < diff.count; i++) {
        const struct row *row = &diff.rows[i];
        bool near = is_near_difference(&diff, i);
        if (near)
            buf_printf(out, "%*s%c %.*s\n", indent, "", row->sign, (int)row->text.size,
                       (const char *)row->text.data);
        else if (!left_out)
            buf_printf(out, "%*s  …\n", indent, "");
        left_out = !near;
    }
}
