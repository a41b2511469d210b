#include "engine/pages/progress.h"

#include "engine/base/text.h"
#include "engine/pages/say.h"
#include "forms/validate.h"

/* The furthest page reached, by its place in the form; the review comes after all. */
static size_t furthest(const struct open_draft *draft)
{
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    if (text_equal(draft->row.page, PROGRESS_REVIEW))
        return count;
    const struct form_page *page = form_page_find(draft->package->form, draft->row.page);
    return page ? (size_t)(page - pages) : 0;
}

char *progress_address(struct arena *arena, const struct open_draft *draft,
                       const struct form_page *page)
{
    if (!page)
        return arena_printf(arena, "/utkast/%s/" PROGRESS_REVIEW, draft->row.id);
    return arena_printf(arena, "/utkast/%s/side/%s", draft->row.id, page->word);
}

static enum step_state state_of(struct arena *arena, struct open_draft *draft,
                                const struct form_page *page, const char *language)
{
    struct finding_list findings;
    finding_list_init(&findings, arena);
    validate_page(draft->answers, page, language, &findings);
    return findings.errors ? STEP_WITH_ERRORS : STEP_DONE;
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
        links[progress.count++] = (struct step_link){
            .title = answers_show(draft->answers, arena, pages[i].title, NULL, language).text,
            .address = progress_address(arena, draft, &pages[i]),
            .state = i < reached ? state_of(arena, draft, &pages[i], language)
                                 : STEP_NOT_STARTED,
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
    size_t count;
    const struct form_page *pages = form_pages(draft->package->form, &count);
    size_t place = page ? (size_t)(page - pages) : count;
    if (*draft->row.page && place <= furthest(draft))
        return false;
    draft->row.page = page ? page->word : PROGRESS_REVIEW;
    return true;
}

char *progress_resume(struct arena *arena, struct open_draft *draft)
{
    size_t count, reached = furthest(draft);
    const struct form_page *pages = form_pages(draft->package->form, &count);
    if (reached >= count)
        return progress_address(arena, draft, NULL);
    const struct form_page *page = &pages[reached];
    if (!answers_page_is_shown(draft->answers, page))
        page = progress_next(draft, page);
    return progress_address(arena, draft, page);
}
