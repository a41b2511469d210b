#include "engine/http/server_inside.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD_BYTES = 128 * 1024, BLOCK_BYTES = 16 * 1024 };

/* ---- refusals ---- */

void server_write_refusal(struct exchange *exchange, int status)
{
    const struct server_settings *settings = &exchange->server->settings;
    struct response *response = &exchange->response;
    response->status = status;
    if (status == 503)
        response_header(response, "Retry-After", "5");
    if (status == 405 && !response_find_header(response, "Allow"))
        response_header(response, "Allow", "GET, HEAD, POST");
    if (settings->refuse)
        settings->refuse(settings->context, status, &exchange->request, response);
    else
        response_text(
            response, status,
            arena_printf(response->arena, "%d. Request %s\n", status, exchange->request.id));
}

/* Before a body is read. Answering in the first call makes the library close the connection, so
 * that nothing after a doubtful head is taken for a second request. */
enum MHD_Result server_refuse_now(struct exchange *exchange, int status)
{
    server_write_refusal(exchange, status);
    response_header(&exchange->response, "Connection", "close");
    return server_send_answer(exchange);
}

/* ---- a stream, read ahead by carriers ---- */

/* On a carrier: the next stretch of the content. */
static void read_ahead(struct exchange *exchange)
{
    const struct response_stream *stream = &exchange->response.stream;
    int64_t from = exchange->ahead.at + (int64_t)exchange->ahead.size;
    int64_t left = stream->size - from;
    size_t size = left < AHEAD_BYTES ? (size_t)left : AHEAD_BYTES;
    struct error why;
    exchange->ahead.has_failed =
        !content_read(&stream->content, stream->from + from, exchange->ahead.bytes, size, &why);
    if (exchange->ahead.has_failed)
        log_error("answer_cut", &why);
    exchange->ahead.at = from;
    exchange->ahead.size = size;
}

static ssize_t read_stream(void *context, uint64_t at, char *out, size_t most)
{
    struct exchange *exchange = context;
    const struct response_stream *stream = &exchange->response.stream;
    if (exchange->ahead.has_failed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if ((int64_t)at >= stream->size)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t from = (size_t)((int64_t)at - exchange->ahead.at);
    if (from >= exchange->ahead.size) /* it is asked for in order */
        return server_carry(exchange, read_ahead) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    size_t size = exchange->ahead.size - from < most ? exchange->ahead.size - from : most;
    memcpy(out, exchange->ahead.bytes + from, size);
    return (ssize_t)size;
}

/* False: no memory for it now. */
static bool begin_stream(struct exchange *exchange)
{
    if (!server_take_room(exchange->server, AHEAD_BYTES))
        return false;
    exchange->ahead.bytes = malloc(AHEAD_BYTES);
    if (!exchange->ahead.bytes)
        abort();
    return true;
}

void server_free_answer(struct exchange *exchange)
{
    response_close(&exchange->response);
    if (!exchange->ahead.bytes)
        return;
    free(exchange->ahead.bytes);
    exchange->ahead.bytes = NULL;
    server_give_room(exchange->server, AHEAD_BYTES);
}

/* ---- the answer ---- */

static ssize_t read_body(void *context, uint64_t at, char *out, size_t most)
{
    const struct exchange *exchange = context;
    struct bytes body = exchange->response.body;
    if (at >= body.size)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t size = body.size - (size_t)at < most ? body.size - (size_t)at : most;
    memcpy(out, body.data + at, size);
    return (ssize_t)size;
}

static struct MHD_Response *answer_of(struct exchange *exchange)
{
    const struct response *response = &exchange->response;
    if (response->is_stream)
        return MHD_create_response_from_callback((uint64_t)response->stream.size, BLOCK_BYTES,
                                                 read_stream, exchange, NULL);
    if (response->is_chunked)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_body, exchange,
                                                 NULL);
    return MHD_create_response_from_buffer(response->body.size, (void *)response->body.data,
                                           MHD_RESPMEM_PERSISTENT); /* lives in the arena */
}

enum MHD_Result server_send_answer(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    if (response->is_dropped)
        return MHD_NO; /* closes the connection */
    if (response->is_stream && !begin_stream(exchange)) {
        response_close(response);
        server_write_refusal(exchange, 503);
    }
    const struct server_settings *settings = &exchange->server->settings;
    if (settings->answered)
        settings->answered(settings->context, response->status,
                           clock_monotonic_ms() - exchange->began_ms);
    struct MHD_Response *answer = answer_of(exchange);
    if (!answer)
        abort();
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < response->header_count && result == MHD_YES; i++)
        result =
            MHD_add_response_header(answer, response->headers[i].name, response->headers[i].value);
    if (result == MHD_YES && atomic_load(&exchange->server->closing))
        result = MHD_add_response_header(answer, "Connection", "close");
    int64_t size = response->is_stream ? response->stream.size : (int64_t)response->body.size;
    deadline_set(exchange->deadline,
                 server_time_for(exchange, exchange->server->settings.answer_ms, size));
    if (result == MHD_YES)
        result = MHD_queue_response(exchange->connection, (unsigned)response->status, answer);
    MHD_destroy_response(answer);
    return result;
}
