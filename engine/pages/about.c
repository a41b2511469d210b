/* about.c - the pages about the site itself: accessibility and privacy. */
#include "render/about.h"
#include "engine/look.h"
#include "engine/pages/pages.h"
#include "engine/visitor.h"

static struct about_page page_of(const struct visitor *visitor, enum look_about about)
{
    const struct config *config = visitor->app->config;
    struct about_page page = {.draft_days = config->draft_days,
                              .idle_minutes = config->session_idle_s / 60};
    page.own = look_text(visitor->app->look, about, visitor->language, &page.language);
    return page;
}

void about_accessibility(void *context, struct request *request, struct response *response)
{
    (void)context;
    const struct visitor *visitor = request->visitor;
    struct frame frame = visitor_frame(visitor);
    struct about_page page = page_of(visitor, LOOK_ACCESSIBILITY);
    response_html(response, 200, about_accessibility_page(request->arena, &frame, &page));
}

void about_privacy(void *context, struct request *request, struct response *response)
{
    (void)context;
    const struct visitor *visitor = request->visitor;
    struct frame frame = visitor_frame(visitor);
    struct about_page page = page_of(visitor, LOOK_PRIVACY);
    response_html(response, 200, about_privacy_page(request->arena, &frame, &page));
}
