#include "engine/pages/progress.h"

#include "engine/base/text.h"
#include "engine/pages/say.h"
#include "forms/validate.h"

/* The furthest page ever reached, by its place in the form; the review comes after all. */
static size_t marked(const struct open_draft *draft)
{
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    if (text_equal(draft->row.page, PROGRESS_REVIEW))
        return count;
    const struct form_page *page = form_page_find(draft->package->form, draft->row.page);
    return page ? (size_t)(page - pages) : 0;
}

/* The furthest that can be gone to now: the mark, or when an answer has hidden that page since, the
 * one before it; the first that is shown when there is none. */
static size_t furthest(struct open_draft *draft)
{
    size_t count, mark = marked(draft);
    const struct form_page *pages = form_pages(draft->package->form, &count);
    if (mark >= count)
        return count;
    const struct form_page *page = &pages[mark];
    if (!answers_page_is_shown(draft->answers, page))
        page = progress_previous(draft, page);
    if (!page)
        page = progress_next(draft, &pages[mark]);
    return page ? (size_t)(page - pages) : count;
}

static size_t place_of(const struct open_draft *draft, const struct form_page *page)
{
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    return page ? (size_t)(page - pages) : count;
}

bool progress_may_show(struct open_draft *draft, const struct form_page *page)
{
    return (!page || answers_page_is_shown(draft->answers, page)) &&
           place_of(draft, page) <= furthest(draft);
}

char *progress_address(struct arena *arena, const struct open_draft *draft,
                       const struct form_page *page)
{
    if (!page)
        return arena_printf(arena, "/utkast/%s/" PROGRESS_REVIEW, draft->row.id);
    return arena_printf(arena, "/utkast/%s/side/%s", draft->row.id, page->word);
}

static enum step_state state_of(struct open_draft *draft, const struct form_page *page)
{
    return validate_page_is_done(draft->answers, page) ? STEP_DONE : STEP_WITH_ERRORS;
}

struct step_progress progress_of(struct arena *arena, struct open_draft *draft,
                                 const struct form_page *current, const char *language)
{
    size_t count, reached = furthest(draft);
    const struct form_page *pages = form_pages(draft->package->form, &count);
    struct step_link *links = ARENA_ARRAY(arena, count + 1, struct step_link);
    struct step_progress progress = {.links = links};
    for (size_t i = 0; i < count; i++) {
        if (!answers_page_is_shown(draft->answers, &pages[i]))
            continue;
        if (&pages[i] == current)
            progress.current = progress.count;
        struct form_shown title =
            answers_show(draft->answers, arena, pages[i].title, NULL, language);
        links[progress.count++] = (struct step_link){
            .title = title.text,
            .language = title.language,
            .address = progress_address(arena, draft, &pages[i]),
            .state = i < reached ? state_of(draft, &pages[i]) : STEP_NOT_STARTED,
            .reachable = i <= reached,
        };
    }
    if (!current)
        progress.current = progress.count;
    links[progress.count++] = (struct step_link){
        .title = say(language, "step.review"),
        .address = progress_address(arena, draft, NULL),
        .state = STEP_NOT_STARTED,
        .reachable = reached >= count,
    };
    return progress;
}

const struct form_page *progress_next(struct open_draft *draft, const struct form_page *page)
{
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    for (const struct form_page *next = page + 1; next < pages + count; next++)
        if (answers_page_is_shown(draft->answers, next))
            return next;
    return NULL;
}

const struct form_page *progress_previous(struct open_draft *draft, const struct form_page *page)
{
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    for (const struct form_page *before = page ? page : pages + count; before-- > pages;)
        if (answers_page_is_shown(draft->answers, before))
            return before;
    return NULL;
}

const struct form_page *progress_after(struct open_draft *draft, const struct form_page *page)
{
    return text_equal(draft->row.page, PROGRESS_REVIEW) ? NULL : progress_next(draft, page);
}

bool progress_reach(struct open_draft *draft, const struct form_page *page)
{
    if (*draft->row.page && place_of(draft, page) <= marked(draft))
        return false;
    draft->row.page = page ? page->word : PROGRESS_REVIEW;
    return true;
}

char *progress_resume(struct arena *arena, struct open_draft *draft)
{
    size_t count, reached = furthest(draft);
    const struct form_page *pages = form_pages(draft->package->form, &count);
    return progress_address(arena, draft, reached < count ? &pages[reached] : NULL);
}

char *progress_return(struct arena *arena, const struct package *package, const struct draft *row)
{
    if (!text_equal(row->form_version, package->digest)) /* its pages are another version's */
        return arena_printf(arena, "/utkast/%s", row->id);
    struct open_draft unopened = {.row = *row, .package = package};
    size_t count, mark = marked(&unopened);
    const struct form_page *pages = form_pages(package->form, &count);
    return progress_address(arena, &unopened, mark < count ? &pages[mark] : NULL);
}
