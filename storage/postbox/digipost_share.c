#include "storage/postbox/digipost_share.h"

#include "storage/postbox/digipost_call.h"
#include "storage/postbox/digipost_message.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- events ---- */

/* "2026-03-01T00:00:00.000+00:00", escaped: the form of Digipost's own clients (7.5). */
static const char *event_time(struct arena *arena, int64_t at)
{
    struct clock_time t = clock_utc(at);
    return codec_percent(arena, arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.000+00:00",
                                             t.year, t.month, t.day, t.hour, t.minute, t.second));
}

static const char *page_url(struct arena *arena, const char *link, int64_t from, int64_t to,
                            size_t offset, int64_t broker_id)
{
    return arena_printf(arena, "%s%cfrom=%s&to=%s&offset=%zu&maxResults=%d&sender=%" PRId64, link,
                        strchr(link, '?') ? '&' : '?', event_time(arena, from),
                        event_time(arena, to), offset, DIGIPOST_EVENTS_PAGE, broker_id);
}

struct event_list {
    struct digipost_event items[DIGIPOST_EVENTS_MAX];
    size_t count;
    bool overflowed;
};

/* Pages may shift while they are read, and intervals overlap: one event can be listed twice. */
static bool is_listed(const struct event_list *list, const struct digipost_event *event)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct digipost_event *other = &list->items[i];
        if (other->created_at == event->created_at && text_equal(other->type, event->type) &&
            text_equal(other->document_id, event->document_id))
            return true;
    }
    return false;
}

static void add_events(struct event_list *list, const struct digipost_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_listed(list, &events[i]))
            continue;
        if (list->count == DIGIPOST_EVENTS_MAX) {
            list->overflowed = true;
            return;
        }
        list->items[list->count++] = events[i];
    }
}

/* Reads one interval wholly, or until there is more than we take. */
static bool read_interval(struct digipost *digipost, struct arena *arena, const char *link,
                          int64_t from, int64_t to, struct event_list *list, struct error *err)
{
    size_t offset = 0, listed;
    do {
        const char *url = page_url(arena, link, from, to, offset, digipost->broker_id);
        struct bytes xml;
        struct digipost_event *events;
        size_t count;
        if (!digipost_call_get(digipost, arena, url, &xml, err) ||
            !digipost_answer_events(arena, xml, &events, &count, &listed, err))
            return false;
        add_events(list, events, count);
        offset += DIGIPOST_EVENTS_PAGE;
        if (offset > 2 * DIGIPOST_EVENTS_MAX)
            list->overflowed = true;
    } while (listed >= DIGIPOST_EVENTS_PAGE && !list->overflowed);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct digipost_event *left = a, *right = b;
    return (left->created_at > right->created_at) - (left->created_at < right->created_at);
}

bool digipost_share_events(struct digipost *digipost, struct arena *arena, int64_t since,
                           struct digipost_event **out, size_t *count, int64_t *until,
                           struct error *err)
{
    int64_t to = clock_now(), oldest = to - DIGIPOST_EVENTS_KEPT_S;
    int64_t from = since - DIGIPOST_EVENTS_OVERLAP_S;
    if (from < oldest)
        from = oldest;
    if (from > to)
        from = to; /* our clock has been set back */

    const char *link;
    if (!digipost_call_link(digipost, arena, DIGIPOST_BROKER, "DOCUMENT_EVENTS", &link, err))
        return false;
    struct event_list *list = ARENA_NEW(arena, struct event_list);
    for (;;) {
        if (!read_interval(digipost, arena, link, from, to, list, err))
            return false;
        if (!list->overflowed)
            break;
        /* The order of events is not stated, so what was read is no part of them that could be
         * told: half the interval is read instead. */
        if (to - from <= 1)
            return error_set(err, ERROR_LIMIT, "more than %d events in a second",
                             DIGIPOST_EVENTS_MAX);
        to = from + (to - from) / 2;
        list->count = 0;
        list->overflowed = false;
    }
    qsort(list->items, list->count, sizeof list->items[0], by_time);
    *out = list->items;
    *count = list->count;
    *until = to;
    return true;
}

/* ---- what was shared ---- */

bool digipost_share_state(struct digipost *digipost, struct arena *arena, const char *request_id,
                          struct digipost_share_state *out, struct error *err)
{
    if (!postbox_is_uuid(request_id))
        return error_set(err, ERROR_INVALID, "the id of a share request is not a UUID");
    const char *link;
    struct bytes xml;
    if (!digipost_call_link(digipost, arena, DIGIPOST_SENDER, "GET_SHARE_DOCUMENTS_REQUEST_STATE",
                            &link, err))
        return false;
    const char *url =
        arena_printf(arena, "%s%s%s", link, text_ends_with(link, "/") ? "" : "/", request_id);
    return digipost_call_get(digipost, arena, url, &xml, err) &&
           digipost_answer_share_state(arena, xml, out, err);
}

/* A redirect's target as an absolute address, or NULL when it is neither that nor a path. */
static const char *target_of(struct digipost *digipost, struct arena *arena, const char *location)
{
    if (!location || location[0] != '/')
        return location && strstr(location, "://") ? location : NULL;
    const char *base = digipost->api.base_url;
    const char *authority = strstr(base, "://");
    if (!authority || location[1] == '/')
        return NULL;
    size_t origin_size = (size_t)(authority - base) + 3 + strcspn(authority + 3, "/");
    return arena_printf(arena, "%.*s%s", (int)origin_size, base, location);
}

enum { SLOWEST_BYTES_PER_MS = 250 };

static int time_for(const struct digipost *digipost, int64_t size_bytes)
{
    int64_t wanted_ms = digipost->timeout_ms + size_bytes / SLOWEST_BYTES_PER_MS;
    return wanted_ms < digipost->document_ms ? (int)wanted_ms : digipost->document_ms;
}

/* A yes without the document. */
static bool no_document(int status, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "Digipost answers %d for a shared document", status);
}

/* From the API, or from where it sends us on to: there nothing is signed. */
/* Asked too often is no word about the document's size. */
static bool may_have(struct digipost *digipost, struct arena *arena,
                     const struct digipost_reply *reply, struct error *err)
{
    if (reply->status == 429)
        return error_set(err, ERROR_UNAVAILABLE, "Digipost answers 429");
    return digipost_call_succeeded(digipost, arena, reply, err);
}

static bool read_content(struct digipost *digipost, struct arena *arena,
                         struct digipost_request *request, bool *is_signed, struct error *err)
{
    enum { HOPS = 3 };
    for (int hop = 0; hop < HOPS; hop++) {
        struct digipost_reply reply;
        if (!digipost_call(digipost, arena, request, &reply, err))
            return false;
        if (reply.status != 307) {
            *is_signed = reply.is_signed;
            return may_have(digipost, arena, &reply, err) &&
                   (reply.status == 200 || no_document(reply.status, err));
        }
        request->url = target_of(digipost, arena, reply.location);
        if (!request->url)
            return error_set(err, ERROR_UNAVAILABLE, "Digipost sent us on to no address");
        if (!fetch_is_under(&digipost->api, request->url)) {
            *is_signed = false;
            return digipost_call_content(digipost, arena, request, err);
        }
    }
    return error_set(err, ERROR_UNAVAILABLE, "Digipost sent us on too many times");
}

bool digipost_share_content(struct digipost *digipost, struct arena *arena,
                            const struct digipost_shared_document *document, int64_t max_bytes,
                            const struct fetch_stream *stream, struct error *err)
{
    if (!document->content_url)
        return error_set(err, ERROR_DENIED, "the shared document cannot be read any more");
    if (document->size_bytes > max_bytes)
        return error_set(err, ERROR_LIMIT,
                         "the shared document has %" PRId64 " bytes, above %" PRId64,
                         document->size_bytes, max_bytes);
    struct digipost_request request = {
        .method = "GET",
        .url = document->content_url,
        .accept = "*/*",
        .max_bytes = (size_t)max_bytes,
        .may_be_unsigned = digipost->unsigned_streams,
        .stream = stream,
        .timeout_ms = time_for(digipost, document->size_bytes),
    };
    bool is_signed = false;
    if (!read_content(digipost, arena, &request, &is_signed, err))
        return false;
    int64_t size = spool_size_bytes(stream->spool);
    if (!is_signed && size != document->size_bytes)
        return error_set(err, ERROR_UNAVAILABLE,
                         "an unsigned document of %" PRId64 " bytes that should have %" PRId64,
                         size, document->size_bytes);
    return spool_finish(stream->spool, err);
}

/* ---- the end of it ---- */

static bool is_over(const struct digipost_share_state *state)
{
    return state->withdrawn_at || (state->expires_at && state->expires_at <= clock_now()) ||
           (!state->shared_at && !state->stop_url);
}

static bool post_stop(struct digipost *digipost, struct arena *arena, const char *url,
                      struct error *err)
{
    struct digipost_request request = {
        .method = "POST",
        .url = url,
        .content_type = DIGIPOST_XML,
        .body = digipost_message_stop_sharing(arena, digipost->sender_id),
    };
    struct digipost_reply reply;
    return digipost_call(digipost, arena, &request, &reply, err) &&
           digipost_call_succeeded(digipost, arena, &reply, err);
}

bool digipost_share_stop(struct digipost *digipost, struct arena *arena, const char *request_id,
                         struct error *err)
{
    struct digipost_share_state state;
    if (!digipost_share_state(digipost, arena, request_id, &state, err))
        return false;
    if (is_over(&state))
        return true;
    if (!state.stop_url)
        return error_set(err, ERROR_UNAVAILABLE, "the sharing cannot be stopped now");

    struct error why = {0};
    if (post_stop(digipost, arena, state.stop_url, &why))
        return true;
    bool is_a_no =
        why.code == ERROR_CONFLICT || why.code == ERROR_DENIED || why.code == ERROR_MISSING;
    /* withdrawn by the citizen in the same moment: then there is nothing left to stop */
    if (is_a_no && digipost_share_state(digipost, arena, request_id, &state, NULL) &&
        is_over(&state))
        return true;
    /* it can be read and goes on, so "not there" and "not yours" are no end of it */
    if (why.code == ERROR_DENIED || why.code == ERROR_MISSING)
        return error_set(err, ERROR_UNAVAILABLE, "the sharing goes on, and could not be stopped");
    if (err)
        *err = why;
    return false;
}
