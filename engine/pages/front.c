/* front.c - a form's start page, beginning a draft, static files. */
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/keeping.h"
#include "engine/look_now.h"
#include "engine/pages/begin.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "render/site.h"
#include "render/static.h"

#include <string.h>

static bool start(struct visitor *visitor, struct db *db, struct request *request,
                  struct response *response, struct error *err)
{
    const char *id = request_parameter(request, "form");
    const struct package *package = catalogue_find(visitor->app->forms, id);
    if (!package)
        return error_set(err, ERROR_MISSING, "no form has that id");
    struct frame frame =
        visitor_form_frame(visitor, request->arena, package->form,
                           visitor_reading(visitor, request->arena, package->form, NULL));
    char *action = arena_printf(request->arena, "/skjema/%s/start", package->id);
    struct site_start page = {
        .form = package->form,
        .draft_days = (int)keeping_draft_days(package->form, visitor->app->config->draft_days),
        .action = action,
        .login = action, /* asked for with GET it leads to the login, and that back to it */
    };
    if (visitor->is_known && !begin_find_draft(visitor, db, request, package->id, &page.draft,
                                               &page.draft_saved_at, err))
        return false;
    response_html(response, 200, site_start_page(request->arena, &frame, &page));
    return true;
}

void front_start(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(start, request, response);
}

static bool begin(struct visitor *visitor, struct db *db, struct request *request,
                  struct response *response, struct error *err)
{
    const char *address;
    if (!begin_draft(visitor, db, request, request_parameter(request, "form"), &address, err))
        return false;
    response_redirect(response, address);
    return true;
}

void front_begin(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(begin, request, response);
}

/* Somebody who was logged in already: GET changes nothing, so the start page has the button. */
void front_after_login(void *context, struct request *request, struct response *response)
{
    (void)context;
    response_redirect(
        response, arena_printf(request->arena, "/skjema/%s",
                               codec_percent(request->arena, request_parameter(request, "form"))));
}

static bool takes_gzip(const struct request *request)
{
    const char *accepted = request_header(request, "Accept-Encoding");
    return accepted && strstr(accepted, "gzip") && !strstr(accepted, "gzip;q=0");
}

void front_static(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    const struct static_file *file = static_find(request->path);
    if (!file)
        file = look_now_file(app->look, request->arena, request->path);
    if (!file) {
        failure_refuse(context, 404, request, response);
        return;
    }
    bool packed = file->gzip.size && takes_gzip(request);
    response_static(response, file->media_type, packed ? file->gzip : file->content);
    if (text_equal(file->media_type, "image/svg+xml")) /* opened by itself it is a document */
        response_header(response, "Content-Security-Policy",
                        "default-src 'none'; frame-ancestors 'none'; sandbox");
    if (file->gzip.size)
        response_header(response, "Vary", "Accept-Encoding");
    if (packed)
        response_header(response, "Content-Encoding", "gzip");
}
