/* Names of fields as the author of a case writes them. */
#include "forms/cases.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/likeness.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_STEPS = 64,
    MOST_NAMED = 6, /* fields listed when a name means several */
};

/* ---- Reading a name ---- */

struct name {
    const char *path; /* without numbers: "barn/navn", "/data/barn/navn" */
    int rows[MOST_STEPS];
    size_t count;
};

/* "barn 2", "barn[2]", "barn": the name goes to path, the number to *row. */
static bool read_step(struct arena *arena, const char *step, struct buf *path, int *row)
{
    size_t size = strcspn(step, " [");
    const char *rest = text_trim(arena, step + size);
    bool in_brackets = *rest == '[';
    *row = 0;
    if (*rest) {
        char *end;
        long number = strtol(rest + in_brackets, &end, 10);
        if (number < 1 || number > FORM_MAX_ROWS || strcmp(end, in_brackets ? "]" : "") != 0)
            return false;
        *row = (int)number;
    }
    buf_add(path, (struct bytes){(const unsigned char *)step, size});
    return size > 0;
}

static bool read_name(struct arena *arena, const char *written, struct name *out)
{
    struct buf path;
    buf_init(&path, arena);
    const char *at = written;
    if (*at == '/')
        buf_add_byte(&path, (unsigned char)*at++);
    for (out->count = 0; out->count < MOST_STEPS; at++) {
        size_t size = strcspn(at, "/");
        char *step = arena_text_of(arena, (struct bytes){(const unsigned char *)at, size});
        if (!read_step(arena, text_trim(arena, step), &path, &out->rows[out->count++]))
            return false;
        out->path = buf_text(&path);
        at += size;
        if (!*at)
            return true;
        buf_add_byte(&path, '/');
    }
    return false;
}

/* ---- Finding the field ---- */

static const char *path_below_root(const struct form_field *field)
{
    const char *below = strchr(field->path + 1, '/');
    return below ? below + 1 : field->path + 1;
}

static bool path_ends_with(const char *path, const char *end)
{
    size_t size = strlen(path), end_size = strlen(end);
    return size > end_size && path[size - end_size - 1] == '/' && text_ends_with(path, end);
}

/* How many fields a name means: 1 when it is the whole path of one, below the root or from it. */
static size_t find_fields(const struct form *form, const char *path,
                          const struct form_field **first)
{
    size_t count, found = 0;
    const struct form_field *const *fields = form_fields(form, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i]->path, path) == 0 || strcmp(path_below_root(fields[i]), path) == 0) {
            *first = fields[i];
            return 1;
        }
        if (*path != '/' && path_ends_with(fields[i]->path, path) && !found++)
            *first = fields[i];
    }
    return found;
}

static const char *list_fields(struct arena *arena, const struct form *form, const char *path)
{
    struct buf list;
    buf_init(&list, arena);
    size_t count, named = 0;
    const struct form_field *const *fields = form_fields(form, &count);
    for (size_t i = 0; i < count && named <= MOST_NAMED; i++) {
        if (!path_ends_with(fields[i]->path, path))
            continue;
        const char *name = named < MOST_NAMED ? cases_short_name(form, fields[i]) : "…";
        buf_printf(&list, "%s%s", named++ ? ", " : "", name);
    }
    return buf_text(&list);
}

/* The end of a path with so many steps, or all of it. */
static const char *last_steps(const char *path, size_t steps)
{
    const char *at = path + strlen(path);
    while (at > path && (at[-1] != '/' || --steps))
        at--;
    return at;
}

static const char *nearest_name(const struct form *form, const char *path)
{
    struct likeness likeness = {.wanted = path};
    size_t count, steps = 1;
    for (const char *at = path; *at; at++)
        steps += *at == '/';
    const struct form_field *const *fields = form_fields(form, &count);
    for (size_t i = 0; i < count; i++) {
        likeness_compare(&likeness, last_steps(fields[i]->path, steps));
        likeness_compare(&likeness, fields[i]->name);
    }
    return likeness.nearest;
}

/* The numbers that were said go to the depths they were said at; false: one is no row's. */
static bool spread_rows(struct arena *arena, const struct name *name,
                        const struct form_field *field, const int **out, const char **why)
{
    int *rows = ARENA_ARRAY(arena, (size_t)field->depth + 1, int);
    *out = rows;
    for (size_t i = name->count; i-- && field; field = field->parent) {
        rows[field->depth] = name->rows[i];
        if (!name->rows[i] || field->is_repeat)
            continue;
        *why = arena_printf(arena, "'%s' has no rows: leave out the number %d", field->name,
                            name->rows[i]);
        return false;
    }
    return true;
}

bool cases_find(struct arena *arena, const struct form *form, const char *written,
                struct cases_place *out, const char **why)
{
    struct name name;
    if (!read_name(arena, written, &name)) {
        *why = arena_printf(arena,
                            "'%s' is no name of a field; write for example 'navn', "
                            "'barn/navn' or 'barn 2/navn'",
                            text_cut(arena, written, 60));
        return false;
    }
    const struct form_field *field = NULL;
    size_t found = find_fields(form, name.path, &field);
    if (found > 1) {
        *why = arena_printf(arena, "'%s' can be several fields; write which: %s", name.path,
                            list_fields(arena, form, name.path));
        return false;
    }
    if (!found) {
        const char *nearest = nearest_name(form, name.path);
        *why = nearest ? arena_printf(arena, "the form has no field '%s'; did you mean '%s'?",
                                      name.path, nearest)
                       : arena_printf(arena, "the form has no field '%s'",
                                      text_cut(arena, name.path, 60));
        return false;
    }
    struct cases_place place = {.written = written, .field = field};
    if (!spread_rows(arena, &name, field, &place.rows, why))
        return false;
    *out = place;
    return true;
}

const struct form_control *cases_control(const struct form *form, const struct form_field *field)
{
    size_t count;
    const struct form_control *const *controls = form_controls(form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->field == field && controls[i]->kind != FORM_OUTPUT &&
            controls[i]->kind != FORM_BUTTON &&
            (!field->is_repeat || controls[i]->kind == FORM_REPEAT))
            return controls[i];
    return NULL;
}

bool cases_is_box(const struct form_control *control)
{
    return control->kind == FORM_TRIGGER ||
           (control->kind == FORM_INPUT && control->field->type == TYPE_BOOLEAN);
}

/* ---- Writing a name ---- */

const char *cases_short_name(const struct form *form, const struct form_field *field)
{
    const char *path = field->path;
    for (const char *at = path + strlen(path); at > path; at--) {
        const struct form_field *found = NULL;
        if (at[-1] == '/' && find_fields(form, at, &found) == 1 && found == field)
            return at;
    }
    return path;
}

static void write_from(struct buf *out, const struct place *place, int depth)
{
    const struct form_field *field = place_field(place);
    if (field->depth < depth)
        return;
    if (place_parent(place))
        write_from(out, place_parent(place), depth);
    buf_printf(out, "%s%s", out->size ? "/" : "", field->name);
    if (place_row_count(place) > 1)
        buf_printf(out, " %d", place_position(place));
}

char *cases_place_name(struct arena *arena, const struct form *form, const struct place *place)
{
    const struct form_field *field = place_field(place);
    int depth = field->depth;
    for (const char *at = cases_short_name(form, field); *at; at++)
        depth -= *at == '/';
    depth = depth < 0 ? 0 : depth;
    for (const struct place *above = place; above; above = place_parent(above))
        if (place_row_count(above) > 1 && place_field(above)->depth < depth)
            depth = place_field(above)->depth;
    struct buf name;
    buf_init(&name, arena);
    write_from(&name, place, depth);
    return buf_text(&name);
}
