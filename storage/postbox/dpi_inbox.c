#include "storage/postbox/dpi_inbox.h"

#include "storage/postbox/dpi_answer.h"
#include "storage/postbox/dpi_call.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"

#include <assert.h>

enum { DONE_MAX_BYTES = 64 * 1024 };

static const char *path_of_list(const struct dpi *dpi, struct arena *arena)
{
    struct buf path;
    buf_init(&path, arena);
    buf_printf(&path, "/messages/in?page_size=%d", DPI_INBOX_PAGE);
    if (*dpi->settings.channel)
        buf_printf(&path, "&kanal=%s", dpi->settings.channel);
    if (*dpi->settings.agency_unit)
        buf_printf(&path, "&avsenderidentifikator=%s",
                   codec_percent(arena, dpi->settings.agency_unit));
    return buf_text(&path);
}

/* Statuses that say yes are told by the caller. */
static bool told_no(const struct dpi_reply *reply, struct error *err)
{
    bool refused = reply->status == 401 || reply->status == 403;
    return error_set(err, refused ? ERROR_REFUSED : ERROR_UNAVAILABLE,
                     "the access point answers %d about receipts", reply->status);
}

bool dpi_inbox_list(struct dpi *dpi, struct arena *arena, const char *const **out, size_t *count,
                    struct error *err)
{
    const struct dpi_request request = {
        .method = "GET", .path = path_of_list(dpi, arena), .max_bytes = DPI_INBOX_MAX_BYTES};
    struct dpi_reply reply;
    bool sent;
    if (!dpi_call(dpi, arena, &request, &reply, &sent, err))
        return false;
    if (reply.status == 204) {
        *out = NULL;
        *count = 0;
        return true;
    }
    if (reply.status != 200 || !reply.is_json)
        return told_no(&reply, err);
    return dpi_answer_messages(arena, reply.body, out, count, err);
}

bool dpi_inbox_done(struct dpi *dpi, struct arena *arena, const char *id, struct error *err)
{
    assert(postbox_is_uuid(id));
    const struct dpi_request request = {.method = "POST",
                                        .path = arena_printf(arena, "/messages/in/%s/read", id),
                                        .max_bytes = DONE_MAX_BYTES};
    struct dpi_reply reply;
    bool sent;
    if (!dpi_call(dpi, arena, &request, &reply, &sent, err))
        return false;
    bool taken_off = reply.status == 404 || (reply.status >= 200 && reply.status < 300);
    return taken_off || told_no(&reply, err);
}
