#include "engine/download.h"

#include "engine/base/text.h"
#include "engine/intake.h"
#include "storage/attachment_bytes.h"

#include <stdlib.h>

struct download {
    struct db_pool *pool;
    struct attachment_bytes *bytes;
};

static void close_download(void *context)
{
    struct download *download = context;
    attachment_bytes_close(&download->bytes);
    free(download);
}

/* On a thread of the server's: no connection is held while the other side is slow. */
static bool read_stretch(void *context, int64_t at, unsigned char *to, size_t size,
                         struct error *err)
{
    struct download *download = context;
    CLEANUP(db_return) struct db *db = NULL;
    if (!db_borrow(download->pool, &db, err))
        return false;
    attachment_bytes_use(download->bytes, db);
    struct content content = attachment_bytes_content(download->bytes);
    bool good = content_read(&content, at, to, size, err);
    attachment_bytes_use(download->bytes, NULL);
    return good;
}

/* With the ending of what it is. */
static const char *file_name(struct arena *arena, const struct attachment *attachment)
{
    const char *ending = intake_file_type(attachment->media_type);
    if (!*ending || text_ends_with(text_fold(arena, attachment->name), ending))
        return attachment->name;
    return arena_printf(arena, "%s.%s", attachment->name, ending);
}

bool download_attachment(struct db_pool *pool, struct db *db, const struct request *request,
                         struct response *response, const struct attachment *attachment,
                         struct error *err)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    if (!attachment_bytes_open(db, attachment, &bytes, err) || !attachment_bytes_check(bytes, err))
        return false;
    attachment_bytes_use(bytes, NULL);

    struct download *download = malloc(sizeof *download); /* outlives the request's arena */
    if (!download)
        abort();
    *download = (struct download){pool, bytes};
    bytes = NULL; /* now the download's */
    const struct response_stream stream = {
        .content = {.size_bytes = attachment->size_bytes,
                    .read = read_stretch,
                    .context = download},
        .close = close_download,
        .context = download,
    };
    response_download_stream(response, request, file_name(request->arena, attachment),
                             attachment->media_type, &stream);
    return true;
}
