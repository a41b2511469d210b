/* about.c - the pages about the site itself: accessibility and privacy. */
#include "render/about.h"
#include "engine/look_now.h"
#include "engine/pages/pages.h"
#include "engine/visitor.h"

/* The agency's paragraphs stand on a page that looks as it did when they were read. */
static struct about_page page_of(const struct visitor *visitor, struct arena *arena,
                                 enum look_about about, struct frame *frame)
{
    const struct config *config = visitor->app->config;
    struct about_page page = {.draft_days = config->draft_days,
                              .idle_minutes = config->session_idle_s / 60};
    *frame = visitor_frame(visitor);
    page.own = look_now_text(visitor->app->look, arena, about, visitor->language, &page.language,
                             &frame->agency);
    return page;
}

void about_accessibility(void *context, struct request *request, struct response *response)
{
    (void)context;
    struct frame frame;
    struct about_page page = page_of(request->visitor, request->arena, LOOK_ACCESSIBILITY, &frame);
    response_html(response, 200, about_accessibility_page(request->arena, &frame, &page));
}

void about_privacy(void *context, struct request *request, struct response *response)
{
    (void)context;
    struct frame frame;
    struct about_page page = page_of(request->visitor, request->arena, LOOK_PRIVACY, &frame);
    response_html(response, 200, about_privacy_page(request->arena, &frame, &page));
}
