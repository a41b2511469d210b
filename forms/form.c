#include "forms/form.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/form_inside.h"

#include <stdlib.h>
#include <string.h>

void form_close(struct form **form)
{
    if (!*form)
        return;
    struct form *gone = *form;
    for (int i = 0; i < gone->runs->count; i++)
        xpath_run_close(&gone->runs->spare[i]);
    pthread_mutex_destroy(&gone->runs->lock);
    xml_close(&gone->instance);
    xml_close(&gone->templates);
    for (size_t i = 0; i < gone->world.instance_count; i++) {
        xmlDoc *doc = gone->world.instances[i].doc;
        xml_close(&doc);
    }
    struct arena *arena = gone->arena;
    *form = NULL;
    arena_close(&arena);
}

const char *form_id(const struct form *form)
{
    return form->id;
}

const char *form_version(const struct form *form)
{
    return form->version;
}

const char *const *form_languages(const struct form *form, size_t *count)
{
    *count = form->language_count;
    return form->languages;
}

const char *form_language(const struct form *form, const char *wanted)
{
    return form->languages[texts_language(form->languages, form->language_count, wanted)];
}

static bool is_spoken(const struct form *form, const char *language)
{
    for (size_t i = 0; i < form->language_count; i++)
        if (texts_distance(language, form->languages[i]) < TEXTS_ANOTHER)
            return true;
    return false;
}

const char *form_site_language(const struct form *form, const char *language)
{
    const char *nearest = texts_fields.languages[0];
    int least = 3 * TEXTS_FAR;
    for (size_t i = 0; i < texts_fields.language_count; i++) {
        int distance = texts_distance(language, texts_fields.languages[i]);
        if (distance == 0)
            return texts_fields.languages[i];
        if (distance >= TEXTS_ANOTHER && !is_spoken(form, texts_fields.languages[i]))
            distance += TEXTS_FAR;
        if (distance < least) {
            least = distance;
            nearest = texts_fields.languages[i];
        }
    }
    return nearest;
}

const struct form_text *form_title(const struct form *form)
{
    return form->title;
}

const struct form_about *form_about(const struct form *form)
{
    return &form->about;
}

const struct form_letter *form_letter(const struct form *form)
{
    return &form->letter;
}

const struct form_page *form_pages(const struct form *form, size_t *count)
{
    *count = form->page_count;
    return form->pages;
}

const struct form_page *form_page_find(const struct form *form, const char *word)
{
    for (size_t i = 0; i < form->page_count; i++)
        if (strcmp(form->pages[i].word, word) == 0)
            return &form->pages[i];
    return NULL;
}

const struct form_field *const *form_fields(const struct form *form, size_t *count)
{
    *count = form->field_count;
    return (const struct form_field *const *)form->fields;
}

const struct form_field *form_field_find(const struct form *form, const char *path)
{
    const struct form_field *field = NULL;
    char name[256];
    while (*path == '/') {
        size_t size = strcspn(++path, "/");
        if (size == 0 || size >= sizeof name)
            return NULL;
        memcpy(name, path, size);
        name[size] = 0;
        field = form_child(form, field, name);
        if (!field)
            return NULL;
        path += size;
    }
    return *path ? NULL : field;
}

static const struct form_field *field_from(const struct form *form, const char *path,
                                           const struct form_field *from)
{
    char step[256];
    if (text_starts_with(path, "current()/"))
        path += strlen("current()/");
    while (from && *path) {
        size_t size = strcspn(path, "/ ");
        if (size == 0 || size >= sizeof step)
            return *path == ' ' ? from : NULL;
        memcpy(step, path, size);
        step[size] = 0;
        if (strcmp(step, "..") == 0)
            from = from->parent;
        else if (strcmp(step, ".") != 0)
            from = form_child(form, from, xpath_tree_local(step));
        path += size;
        path += *path == '/';
    }
    return from;
}

const struct form_control *form_select_at(const struct form *form, const char *path,
                                          const struct form_field *from)
{
    path += strspn(path, " \t\r\n");
    if (*path == '/') { /* the root's own name first */
        const struct form_field *root = form->fields[0];
        size_t size = strcspn(path + 1, "/ ");
        from = strlen(root->name) == size && strncmp(path + 1, root->name, size) == 0 ? root : NULL;
        path += 1 + size;
        path += *path == '/';
    }
    const struct form_field *field = field_from(form, path, from);
    for (size_t i = 0; field && i < form->control_count; i++)
        if (form->controls[i]->field == field && form->controls[i]->items)
            return form->controls[i];
    return NULL;
}

const struct form_control *const *form_controls(const struct form *form, size_t *count)
{
    *count = form->control_count;
    return form->controls;
}

const struct form_control *form_control_after(const struct form_control *control,
                                              const struct form_control *top)
{
    if (control->first_child)
        return control->first_child;
    for (; control && control != top; control = control->parent)
        if (control->next)
            return control->next;
    return NULL;
}

/* ---- Fields by name ---- */

static size_t name_hash(const struct form_field *parent, const char *name)
{
    size_t hash = parent ? (size_t)parent->number * 2654435761u + 1 : 0; /* FNV-1a over the name */
    hash ^= 1469598103934665603u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

struct form_field *form_child(const struct form *form, const struct form_field *parent,
                              const char *name)
{
    for (size_t at = name_hash(parent, name);; at++) {
        struct form_field *found = form->children[at & (form->children_size - 1)];
        if (!found)
            return NULL;
        if (found->parent == parent && strcmp(found->name, name) == 0)
            return found;
    }
}

/* By its names, when no element on the way is in a namespace. */
static int find_number(const void *context, const struct xpath_step *steps)
{
    const struct form *form = context;
    const struct form_field *field = NULL;
    for (; steps; steps = steps->next) {
        field = form_child(form, field, steps->test);
        if (!field || form->links[field->number].uri)
            return -1;
    }
    return field->number;
}

void form_index_children(struct form *form)
{
    form->world.place = find_number;
    form->world.form = form;
    form->children_size = 8;
    while (form->children_size < form->field_count * 2)
        form->children_size *= 2;
    form->children = ARENA_ARRAY(form->arena, form->children_size, struct form_field *);
    for (size_t i = 0; i < form->field_count; i++) {
        struct form_field *field = form->fields[i];
        if (form_child(form, field->parent, field->name))
            continue; /* the same name in another namespace: paths find the first */
        size_t at = name_hash(field->parent, field->name);
        while (form->children[at & (form->children_size - 1)])
            at++;
        form->children[at & (form->children_size - 1)] = field;
    }
}

/* ---- Texts ---- */

static int compare_entry(const void *id, const void *entry)
{
    return strcmp(id, ((const struct text_entry *)entry)->id);
}

const struct text_entry *form_text_entry(const struct form *form, const char *id)
{
    return form->entry_count
               ? bsearch(id, form->entries, form->entry_count, sizeof *form->entries, compare_entry)
               : NULL;
}

const struct text_body *text_body_of(const struct form *form, const struct text_entry *entry,
                                     const char *language, const char **found)
{
    size_t nearest = 0;
    int least = TEXTS_FAR + 1;
    for (size_t i = 0; i < form->language_count && least > 0; i++) {
        int distance = texts_distance(language, form->languages[i]);
        if (distance < least && entry->bodies[i].parts) {
            least = distance;
            nearest = i;
        }
    }
    *found = form->languages[nearest];
    return &entry->bodies[nearest];
}

bool form_text_has_words(const struct form_text *text)
{
    for (size_t i = 0; i < text->body.count; i++) {
        const char *at = text->body.parts[i].text;
        while (at && *at) {
            uint32_t c = text_next(&at);
            if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c > 0xbf)
                return true;
        }
    }
    return false;
}

struct form_shown form_show(const struct form *form, struct arena *arena,
                            const struct form_text *text, const char *language)
{
    struct form_shown shown = {"", form->languages[0]};
    if (!text || (text->kind != TEXT_INLINE && text->kind != TEXT_ENTRY))
        return shown;
    const struct text_body *body = text->kind == TEXT_INLINE
                                       ? &text->body
                                       : text_body_of(form, text->entry, language, &shown.language);
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < body->count; i++)
        if (body->parts[i].text)
            buf_add_text(&out, body->parts[i].text);
    shown.text = buf_text(&out);
    return shown;
}

/* ---- Durations ---- */

static bool read_count(const char **at, int *out)
{
    int value = 0, digits = 0;
    for (; **at >= '0' && **at <= '9' && digits < 6; digits++)
        value = value * 10 + (*(*at)++ - '0');
    *out = value;
    return digits > 0;
}

bool form_duration_parse(const char *text, struct form_duration *out)
{
    static const struct {
        char letter;
        bool time;
        int months, days, seconds;
    } units[] = {{'Y', false, 12, 0, 0}, {'M', false, 1, 0, 0},   {'W', false, 0, 7, 0},
                 {'D', false, 0, 1, 0},  {'H', true, 0, 0, 3600}, {'M', true, 0, 0, 60},
                 {'S', true, 0, 0, 1}};
    struct form_duration duration = {0};
    bool time = false, any = false;
    size_t unit = 0;
    if (*text++ != 'P')
        return false;
    while (*text) {
        if (*text == 'T' && !time) {
            time = true;
            any = false; /* something must follow the T */
            text++;
            continue;
        }
        int count;
        if (!read_count(&text, &count))
            return false;
        while (unit < COUNT(units) && (units[unit].letter != *text || units[unit].time != time))
            unit++;
        if (unit == COUNT(units))
            return false; /* unknown, or not in order */
        duration.months += count * units[unit].months;
        duration.days += count * units[unit].days;
        duration.seconds += (int64_t)count * units[unit].seconds;
        unit++;
        any = true;
        text++;
    }
    if (!any)
        return false;
    *out = duration;
    return true;
}

int64_t form_duration_add(int64_t days, struct form_duration duration, int sign)
{
    int year, month, day;
    clock_date(days, &year, &month, &day);
    int months = year * 12 + (month - 1) + sign * duration.months;
    year = months / 12;
    month = months % 12 + 1;
    if (month < 1) {
        month += 12;
        year--;
    }
    int last = clock_days_in_month(year, month);
    return clock_days(year, month, day < last ? day : last) + (int64_t)sign * duration.days;
}

/* ---- Compiled expressions lent out ---- */

struct xpath_run *form_borrow_run(const struct form *form)
{
    struct form_runs *runs = form->runs;
    struct xpath_run *run = NULL;
    pthread_mutex_lock(&runs->lock);
    if (runs->count)
        run = runs->spare[--runs->count];
    pthread_mutex_unlock(&runs->lock);
    return run ? run : xpath_run_open(&form->world);
}

void form_return_run(const struct form *form, struct xpath_run **run)
{
    struct form_runs *runs = form->runs;
    pthread_mutex_lock(&runs->lock);
    if (runs->count < FORM_SPARE_RUNS) {
        runs->spare[runs->count++] = *run;
        *run = NULL;
    }
    pthread_mutex_unlock(&runs->lock);
    xpath_run_close(run);
}
