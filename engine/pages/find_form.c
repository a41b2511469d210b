/* find_form.c - the list of forms, and finding one in it: the front page for everybody, and the
 * same on Min side with the drafts that were begun. */
#include "render/find_form.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "storage/drafts.h"

#include <stdlib.h>
#include <string.h>

enum {
    WANTED_MAX = 100, /* characters that are looked for */
    WORDS_MAX = 12,
    SHOWN = 40, /* of the list at once: a page stays below 60 kB (security.md, pages) */
};

/* ---- what is looked for ---- */

/* Words as text_plain writes them. */
struct wanted {
    const char *typed;
    const char *words[WORDS_MAX];
    size_t count;
};

static bool is_gap(unsigned char c)
{
    return c < 0x80 && !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
}

static struct wanted read_wanted(struct arena *arena, const struct request *request)
{
    const char *query = request_query(request, FIND_FORM_FIELD);
    struct wanted wanted = {.typed = ""};
    if (!query)
        return wanted;
    wanted.typed = text_cut(arena, text_collapse(arena, text_trim(arena, query)), WANTED_MAX);
    for (char *at = text_plain(arena, wanted.typed); *at && wanted.count < WORDS_MAX;) {
        while (*at && is_gap((unsigned char)*at))
            at++;
        char *start = at;
        while (*at && !is_gap((unsigned char)*at))
            at++;
        if (at > start)
            wanted.words[wanted.count++] = arena_printf(arena, "%.*s", (int)(at - start), start);
    }
    return wanted;
}

static bool has_words(const struct wanted *wanted, const char *text)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!strstr(text, wanted->words[i]))
            return false;
    return true;
}

/* ---- what a form says of itself, in all its languages ---- */

static void add_text(struct buf *buf, const struct form *form, const struct form_text *text)
{
    size_t count;
    const char *const *languages = form_languages(form, &count);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(buf, form_show(form, buf->arena, text, languages[i]).text);
        buf_add_byte(buf, '\n');
    }
}

static const char *titles_of(struct arena *arena, const struct form *form)
{
    struct buf buf;
    buf_init(&buf, arena);
    add_text(&buf, form, form_title(form));
    return text_plain(arena, buf_text(&buf));
}

static const char *words_of(struct arena *arena, const struct form *form)
{
    const struct form_about *about = form_about(form);
    struct buf buf;
    size_t count;
    buf_init(&buf, arena);
    const struct form_page *pages = form_pages(form, &count);
    add_text(&buf, form, form_title(form));
    add_text(&buf, form, about->category);
    add_text(&buf, form, about->lead);
    add_text(&buf, form, about->who.title);
    add_text(&buf, form, about->who.detail);
    for (size_t i = 0; i < about->need_count; i++)
        add_text(&buf, form, about->needs[i].title);
    for (size_t i = 0; i < count; i++)
        add_text(&buf, form, pages[i].title);
    return text_plain(arena, buf_text(&buf));
}

/* ---- the list ---- */

struct list {
    struct visitor *visitor;
    struct arena *arena;
    const struct draft *drafts; /* last saved first */
    size_t draft_count;
};

static void find_draft(const struct list *list, const struct package *package,
                       struct find_form_entry *entry)
{
    for (size_t i = 0; i < list->draft_count && !entry->draft; i++)
        if (text_equal(list->drafts[i].form_id, package->id)) {
            entry->draft = progress_return(list->arena, package, &list->drafts[i]);
            entry->draft_saved_at = list->drafts[i].saved_at;
        }
}

static struct find_form_entry entry_of(const struct list *list, const struct package *package)
{
    struct arena *arena = list->arena;
    const struct form *form = package->form;
    const struct form_about *about = form_about(form);
    const char *reading = visitor_reading(list->visitor, arena, form, NULL);
    struct find_form_entry entry = {
        .title = form_show(form, arena, form_title(form), reading),
        .summary = form_show(form, arena, about->lead, reading),
        .topic = form_show(form, arena, about->category, reading),
        .time = form_show(form, arena, about->time.title, reading),
        .deadline = form_show(form, arena, about->deadline.title, reading),
        .address = arena_printf(arena, "/skjema/%s", package->id),
    };
    find_draft(list, package, &entry);
    return entry;
}

/* Whose title has the words come first, each kind in the catalogue's order. */
static const struct package **find(const struct list *list, const struct wanted *wanted,
                                   size_t *found)
{
    size_t count, others = 0;
    const struct package *const *forms = catalogue_forms(list->visitor->app->forms, &count);
    const struct package **hits = ARENA_ARRAY(list->arena, count, const struct package *);
    const struct package **rest = ARENA_ARRAY(list->arena, count, const struct package *);
    *found = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_words(wanted, titles_of(list->arena, forms[i]->form)))
            hits[(*found)++] = forms[i];
        else if (has_words(wanted, words_of(list->arena, forms[i]->form)))
            rest[others++] = forms[i];
    }
    for (size_t i = 0; i < others; i++)
        hits[(*found)++] = rest[i];
    return hits;
}

static size_t read_from(const struct request *request, size_t total)
{
    const char *query = request_query(request, FIND_FORM_QUERY_FROM);
    unsigned long from = query ? strtoul(query, NULL, 10) : 0;
    return from < total ? from : 0;
}

static struct find_form look(const struct list *list, const struct request *request)
{
    struct wanted wanted = read_wanted(list->arena, request);
    struct find_form page = {.wanted = wanted.typed};
    size_t forms;
    catalogue_forms(list->visitor->app->forms, &forms);
    const struct package **hits = find(list, &wanted, &page.total);
    page.is_empty = forms == 0;
    page.from = read_from(request, page.total);
    page.count = page.total - page.from > SHOWN ? SHOWN : page.total - page.from;
    struct find_form_entry *entries = ARENA_ARRAY(list->arena, page.count, struct find_form_entry);
    for (size_t i = 0; i < page.count; i++)
        entries[i] = entry_of(list, hits[page.from + i]);
    page.entries = entries;
    return page;
}

/* The front page needs no database: it is there when that is not. */
void find_form_front(void *context, struct request *request, struct response *response)
{
    (void)context;
    struct visitor *visitor = request->visitor;
    struct list list = {.visitor = visitor, .arena = request->arena};
    struct find_form page = look(&list, request);
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, find_form_front_page(request->arena, &frame, &page));
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct list list = {.visitor = visitor, .arena = request->arena};
    struct draft *drafts;
    if (!drafts_list(request->arena, db, visitor->session.citizen.id, &drafts, &list.draft_count,
                     err))
        return false;
    list.drafts = drafts;
    struct find_form page = look(&list, request);
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, find_form_my_page(request->arena, &frame, &page));
    return true;
}

void find_form_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}
