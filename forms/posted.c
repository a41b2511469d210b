#include "forms/posted.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/answers_inside.h"
#include "forms/types.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME_BYTES = 128 }; /* security.md S-HTTP-4 */

/* ---- What to show in fields ---- */

bool posted_is_date(const struct form_control *control)
{
    return control->kind == FORM_INPUT && control->field && control->field->type == TYPE_DATE &&
           !(control->appearance & (FORM_CALENDAR | FORM_SINGLE | FORM_MONTH_YEAR | FORM_YEAR));
}

/* What three fields held that were no date is kept as "day.month.year", each as typed. */
void posted_date(struct arena *arena, const struct place *place, const char **day,
                 const char **month, const char **year)
{
    const char *value = place_value(place);
    types_split_date(arena, value, day, month, year);
    if (**day || **month || **year)
        return;
    const char *first = strchr(value, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second) {
        *day = value;
        return;
    }
    *day = arena_printf(arena, "%.*s", (int)(first - value), value);
    *month = arena_printf(arena, "%.*s", (int)(second - first - 1), first + 1);
    *year = second + 1;
}

char *posted_text(struct arena *arena, const struct place *place, const char *language)
{
    return types_write_field(arena, place->field->type, place_value(place), language);
}

/* ---- Fields by name ---- */

struct posting {
    struct answers *answers;
    struct arena *arena;
    const struct posted_field *fields;
    size_t count;
    const struct posted_field **sorted; /* by name, those of one name in the order sent */
    bool *taken;                        /* by index of fields */
    struct error *err;
};

static int compare_fields(const void *a, const void *b)
{
    const struct posted_field *x = *(const struct posted_field *const *)a;
    const struct posted_field *y = *(const struct posted_field *const *)b;
    int order = strcmp(x->name, y->name);
    return order ? order : x < y ? -1 : x > y;
}

static int compare_name(const void *name, const void *field)
{
    return strcmp(name, (*(const struct posted_field *const *)field)->name);
}

/* The values sent under a name: how many, and where they begin in sorted. */
static size_t find_values(const struct posting *posting, const char *name,
                          const struct posted_field ***first)
{
    const struct posted_field **found =
        posting->count
            ? bsearch(name, posting->sorted, posting->count, sizeof *posting->sorted, compare_name)
            : NULL;
    if (!found)
        return 0;
    const struct posted_field **end = posting->sorted + posting->count;
    while (found > posting->sorted && strcmp(found[-1]->name, name) == 0)
        found--;
    size_t count = 0;
    while (found + count < end && strcmp(found[count]->name, name) == 0)
        count++;
    *first = found;
    return count;
}

static void take(struct posting *posting, const struct posted_field *field)
{
    posting->taken[field - posting->fields] = true;
}

/* The one value of a name in *out, NULL when it was not sent; false when there are several. */
static bool find_value(struct posting *posting, const char *name, const char **out)
{
    const struct posted_field **first;
    size_t count = find_values(posting, name, &first);
    *out = NULL;
    if (count > 1)
        return error_set(posting->err, ERROR_INVALID, "the field %.64s was sent %zu times", name,
                         count);
    if (count == 1) {
        take(posting, *first);
        *out = (*first)->value;
    }
    return true;
}

/* ---- Taking answers ---- */

static bool set(struct posting *posting, struct place *place, const char *value)
{
    return answers_set(posting->answers, place, value, posting->err);
}

static bool is_offered(struct posting *posting, const struct form_control *control,
                       const struct place *place, const char *value)
{
    bool all; /* what cannot be known is not thrown away: validation tells of it */
    return !answers_offered(posting->answers, posting->arena, control, place, value, &all) || all;
}

static bool take_select(struct posting *posting, const struct form_control *control,
                        struct place *place, const char *name)
{
    const struct posted_field **first;
    size_t count = find_values(posting, name, &first);
    struct buf words;
    buf_init(&words, posting->arena);
    for (size_t i = 0; i < count; i++) {
        if (*first[i]->value && !is_offered(posting, control, place, first[i]->value))
            continue; /* not one of ours: left untaken, and counted */
        take(posting, first[i]);
        if (*first[i]->value)
            buf_printf(&words, "%s%s", words.size ? " " : "", first[i]->value);
    }
    return set(posting, place, buf_text(&words));
}

static bool take_select1(struct posting *posting, const struct form_control *control,
                         struct place *place, const char *name)
{
    const char *value;
    if (!find_value(posting, name, &value))
        return false;
    if (!value)
        return true;
    if (*value && !is_offered(posting, control, place, value)) {
        const struct posted_field **first;
        if (find_values(posting, name, &first))
            posting->taken[*first - posting->fields] = false;
        return true;
    }
    return set(posting, place, value);
}

/* A box that is not ticked is not sent. An unticked box that must be ticked is no answer. */
static bool take_box(struct posting *posting, const struct form_control *control,
                     struct place *place, const char *name)
{
    const char *value;
    if (!find_value(posting, name, &value))
        return false;
    bool ticked = value && *value && strcmp(value, "false") != 0;
    if (control->kind == FORM_TRIGGER)
        return set(posting, place, ticked ? "OK" : "");
    bool required = place_is_required(posting->answers, place);
    return set(posting, place, ticked ? "true" : required ? "" : "false");
}

static bool take_date(struct posting *posting, struct place *place, const char *name)
{
    const char *day, *month, *year;
    if (!find_value(posting, arena_printf(posting->arena, "%s" POSTED_DAY, name), &day) ||
        !find_value(posting, arena_printf(posting->arena, "%s" POSTED_MONTH, name), &month) ||
        !find_value(posting, arena_printf(posting->arena, "%s" POSTED_YEAR, name), &year))
        return false;
    if (!day && !month && !year)
        return true;
    day = text_trim(posting->arena, day ? day : "");
    month = text_trim(posting->arena, month ? month : "");
    year = text_trim(posting->arena, year ? year : "");
    const char *shown_day, *shown_month, *shown_year;
    posted_date(posting->arena, place, &shown_day, &shown_month, &shown_year);
    if (text_equal(day, shown_day) && text_equal(month, shown_month) &&
        text_equal(year, shown_year))
        return true; /* what is stored may say more than the fields do: a time zone */
    const char *stored;
    struct types_problem problem;
    if (types_parse_date(posting->arena, day, month, year, posting->answers->language, &stored,
                         &problem))
        return set(posting, place, stored);
    return set(posting, place, arena_printf(posting->arena, "%s.%s.%s", day, month, year));
}

/* Typed text: as its type stores it, or as typed when it is not of the type. */
static bool take_text(struct posting *posting, struct place *place, const char *name)
{
    const char *typed, *stored;
    if (!find_value(posting, name, &typed))
        return false;
    const char *language = posting->answers->language;
    if (!typed || text_equal(typed, posted_text(posting->arena, place, language)))
        return true; /* what is stored may say more than the field does: seconds, a time zone */
    struct types_problem problem;
    bool good = types_parse(posting->arena, place->field->type, typed, language, &stored, &problem);
    return set(posting, place, good ? stored : text_trim(posting->arena, typed));
}

static bool take_place(struct posting *posting, const struct form_control *control,
                       struct place *place)
{
    const char *name = place_id(posting->arena, place);
    switch (control->kind) {
    case FORM_SELECT:
        return take_select(posting, control, place, name);
    case FORM_SELECT1:
        return take_select1(posting, control, place, name);
    case FORM_TRIGGER:
        return take_box(posting, control, place, name);
    case FORM_INPUT:
        if (place->field->type == TYPE_BOOLEAN)
            return take_box(posting, control, place, name);
        if (!posted_is_date(control))
            return take_text(posting, place, name);
        const char *whole; /* a script, or an older page, may send it in one */
        if (!find_value(posting, name, &whole))
            return false;
        return whole ? take_text(posting, place, name) : take_date(posting, place, name);
    case FORM_SECRET:
    case FORM_TEXTAREA:
    case FORM_RANGE:
        return take_text(posting, place, name);
    default:
        return true; /* groups, outputs, and uploads, which come another way */
    }
}

/* ---- The places of a page ---- */

/* What can be written on a page now, each with its control, in reading order. */
struct page_places {
    struct answers *answers;
    struct arena *arena;
    struct posted_place *items;
    size_t count, capacity;
    bool with_readonly;
};

static void add_writable(struct page_places *places, const struct form_control *control,
                         struct place *place)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity ? places->capacity * 2 : 32;
        struct posted_place *items = ARENA_ARRAY(places->arena, capacity, struct posted_place);
        if (places->count)
            memcpy(items, places->items, places->count * sizeof *items);
        places->items = items;
        places->capacity = capacity;
    }
    places->items[places->count++] = (struct posted_place){control, place};
}

static void collect(struct page_places *places, const struct form_control *control,
                    struct place *from)
{
    if (!answers_is_open(places->answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **rows;
        size_t count = answers_rows(places->answers, places->arena, control, from, &rows);
        for (size_t i = 0; i < count; i++) {
            if (!rows[i]->relevant)
                continue;
            if (places->with_readonly)
                add_writable(places, control, rows[i]);
            for (const struct form_control *child = control->first_child; child;
                 child = child->next)
                collect(places, child, rows[i]);
        }
        return;
    }
    struct place *place = answers_shown(places->answers, control, from);
    bool shows_place =
        control->field && control->kind != FORM_GROUP && control->kind != FORM_BUTTON;
    if (shows_place && (places->with_readonly || !place_is_readonly(places->answers, place)))
        add_writable(places, control, place);
    for (const struct form_control *child = control->first_child; child; child = child->next)
        collect(places, child, place);
}

static bool check_fields(const struct posted_field *fields, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(fields[i].name) > MAX_NAME_BYTES ||
            strlen(fields[i].value) > ANSWERS_MAX_VALUE_BYTES)
            return error_set(err, ERROR_LIMIT, "a field is longer than %d bytes",
                             ANSWERS_MAX_VALUE_BYTES);
        if (!text_is_utf8(BYTES_OF(fields[i].value)) || !text_is_utf8(BYTES_OF(fields[i].name)))
            return error_set(err, ERROR_INVALID, "a field is not UTF-8");
    }
    return true;
}

/* Before anything is written: a name for one value that comes twice. */
static bool check_repeated(struct posting *posting, const struct page_places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct form_control *control = places->items[i].control;
        const char *name = place_id(posting->arena, places->items[i].place), *value;
        if (control->kind == FORM_SELECT)
            continue;
        if (!find_value(posting, name, &value))
            return false;
        if (posted_is_date(control) &&
            (!find_value(posting, arena_printf(posting->arena, "%s" POSTED_DAY, name), &value) ||
             !find_value(posting, arena_printf(posting->arena, "%s" POSTED_MONTH, name), &value) ||
             !find_value(posting, arena_printf(posting->arena, "%s" POSTED_YEAR, name), &value)))
            return false;
    }
    memset(posting->taken, 0, posting->count * sizeof *posting->taken);
    return true;
}

bool posted_apply(struct answers *answers, const struct form_page *page,
                  const struct posted_field *fields, size_t count, size_t *ignored,
                  struct error *err)
{
    if (!check_fields(fields, count, err))
        return false;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct posting posting = {.answers = answers,
                              .arena = arena,
                              .fields = fields,
                              .count = count,
                              .sorted = ARENA_ARRAY(arena, count, const struct posted_field *),
                              .taken = ARENA_ARRAY(arena, count, bool),
                              .err = err};
    for (size_t i = 0; i < count; i++)
        posting.sorted[i] = &fields[i];
    qsort(posting.sorted, count, sizeof *posting.sorted, compare_fields);
    struct page_places places = {.answers = answers, .arena = arena};
    collect(&places, page->control, NULL);
    if (!check_repeated(&posting, &places))
        return false;

    answers_begin(answers);
    bool good = true;
    for (size_t i = 0; good && i < places.count; i++)
        good = take_place(&posting, places.items[i].control, places.items[i].place);
    answers_end(answers);
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += !posting.taken[i] && fields[i].name[0] != '_';
    if (good && ignored)
        *ignored = left;
    return good;
}

size_t posted_places(struct answers *answers, struct arena *arena, const struct form_page *page,
                     struct posted_place **out)
{
    struct page_places places = {.answers = answers, .arena = arena};
    collect(&places, page->control, NULL);
    *out = places.items;
    return places.count;
}

/* ---- Buttons ---- */

struct place *posted_find(struct answers *answers, const struct form_page *page, const char *id,
                          const struct form_control **control)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page_places places = {.answers = answers, .arena = arena, .with_readonly = true};
    collect(&places, page->control, NULL);
    for (size_t i = 0; i < places.count; i++)
        if (strcmp(place_id(arena, places.items[i].place), id) == 0) {
            if (control)
                *control = places.items[i].control;
            return places.items[i].place;
        }
    return NULL;
}

char *posted_repeat_id(struct arena *arena, const struct form_control *repeat,
                       const struct place *from)
{
    const struct place *parent = from;
    while (parent && parent->field->depth > repeat->field->parent->depth)
        parent = parent->parent;
    char *around = parent && parent->parent ? place_id(arena, parent) : "";
    struct buf id;
    buf_init(&id, arena);
    buf_add_text(&id, around);

    /* groups between the row `from` lies in and the repeat */
    const struct form_field *steps[64];
    size_t count = 0;
    int depth = parent ? parent->field->depth : 0;
    for (const struct form_field *at = repeat->field; at->depth > depth && count < COUNT(steps);
         at = at->parent)
        steps[count++] = at;
    while (count--)
        buf_printf(&id, "%s%s", id.size ? "-" : "", steps[count]->word);
    return buf_text(&id);
}

static bool find_repeat(struct page_places *places, const struct form_control *control,
                        struct place *from, const char *id, const struct form_control **repeat,
                        struct place **around)
{
    if (!answers_is_open(places->answers, control, from))
        return false;
    if (control->kind != FORM_REPEAT) {
        struct place *place = answers_shown(places->answers, control, from);
        for (const struct form_control *child = control->first_child; child; child = child->next)
            if (find_repeat(places, child, place, id, repeat, around))
                return true;
        return false;
    }
    if (strcmp(posted_repeat_id(places->arena, control, from), id) == 0) {
        *repeat = control;
        *around = from;
        return true;
    }
    struct place **rows;
    size_t count = answers_rows(places->answers, places->arena, control, from, &rows);
    for (size_t i = 0; i < count; i++)
        for (const struct form_control *child = control->first_child; child; child = child->next)
            if (find_repeat(places, child, rows[i], id, repeat, around))
                return true;
    return false;
}

bool posted_find_repeat(struct answers *answers, const struct form_page *page, const char *id,
                        const struct form_control **repeat, struct place **from)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page_places places = {.answers = answers, .arena = arena};
    return find_repeat(&places, page->control, NULL, id, repeat, from);
}

char *posted_button_id(struct arena *arena, const struct form_control *button,
                       const struct place *from)
{
    while (from && !from->row_id)
        from = from->parent;
    return arena_printf(arena, "%s%s%d", from ? place_id(arena, from) : "", from ? "-" : "",
                        button->number);
}

static bool find_button(struct page_places *places, const struct form_control *control,
                        struct place *from, const char *id, const struct form_control **button,
                        struct place **at)
{
    if (!answers_is_open(places->answers, control, from))
        return false;
    if (control->kind == FORM_BUTTON &&
        strcmp(posted_button_id(places->arena, control, from), id) == 0) {
        *button = control;
        *at = answers_shown(places->answers, control, from);
        return true;
    }
    struct place *place = answers_shown(places->answers, control, from);
    struct place **rows = &place;
    size_t count = control->kind == FORM_REPEAT
                       ? answers_rows(places->answers, places->arena, control, from, &rows)
                       : 1;
    for (size_t i = 0; i < count; i++)
        for (const struct form_control *child = control->first_child; child; child = child->next)
            if (rows[i]->relevant && find_button(places, child, rows[i], id, button, at))
                return true;
    return false;
}

bool posted_find_button(struct answers *answers, const struct form_page *page, const char *id,
                        const struct form_control **button, struct place **from)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page_places places = {.answers = answers, .arena = arena};
    return find_button(&places, page->control, NULL, id, button, from);
}
