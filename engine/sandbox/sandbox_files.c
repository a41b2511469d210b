#include "engine/sandbox/sandbox_files.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_frame.h"
#include "engine/sandbox/sandbox_pages.h"
#include "engine/sandbox/sandbox_world.h"
#include "render/static.h"

#include <stdlib.h>

/* PDF and pictures are shown by the browser itself, so without the site's policy, which would stop
 * its viewer; anything else is only given to keep. */
void sandbox_files_answer(struct response *response, const char *type, struct bytes content)
{
    bool is_shown = text_equal(type, "application/pdf") || text_starts_with(type, "image/");
    response_plain(response);
    response->status = 200;
    response->body = content;
    response_header(response, "Content-Type", type);
    response_header(response, "X-Content-Type-Options", "nosniff");
    response_header(response, "Content-Disposition", is_shown ? "inline" : "attachment");
    response_header(response, "Cache-Control", "no-store");
}

static void answer_bytes(struct sandbox_world *world, const struct sandbox_document *document,
                         struct request *request, struct response *response)
{
    struct error err;
    struct bytes content;
    if (!sandbox_ledger_content(world->ledger, request->arena, document->sha256, &content, &err)) {
        sandbox_pages_trouble(world, 500, request, response);
        return;
    }
    sandbox_files_answer(response, sandbox_world_media_type(document->file_type), content);
}

void sandbox_files_document(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const struct sandbox_person *person = sandbox_people_find(request_parameter(request, "person"));
    int64_t number = strtoll(request_parameter(request, "number"), NULL, 10);
    struct sandbox_document *document = sandbox_mail_find_number(world->mail, number);
    struct error err;
    if (!person || !document || document->message->person != person ||
        !sandbox_mail_is_delivered(world->mail, document->message))
        sandbox_pages_trouble(context, 404, request, response);
    else if (!sandbox_mail_opened(world->mail, document, &err))
        sandbox_pages_trouble(context, 500, request, response);
    else
        answer_bytes(world, document, request, response);
}

void sandbox_files_data(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    int64_t number = sandbox_world_use_token(world, request_parameter(request, "token"));
    const struct sandbox_document *document =
        number ? sandbox_mail_find_number(world->mail, number) : NULL;
    if (document)
        answer_bytes(world, document, request, response);
    else
        sandbox_pages_trouble(context, 404, request, response);
}

void sandbox_files_style(void *context, struct request *request, struct response *response)
{
    (void)context, (void)request;
    response_bytes(response, 200, "text/css; charset=utf-8", sandbox_frame_style());
}

void sandbox_files_static(void *context, struct request *request, struct response *response)
{
    const struct static_file *file = static_find(request->path);
    if (file)
        response_static(response, file->media_type, file->content);
    else
        sandbox_pages_trouble(context, 404, request, response);
}
