#include "engine/pages/operate.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/files.h"
#include "engine/http/server.h"
#include "engine/login/csrf.h"
#include "engine/metrics.h"
#include "render/operation.h"
#include "render/static.h"
#include "storage/marks.h"
#include "storage/outbox_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    WORKER_THREADS = 2,
    QUEUE_LENGTH = 32,
    CONNECTIONS = 200,
    ROWS_MOST = 100,
    REASONS_MOST = 20,
    SECRET_BYTES = 32,
    PASSWORD_LEAST = 16, /* characters */
    PASSWORD_FILE_BYTES = 4096,
    PROBE_EVERY_MS = 1000,
};

#define PURPOSE "operate"

struct operate {
    struct app *app;
    struct arena *arena;
    struct router router;
    struct server *server;
    const char *url;
    const char *password; /* NULL: none is asked for */
    unsigned char secret[SECRET_BYTES];

    pthread_rwlock_t lock; /* held while the app is looked at */
    bool is_stopping;

    pthread_mutex_t probe_lock;
    int64_t probed_at_ms; /* monotonic; 0: never */
    bool could_write;
};

/* Ready ------------------------------------------------------------------------------------- */

static bool write_something(struct operate *operate)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(operate->app->db, &db, &err) && marks_write(db, "probe", "written", &err))
        return true;
    log_error("not_ready", &err);
    return false;
}

/* Whoever asks often does not make the disk work for each. */
static bool can_write(struct operate *operate)
{
    pthread_mutex_lock(&operate->probe_lock);
    int64_t now_ms = clock_monotonic_ms();
    if (!operate->probed_at_ms || now_ms - operate->probed_at_ms >= PROBE_EVERY_MS) {
        operate->could_write = write_something(operate);
        operate->probed_at_ms = now_ms;
    }
    bool could = operate->could_write;
    pthread_mutex_unlock(&operate->probe_lock);
    return could;
}

/* Why requests are not to be sent here, or NULL; with the lock held. */
static const char *trouble_of(struct operate *operate, struct arena *arena)
{
    size_t broken;
    if (operate->is_stopping)
        return "the site is stopping";
    if (!can_write(operate))
        return "the database cannot be written";
    catalogue_broken(arena, operate->app->forms, &broken);
    if (broken)
        return arena_printf(arena, "%zu forms have mistakes and are left out: see skjema lint",
                            broken);
    return NULL;
}

static void show_ready(void *context, struct request *request, struct response *response)
{
    struct operate *operate = context;
    pthread_rwlock_rdlock(&operate->lock);
    const char *trouble = trouble_of(operate, request->arena);
    pthread_rwlock_unlock(&operate->lock);
    response_text(response, trouble ? 503 : 200,
                  arena_printf(request->arena, "%s\n", trouble ? trouble : "ready"));
}

static void show_live(void *context, struct request *request, struct response *response)
{
    (void)context, (void)request;
    response_text(response, 200, "live\n");
}

/* Whatever looks at the app ----------------------------------------------------------------- */

typedef bool operate_work(struct operate *operate, struct db *db, struct request *request,
                          struct response *response, struct error *err);

static void say(struct response *response, int status, const char *title, const char *text)
{
    response_html(response, status, operation_trouble(response->arena, title, text));
    if (status == 503)
        response_header(response, "Retry-After", "5");
}

static void do_work(struct operate *operate, operate_work *work, struct request *request,
                    struct response *response)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (db_borrow(operate->app->db, &db, &err) && work(operate, db, request, response, &err))
        return;
    log_error("operate_failed", &err);
    say(response, error_http_status(err.code), "It did not work", err.text);
}

static void with_app(void *context, operate_work *work, struct request *request,
                     struct response *response)
{
    struct operate *operate = context;
    pthread_rwlock_rdlock(&operate->lock);
    if (operate->is_stopping)
        say(response, 503, "The site is stopping", "Try again when it runs.");
    else
        do_work(operate, work, request, response);
    pthread_rwlock_unlock(&operate->lock);
}

/* The page ---------------------------------------------------------------------------------- */

static struct operation_row row_of(const struct outbox_watched *watched)
{
    return (struct operation_row){
        .id = watched->id,
        .message_id = watched->message_id,
        .kind = outbox_kind_name(watched->kind),
        .state = outbox_state_name(watched->state),
        .channel = watched->channel,
        .age_ms = watched->age_ms,
        .attempts = watched->attempts,
        .reason = *watched->difference ? watched->difference : watched->reason,
        .can_retry = watched->state == OUTBOX_DEAD,
    };
}

static bool read_rows(struct arena *arena, struct db *db, enum outbox_watch which,
                      struct operation_rows *out, struct error *err)
{
    struct outbox_watched *list;
    size_t count;
    if (!outbox_watch_list(arena, db, which, ROWS_MOST + 1, &list, &count, err))
        return false;
    out->has_more = count > ROWS_MOST;
    out->count = out->has_more ? ROWS_MOST : count;
    struct operation_row *rows = ARENA_ARRAY(arena, out->count, struct operation_row);
    for (size_t i = 0; i < out->count; i++)
        rows[i] = row_of(&list[i]);
    out->at = rows;
    return true;
}

static bool read_reasons(struct arena *arena, struct db *db, struct operation *page,
                         struct error *err)
{
    struct outbox_given_up *given_up;
    if (!outbox_watch_reasons(arena, db, REASONS_MOST, &given_up, &page->reason_count, err))
        return false;
    struct operation_reason *reasons =
        ARENA_ARRAY(arena, page->reason_count, struct operation_reason);
    for (size_t i = 0; i < page->reason_count; i++)
        reasons[i] = (struct operation_reason){given_up[i].reason, given_up[i].count};
    page->reasons = reasons;
    return true;
}

static bool read_tallies(struct arena *arena, struct db *db, struct operation *page,
                         struct error *err)
{
    struct outbox_tally *read;
    if (!outbox_watch_tally(arena, db, &read, &page->tally_count, err))
        return false;
    struct operation_tally *tallies = ARENA_ARRAY(arena, page->tally_count, struct operation_tally);
    for (size_t i = 0; i < page->tally_count; i++)
        tallies[i] = (struct operation_tally){outbox_state_name(read[i].state), read[i].channel,
                                              read[i].count, read[i].attempts, read[i].oldest_ms};
    page->tallies = tallies;
    return true;
}

static struct bytes secret_of(const struct operate *operate)
{
    return (struct bytes){operate->secret, sizeof operate->secret};
}

static bool show(struct operate *operate, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *retried = request_query(request, "retried");
    struct server_load load = server_load(operate->app->site);
    struct operation page = {
        .agency = operate->app->agency.name,
        .token = csrf_token(arena, secret_of(operate), PURPOSE),
        .trouble = trouble_of(operate, arena),
        .retried = retried ? strtol(retried, NULL, 10) : 0,
        .waiting = (int64_t)load.waiting,
        .room = (int64_t)load.room,
    };
    if (!read_rows(arena, db, OUTBOX_WATCH_STUCK, &page.stuck, err) ||
        !read_rows(arena, db, OUTBOX_WATCH_DIFFERENT, &page.different, err) ||
        !read_rows(arena, db, OUTBOX_WATCH_PRINT, &page.prints, err) ||
        !read_reasons(arena, db, &page, err) || !read_tallies(arena, db, &page, err))
        return false;
    response_html(response, 200, operation_page(arena, &page));
    return true;
}

static void show_page(void *context, struct request *request, struct response *response)
{
    with_app(context, show, request, response);
}

/* Trying again ------------------------------------------------------------------------------ */

static bool retry(struct operate *operate, struct db *db, struct request *request,
                  struct response *response, struct error *err)
{
    const char *id = request_field(request, OPERATION_FIELD_ID);
    const char *reason = request_field(request, OPERATION_FIELD_REASON);
    int64_t count = 1;
    if (!id == !reason)
        return error_set(err, ERROR_INVALID, "one delivery, or one reason");
    if (id ? !outbox_watch_retry(db, id, err) : !outbox_watch_retry_all(db, reason, &count, err))
        return false;
    log_event(LOG_LEVEL_INFO, "delivery_retried", "by=operator count=%lld", (long long)count);
    deliver_wake(operate->app->deliver);
    response_redirect(response, arena_printf(request->arena, "/?retried=%lld", (long long)count));
    return true;
}

static void do_retry(void *context, struct request *request, struct response *response)
{
    with_app(context, retry, request, response);
}

/* Numbers ----------------------------------------------------------------------------------- */

static bool write_metrics(struct operate *operate, struct db *db, struct request *request,
                          struct response *response, struct error *err)
{
    const struct app *app = operate->app;
    struct metrics_sources sources = {
        .site = app->site,
        .spools = app->spools,
        .digipost = app->channels.digipost,
        .is_ready = !trouble_of(operate, request->arena),
    };
    struct buf out;
    buf_init(&out, request->arena);
    if (!metrics_write(app->metrics, &sources, request->arena, db, &out, err))
        return false;
    response_bytes(response, 200, "text/plain; version=0.0.4; charset=utf-8", buf_bytes(&out));
    return true;
}

static void show_metrics(void *context, struct request *request, struct response *response)
{
    with_app(context, write_metrics, request, response);
}

static void refuse(void *context, int status, struct request *request, struct response *response)
{
    (void)context;
    say(response, status, "That cannot be answered",
        arena_printf(request->arena, "%d. The request was %s.", status,
                     *request->id ? request->id : "none"));
}

static void show_static(void *context, struct request *request, struct response *response)
{
    const struct static_file *file = static_find(request->path);
    if (file)
        response_static(response, file->media_type, file->content);
    else
        refuse(context, 404, request, response);
}

static const struct router_route routes[] = {
    {"GET", "/ready", ROUTER_ANYONE, show_ready, 0, NULL},
    {"GET", "/live", ROUTER_ANYONE, show_live, 0, NULL},
    {"GET", "/", ROUTER_CITIZEN, show_page, 0, NULL},
    {"POST", OPERATION_RETRY, ROUTER_CITIZEN, do_retry, 0, NULL},
    {"GET", "/metrics", ROUTER_CITIZEN, show_metrics, 0, NULL},
    {"GET", "/statisk/:name", ROUTER_ANYONE, show_static, 0, NULL},
};

/* Who may ----------------------------------------------------------------------------------- */

/* What came as the password: after the name of HTTP Basic, or a bearer token. NULL: nothing. */
static const char *given_password(struct request *request)
{
    const char *header = request_header(request, "Authorization");
    struct bytes pair;
    if (!header)
        return NULL;
    if (text_starts_with(header, "Bearer "))
        return header + strlen("Bearer ");
    if (!text_starts_with(header, "Basic ") ||
        !codec_unbase64(request->arena, header + strlen("Basic "), &pair))
        return NULL;
    const char *colon = pair.size ? memchr(pair.data, ':', pair.size) : NULL;
    if (!colon)
        return NULL;
    const char *end = (const char *)pair.data + pair.size;
    return arena_text_of(request->arena, (struct bytes){(const unsigned char *)colon + 1,
                                                        (size_t)(end - colon - 1)});
}

static bool is_known(const struct operate *operate, struct request *request)
{
    if (!operate->password)
        return true;
    const char *given = given_password(request);
    if (!given)
        return false;
    struct crypto_sha256 a = crypto_sha256(BYTES_OF(given));
    struct crypto_sha256 b = crypto_sha256(BYTES_OF(operate->password));
    return crypto_equal((struct bytes){a.bytes, sizeof a.bytes},
                        (struct bytes){b.bytes, sizeof b.bytes});
}

/* The page's own address is as the browser calls it: in front there may be a proxy with TLS. */
static bool comes_from_page(const struct operate *operate, struct request *request)
{
    const char *host = request_header(request, "Host");
    struct bytes secret = secret_of(operate);
    return host &&
           (csrf_check(request, arena_printf(request->arena, "http://%s", host), secret, PURPOSE) ||
            csrf_check(request, arena_printf(request->arena, "https://%s", host), secret, PURPOSE));
}

static bool admit(void *context, const struct router_route *route, struct request *request,
                  struct response *response)
{
    struct operate *operate = context;
    if (route->who == ROUTER_ANYONE)
        return true;
    if (!is_known(operate, request)) {
        say(response, 401, "Who are you?", "The password is in the file of operate_password.");
        response_header(response, "WWW-Authenticate", "Basic realm=\"skjema\", charset=\"UTF-8\"");
        return false;
    }
    if (request_is_safe(request) || comes_from_page(operate, request))
        return true;
    say(response, 403, "Not from this page",
        "Nothing was done. Load the page of deliveries again and press the button there.");
    return false;
}

/* Open and close ---------------------------------------------------------------------------- */

static bool read_password(struct operate *operate, struct error *err)
{
    const struct config *config = operate->app->config;
    const char *path = config->operate_password, *address = config->operate_address;
    struct bytes file;
    struct stat about;
    if (!*path) {
        bool loopback = text_equal(address, "127.0.0.1") || text_equal(address, "::1");
        return loopback || error_set(err, ERROR_INVALID,
                                     "operate_address is \"%s\": with another than 127.0.0.1 or "
                                     "::1 operate_password must name a file",
                                     address);
    }
    if (!files_read(operate->arena, path, PASSWORD_FILE_BYTES, &file, err))
        return false;
    if (stat(path, &about) != 0 || !files_is_secret(path, &about))
        return error_at(err, ERROR_INVALID, path, 0, "others may read the password: chmod 600");
    const char *password = text_trim(operate->arena, arena_text_of(operate->arena, file));
    if (strlen(password) < PASSWORD_LEAST)
        return error_at(err, ERROR_INVALID, path, 0, "a password of fewer than %d characters",
                        PASSWORD_LEAST);
    operate->password = password;
    return true;
}

static bool listen_there(struct operate *operate, struct error *err)
{
    const struct config *config = operate->app->config;
    operate->router = (struct router){
        .routes = routes,
        .route_count = COUNT(routes),
        .admit = admit,
        .refuse = refuse,
        .context = operate,
    };
    const struct server_settings settings = {
        .address = config->operate_address,
        .port = (int)config->operate_port,
        .hosts = config->operate_hosts,
        .worker_threads = WORKER_THREADS,
        .io_threads = 1,
        .queue_length = QUEUE_LENGTH,
        .connections = CONNECTIONS,
        .admit = router_admit,
        .handle = router_handle,
        .body_limit = router_body_limit,
        .refuse = router_refuse,
        .context = &operate->router,
    };
    if (!server_open(&settings, &operate->server, err))
        return false;
    bool is_v6 = strchr(config->operate_address, ':') != NULL;
    operate->url = arena_printf(operate->arena, is_v6 ? "http://[%s]:%d" : "http://%s:%d",
                                config->operate_address, server_port(operate->server));
    return true;
}

bool operate_open(struct app *app, struct operate **out, struct error *err)
{
    *out = NULL;
    if (!*app->config->operate_address)
        return true;
    struct arena *arena = arena_open();
    CLEANUP(operate_close) struct operate *operate = ARENA_NEW(arena, struct operate);
    operate->app = app;
    operate->arena = arena;
    crypto_random(operate->secret, sizeof operate->secret);
    pthread_rwlock_init(&operate->lock, NULL);
    pthread_mutex_init(&operate->probe_lock, NULL);
    if (!read_password(operate, err) || !listen_there(operate, err))
        return false;
    *out = operate;
    operate = NULL;
    return true;
}

const char *operate_url(const struct operate *operate)
{
    return operate->url;
}

void operate_stopping(struct operate *operate)
{
    if (!operate)
        return;
    pthread_rwlock_wrlock(&operate->lock);
    operate->is_stopping = true;
    pthread_rwlock_unlock(&operate->lock);
}

void operate_close(struct operate **handle)
{
    struct operate *operate = *handle;
    if (!operate)
        return;
    server_close(&operate->server);
    pthread_rwlock_destroy(&operate->lock);
    pthread_mutex_destroy(&operate->probe_lock);
    struct arena *arena = operate->arena;
    arena_close(&arena);
    *handle = NULL;
}
