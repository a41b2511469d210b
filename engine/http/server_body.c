#include "engine/http/server_inside.h"

#include "engine/http/body.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

void server_free_body(struct exchange *exchange)
{
    server_give_room(exchange->server, exchange->body_capacity);
    free(exchange->body);
    exchange->body = NULL;
    exchange->body_size = exchange->body_capacity = 0;
}

/* Of a form with files a window, of another body all. */
static size_t most_held(const struct exchange *exchange)
{
    bool window = exchange->multipart && exchange->body_limit > MULTIPART_WINDOW_BYTES;
    return window ? MULTIPART_WINDOW_BYTES : exchange->body_limit;
}

/* Room for so many bytes more; false when all requests together hold too much. */
static bool reserve(struct exchange *exchange, size_t more)
{
    size_t wanted = exchange->body_size + more;
    if (wanted <= exchange->body_capacity)
        return true;
    size_t capacity = exchange->body_capacity ? exchange->body_capacity * 2 : 4096;
    if (capacity < wanted)
        capacity = wanted;
    if (capacity > most_held(exchange))
        capacity = most_held(exchange);
    if (!server_take_room(exchange->server, capacity - exchange->body_capacity))
        return false;
    unsigned char *grown = realloc(exchange->body, capacity);
    if (!grown)
        abort();
    exchange->body = grown;
    exchange->body_capacity = capacity;
    return true;
}

/* ---- while it comes ---- */

/* Refused, but read on: a browser shows no answer to what it has not finished sending. */
static enum MHD_Result read_away(struct exchange *exchange, size_t size)
{
    server_free_body(exchange);
    exchange->read_away += size;
    return exchange->read_away > exchange->body_limit + SERVER_READ_AWAY_BYTES ? MHD_NO : MHD_YES;
}

/* After multipart.h has said so. */
static void note_refusal(struct exchange *exchange, int refused)
{
    exchange->is_denied = refused == MULTIPART_DENIED;
    exchange->refused = exchange->is_denied ? 403 : refused;
    if (refused)
        multipart_close(&exchange->multipart);
}

/* On a carrier: files go where they are kept, so that the window is free again. */
static void use_window(struct exchange *exchange)
{
    size_t used = 0;
    exchange->request.is_admitted = false; /* asked anew when all has come */
    note_refusal(exchange,
                 multipart_read(exchange->multipart,
                                (struct bytes){exchange->body, exchange->body_size}, &used));
    exchange->request.is_admitted = false;
    exchange->body_size -= used;
    memmove(exchange->body, exchange->body + used, exchange->body_size);
}

/* Takes as much as there is room for. */
static enum MHD_Result take_piece(struct exchange *exchange, const char *data, size_t *size)
{
    size_t come = *size;
    if (!exchange->refused && come > exchange->body_limit - exchange->come)
        exchange->refused = 413;
    if (exchange->refused) {
        *size = 0;
        return read_away(exchange, come);
    }
    size_t room = most_held(exchange) - exchange->body_size;
    size_t taken = come < room ? come : room;
    if (!reserve(exchange, taken)) {
        exchange->refused = 503;
        *size = 0;
        return read_away(exchange, come);
    }
    memcpy(exchange->body + exchange->body_size, data, taken);
    exchange->body_size += taken;
    exchange->come += taken;
    *size = come - taken;
    bool is_full = exchange->multipart && exchange->body_size == MULTIPART_WINDOW_BYTES;
    if (is_full && !server_carry(exchange, use_window))
        exchange->refused = 503;
    return MHD_YES;
}

enum MHD_Result server_collect(struct exchange *exchange, const char *data, size_t *size)
{
    enum MHD_Result result = take_piece(exchange, data, size);
    server_time_body(exchange);
    return result;
}

/* ---- when it is whole ---- */

static int read_rest(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct bytes rest = {exchange->body, exchange->body_size};
    if (exchange->multipart)
        return multipart_end(exchange->multipart, rest);
    request->body = rest;
    return body_read_form(request);
}

void server_handle(struct exchange *exchange)
{
    const struct server_settings *settings = &exchange->server->settings;
    if (!exchange->refused)
        note_refusal(exchange, read_rest(exchange));
    exchange->request.is_whole = !exchange->refused;
    if (exchange->is_denied)
        ;
    else if (exchange->refused)
        server_write_refusal(exchange, exchange->refused);
    else
        settings->handle(settings->context, &exchange->request, &exchange->response);
    multipart_close(&exchange->multipart); /* what was uploaded is kept elsewhere by now, or not */
}

static bool waits_for_nothing(const struct exchange *exchange)
{
    const struct server_settings *settings = &exchange->server->settings;
    return settings->at_once && !exchange->refused && !exchange->multipart &&
           settings->at_once(settings->context, &exchange->request);
}

/* A connection is put aside first: a worker may be done with it before workers_add returns. */
enum MHD_Result server_hand_over(struct exchange *exchange)
{
    struct server *server = exchange->server;
    if (exchange->refused == 503) { /* too much to do: it gets no place in the queue */
        server_write_refusal(exchange, 503);
        return server_send_answer(exchange);
    }
    deadline_set(exchange->deadline, 0);
    pthread_mutex_lock(&server->lock);
    server->unanswered++;
    pthread_mutex_unlock(&server->lock);
    exchange->is_counted = true;

    if (waits_for_nothing(exchange)) {
        server_handle(exchange);
        exchange->stage = STAGE_ANSWERED;
        return server_send_answer(exchange);
    }
    MHD_suspend_connection(exchange->connection);
    if (!workers_add(server->workers, exchange)) {
        server_write_refusal(exchange, 503);
        exchange->stage = STAGE_ANSWERED;
        MHD_resume_connection(exchange->connection);
    }
    return MHD_YES;
}
