#include "tests/unit/storage/postbox/postman.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64, MOST_BYTES = 1024 * 1024 };

struct identity {
    struct crypto_key *key;
    const char *certificate, *fingerprint;
};

struct postman {
    struct arena *arena;
    int socket;
    pthread_t thread;
    pthread_mutex_t lock; /* round all below */
    const char *url;
    struct identity identities[2];
    int signer;
    struct postman_answer answers[MOST];
    bool given[MOST];
    size_t answer_count;
    struct bytes requests[MOST];
    size_t request_count;
};

static struct identity make_identity(struct arena *arena, const char *name)
{
    struct identity identity = {0};
    struct bytes key, certificate;
    struct crypto_key *opened = NULL;
    crypto_make_certificate(arena, name, &key, &certificate);
    if (!crypto_private_key_open(key, name, &identity.key, NULL) ||
        !crypto_certificate_open(certificate, name, &opened, NULL))
        abort();
    identity.certificate = arena_text_of(arena, certificate);
    struct crypto_sha256 print = crypto_certificate_fingerprint(opened);
    identity.fingerprint = codec_hex(arena, (struct bytes){print.bytes, sizeof print.bytes});
    crypto_key_close(&opened);
    return identity;
}

/* ---- a request ---- */

static size_t body_size(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");
    return at ? (size_t)strtoul(at + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* Reads one whole request; empty when the client went away. */
static struct bytes read_request(struct arena *arena, int client)
{
    struct buf in;
    buf_init(&in, arena);
    for (;;) {
        char *text = buf_text(&in);
        const char *end = strstr(text, "\r\n\r\n");
        if (end && in.size >= (size_t)(end + 4 - text) + body_size(text))
            return buf_bytes(&in);
        unsigned char chunk[4096];
        ssize_t size = recv(client, chunk, sizeof chunk, 0);
        if (size <= 0 || in.size > MOST_BYTES)
            return (struct bytes){0};
        buf_add(&in, (struct bytes){chunk, (size_t)size});
    }
}

/* "POST /messages": method and path. */
static const char *target_of(struct arena *arena, struct bytes request)
{
    const char *text = (const char *)request.data;
    size_t method = strcspn(text, " ");
    return arena_printf(arena, "%.*s", (int)(method + 1 + strcspn(text + method + 1, " ?")), text);
}

static struct postman_answer choose(struct postman *postman, const char *target)
{
    static const char none[] = "<error xmlns='http://api.digipost.no/schema/v8'><error-code>"
                               "PROBLEM_WITH_REQUEST</error-code><error-message>x</error-message>"
                               "<error-type>CLIENT_TECHNICAL</error-type></error>";
    struct postman_answer chosen = {target, 404, none, NULL, FLAW_NONE};
    for (size_t i = 0; i < postman->answer_count; i++) {
        if (!text_equal(postman->answers[i].target, target))
            continue;
        chosen = postman->answers[i];
        if (!postman->given[i]) {
            postman->given[i] = true;
            break;
        }
    }
    return chosen;
}

/* ---- an answer: signed with code of its own, not with that of the client ---- */

static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_text(arena, text);
    for (char *at = copy; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    return copy;
}

static const char *hash_of(struct arena *arena, const char *body)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(body));
    return codec_base64(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

static const char *signature_of(struct postman *postman, const struct postman_answer *answer,
                                const char *date, const char *hash)
{
    struct arena *arena = postman->arena;
    const char *path = lower(arena, strchr(answer->target, ' ') + 1);
    const char *line = hash ? arena_printf(arena, "x-content-sha256: %s\n", hash) : "";
    const char *text =
        arena_printf(arena, "%d\n%s\ndate: %s\n%s", answer->status, path, date, line);
    int signer = answer->flaw == FLAW_OTHER_KEY ? !postman->signer : postman->signer;
    struct bytes signature;
    if (!crypto_sign_rs256(arena, postman->identities[signer].key, BYTES_OF(text), &signature,
                           NULL))
        abort();
    return codec_base64(arena, signature);
}

static void send_all(int client, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t sent = send(client, text, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        left -= (size_t)sent;
    }
}

static void give(struct postman *postman, int client, const struct postman_answer *answer)
{
    struct arena *arena = postman->arena;
    const char *date = clock_rfc1123(arena, clock_now() - (answer->flaw == FLAW_OLD ? 600 : 0));
    const char *hash = NULL;
    if (answer->body)
        hash = hash_of(arena, answer->flaw == FLAW_HASH ? "something else" : answer->body);
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "HTTP/1.1 %d x\r\nConnection: close\r\nDate: %s\r\n", answer->status, date);
    if (hash)
        buf_printf(&out, "X-Content-SHA256: %s\r\n", hash);
    if (answer->flaw != FLAW_UNSIGNED)
        buf_printf(&out, "X-Digipost-Signature: %s\r\n", signature_of(postman, answer, date, hash));
    buf_printf(&out, "%sContent-Length: %zu\r\n\r\n", answer->headers ? answer->headers : "",
               (answer->body ? strlen(answer->body) : 0) + (answer->flaw == FLAW_CUT));
    buf_add_text(&out, answer->body ? answer->body : "");
    send_all(client, buf_text(&out));
}

static void serve(struct postman *postman, int client)
{
    CLEANUP(arena_close) struct arena *reading = arena_open();
    struct bytes request = read_request(reading, client);
    if (request.size == 0)
        return;
    pthread_mutex_lock(&postman->lock);
    if (postman->request_count == MOST)
        abort();
    postman->requests[postman->request_count++] = arena_bytes(postman->arena, request);
    struct postman_answer answer = choose(postman, target_of(postman->arena, request));
    if (answer.flaw != FLAW_DROPPED)
        give(postman, client, &answer);
    pthread_mutex_unlock(&postman->lock);
}

static void *run(void *self)
{
    struct postman *postman = self;
    int client;
    while ((client = accept(postman->socket, NULL, NULL)) >= 0) {
        serve(postman, client);
        shutdown(client, SHUT_WR);
        close(client);
    }
    return NULL;
}

/* ---- the handle ---- */

struct postman *postman_open(void)
{
    struct arena *arena = arena_open();
    struct postman *postman = ARENA_NEW(arena, struct postman);
    postman->arena = arena;
    postman->identities[0] = make_identity(arena, "TEST ONLY postman");
    postman->identities[1] = make_identity(arena, "TEST ONLY other postman");
    pthread_mutex_init(&postman->lock, NULL);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    postman->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (postman->socket < 0 ||
        bind(postman->socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(postman->socket, 16) != 0 ||
        getsockname(postman->socket, (struct sockaddr *)&address, &size) != 0)
        abort();
    postman->url = arena_printf(arena, "http://127.0.0.1:%d", ntohs(address.sin_port));
    if (pthread_create(&postman->thread, NULL, run, postman) != 0)
        abort();
    return postman;
}

void postman_close(struct postman **handle)
{
    struct postman *postman = *handle;
    if (!postman)
        return;
    shutdown(postman->socket, SHUT_RDWR); /* ends accept */
    pthread_join(postman->thread, NULL);
    close(postman->socket);
    crypto_key_close(&postman->identities[0].key);
    crypto_key_close(&postman->identities[1].key);
    pthread_mutex_destroy(&postman->lock);
    struct arena *arena = postman->arena;
    arena_close(&arena);
    *handle = NULL;
}

const char *postman_url(const struct postman *postman)
{
    return postman->url;
}

const char *postman_certificate(const struct postman *postman)
{
    return postman->identities[postman->signer].certificate;
}

const char *postman_fingerprint(const struct postman *postman)
{
    return postman->identities[postman->signer].fingerprint;
}

void postman_rotate(struct postman *postman)
{
    pthread_mutex_lock(&postman->lock);
    postman->signer = !postman->signer;
    pthread_mutex_unlock(&postman->lock);
}

void postman_says(struct postman *postman, struct postman_answer answer)
{
    pthread_mutex_lock(&postman->lock);
    if (postman->answer_count == MOST)
        abort();
    answer.target = arena_text(postman->arena, answer.target);
    answer.body = arena_text(postman->arena, answer.body);
    answer.headers = arena_text(postman->arena, answer.headers);
    postman->answers[postman->answer_count++] = answer;
    pthread_mutex_unlock(&postman->lock);
}

void postman_forget(struct postman *postman)
{
    pthread_mutex_lock(&postman->lock);
    postman->answer_count = postman->request_count = 0;
    memset(postman->given, 0, sizeof postman->given);
    pthread_mutex_unlock(&postman->lock);
}

size_t postman_count(struct postman *postman, const char *target)
{
    size_t count = 0, length = strlen(target);
    pthread_mutex_lock(&postman->lock);
    for (size_t i = 0; i < postman->request_count; i++) {
        const char *request = (const char *)postman->requests[i].data;
        count += text_starts_with(request, target) && strchr(" ?", request[length]);
    }
    pthread_mutex_unlock(&postman->lock);
    return count;
}

size_t postman_total(struct postman *postman)
{
    pthread_mutex_lock(&postman->lock);
    size_t count = postman->request_count;
    pthread_mutex_unlock(&postman->lock);
    return count;
}

struct bytes postman_request(struct postman *postman, size_t i)
{
    pthread_mutex_lock(&postman->lock);
    struct bytes request = postman->requests[i];
    pthread_mutex_unlock(&postman->lock);
    return request;
}
