#include "engine/app.h"

#include "engine/base/breaker.h"
#include "engine/base/clock.h"
#include "engine/base/durable.h"
#include "engine/base/fetch.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/checking.h"
#include "engine/clamd.h"
#include "engine/deliver.h"
#include "engine/files.h"
#include "engine/http/server.h"
#include "engine/login/machine.h"
#include "engine/limits.h"
#include "engine/provider.h"
#include "engine/look_now.h"
#include "engine/master_keys.h"
#include "engine/metrics.h"
#include "engine/pages/attach.h"
#include "engine/pages/failure.h"
#include "engine/pages/operate.h"
#include "engine/receipt_signature.h"
#include "engine/reconcile.h"
#include "engine/registers.h"
#include "engine/reuse/tell.h"
#include "engine/routes.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_login.h"
#include "engine/site_database.h"
#include "engine/upkeep.h"
#include "engine/versions.h"
#include "engine/visitor.h"
#include "engine/witness.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/restored.h"
#include "storage/retention.h"
#include "storage/postbox/maskinporten.h"

#include <stdlib.h>
#include <string.h>

enum {
    DATABASE_WAIT_MS = 5000,
    IO_THREADS = 2, /* of the listener; as many read documents while they are sent */
    /* for each thread of deliver.c, for checking.c, for upkeep.c and for reconcile.c */
    WORKER_CONNECTIONS = 8,
    OPERATE_CONNECTIONS = 2,
    STOP_CALLS_MS = 5000, /* what calls out may still take when it stops (D-13: 20 s in all) */
    GIVE_UP_MS = 72 * 3600 * 1000,
    SANDBOX_POLL_MS = 500,
    SANDBOX_BROKER_ID = 1000042,
};

static void tell_finding(void *context, const struct finding *finding)
{
    (void)context;
    CLEANUP(arena_close) struct arena *arena = arena_open(); /* we are a reader's thread */
    struct buf line;
    buf_init(&line, arena);
    finding_write(finding, &line);
    char *text = buf_text(&line);
    text[strcspn(text, "\n")] = '\0';
    bool error = finding->severity == FINDING_ERROR;
    log_event(error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "form", "finding=\"%s\"", text);
}

/* Nothing written since can be trusted; a restart reads what is really there (D-6). */
static void end(const char *why)
{
    log_event(LOG_LEVEL_ERROR, "disk_lost", "why=\"%s\"", why);
    _Exit(1);
}

static void end_at_loss(void *context, const char *why)
{
    (void)context;
    end(why);
}

static const char *ledger_of(struct arena *arena, const struct config *config)
{
    return arena_printf(arena, "%s/deletions", config->data);
}

static const char *mark_of(struct arena *arena, const struct config *config)
{
    return arena_printf(arena, "%s/mark", config->data);
}

/* Before anything is delivered: what waited in a backup may have been sent since (D-15). */
static bool doubt_backup(struct app *app, struct db *db, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bool was;
    int64_t doubted;
    if (!restored_check(arena, db, mark_of(arena, app->config), &was, &doubted, err))
        return false;
    if (was)
        log_event(LOG_LEVEL_WARNING, "backup_put_back", "letters_to_ask_about=%lld",
                  (long long)doubted);
    return true;
}

/* Before anything is served: a backup may have been put back (S-KEY-6). */
static bool delete_again(struct app *app, struct db *db, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    size_t count;
    if (!retention_replay(arena, db, ledger_of(arena, app->config), &count, err))
        return false;
    if (count)
        log_event(LOG_LEVEL_WARNING, "deleted_again", "count=%zu", count);
    return true;
}

static bool open_database(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    durable_on_loss(end);
    struct db_options options = {
        .url = site_database_url(app->arena, config->data),
        .connections =
            (size_t)config->worker_threads + IO_THREADS + WORKER_CONNECTIONS + OPERATE_CONNECTIONS,
        .wait_ms = DATABASE_WAIT_MS,
        .on_loss = end_at_loss,
        .keys = app->keys,
    };
    if (!db_pool_open(&options, &app->db, err))
        return false;
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(app->db, &db, err) && migrate_run(db, err) && keys_prepare(db, err) &&
           doubt_backup(app, db, err) && delete_again(app, db, err);
}

/* What the log of who did what says of this start, and whether its heads can be sent at all. */
static bool bear_witness(struct app *app, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(app->db, &db, err) && witness_settings(db, app->config, err) &&
           witness_keys(db, app->keys, err) && witness_send(db, app->config->audit_heads, err);
}

/* After everything else has stopped: nothing is in the log that this head does not know, and a copy
 * of the files as they are now is known for one when it is put back later. */
static void send_last_head(struct app *app)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    if (!db_borrow(app->db, &db, &err) || !witness_send(db, app->config->audit_heads, &err) ||
        !restored_turn(app->arena, db, mark_of(app->arena, app->config), &err))
        log_error("witness_failed", &err);
}

/* The sandbox's world lies beside the database, but is its own. */
static bool open_sandbox(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    app->mailbox_url = config->mailbox_url;
    if (!config->sandbox)
        return true;
    const struct sandbox_broker agency = {
        .id = SANDBOX_BROKER_ID,
        .name = config->agency_name,
        .organisation_number = config->agency_number,
    };
    struct sandbox_settings settings = {
        .brokers = &agency,
        .broker_count = 1,
        .folder = arena_printf(app->arena, "%s/sandbox", config->data),
        .api_port = (int)config->sandbox_api_port,
        .mailbox_port = (int)config->sandbox_mailbox_port,
        .is_apart = config->sandbox_apart,
    };
    if (!sandbox_open(&settings, &app->sandbox, err))
        return false;
    app->mailbox_url = sandbox_mailbox_url(app->sandbox);
    return issuers_read(&app->issuers, sandbox_issuers_file(app->sandbox), err);
}

/* Read once, and tried; a certificate that is past its time signs nothing that holds. */
static bool open_signature(struct app *app, struct error *err)
{
    const char *file;
    if (!receipt_signature_of(app->arena, app->config, &app->signature, &file, err))
        return false;
    if (!app->signature) {
        log_event(LOG_LEVEL_WARNING, "receipts_unsigned", "why=\"receipt_key is not set\"");
        return true;
    }
    int64_t until = receipt_signature_valid_until(app->signature);
    if (until <= clock_now())
        return error_at(err, ERROR_INVALID, file, 0, "the certificate was valid until %s",
                        clock_iso_utc(app->arena, until));
    log_event(LOG_LEVEL_INFO, "receipts_signed", "certificate=\"%s\" valid_until=%s", file,
              clock_iso_utc(app->arena, until));
    return true;
}

static bool open_registers(struct app *app, struct error *err)
{
    return registers_open_maskinporten(app->arena, app->config, app->sandbox, &app->maskinporten,
                                       err) &&
           registers_read(app->arena, app->config, app->sandbox, app->maskinporten, &app->registers,
                          err);
}

static bool open_channels(struct app *app, struct error *err)
{
    const struct channel_table_settings settings = {
        .config = app->config,
        .sandbox = app->sandbox,
        .maskinporten = app->maskinporten,
        .registers = &app->registers,
        .db = app->db,
    };
    return channel_table_open(app->arena, &settings, &app->channels, err);
}

/* Whose access tokens are taken: the configured issuer's, else the sandbox's. */
static bool open_machines(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    const char *issuer = config->machine_issuer, *audience = config->machine_audience;
    bool sandbox = !*issuer && app->sandbox;
    if (!*issuer && !sandbox)
        return true;
    if (sandbox)
        issuer =
            arena_printf(app->arena, "%s" SANDBOX_LOGIN_PATH, sandbox_mailbox_url(app->sandbox));
    if (!*audience)
        audience = *config->public_url ? config->public_url : sandbox ? SANDBOX_LOGIN_AUDIENCE : "";
    if (!*audience)
        return error_set(err, ERROR_INVALID,
                         "machine_issuer is set, but neither machine_audience nor public_url: "
                         "access tokens must be for us");
    const char *keys = config->machine_jwks_url;
    const struct machine_settings settings = {
        .issuer = issuer,
        .audience = audience,
        .keys = {.url = *keys ? keys : arena_printf(app->arena, "%sjwk", issuer),
                 .ca_file = *config->machine_ca ? config->machine_ca : NULL,
                 .allow_private = sandbox,
                 .timeout_ms = (int)config->register_timeout_ms},
    };
    machines_open(&settings, &app->machines);
    return true;
}

/* Blocking calls to the provider leave half of the threads to everybody else (idporten.h). */
static bool open_login(struct app *app, struct error *err)
{
    return provider_open(app->arena, app->config, app->sandbox, &app->idporten, err);
}

static bool open_checking(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct checking_settings settings = {
        .db = app->db,
        .clamd = config->clamd,
        .timeout_ms = CLAMD_TIMEOUT_MS,
        .poll_ms = config->poll_ms,
    };
    if (!screening_read(config, &app->screening, err))
        return false;
    breaker_open_narrow(SCREENING_AT_ONCE, BREAKER_REST_MS, &app->screening.breaker);
    settings.policy = app->screening.policy;
    return checking_open(&settings, &app->checking, err);
}

/* A person who tries things out with the sandbox sees news within two seconds: this, and the second
 * after which a waiting page looks again. The real postbox is asked as often as configured. */
static int64_t deliver_poll_ms(const struct app *app)
{
    int64_t configured_ms = app->config->poll_ms;
    return app->sandbox && configured_ms > SANDBOX_POLL_MS ? SANDBOX_POLL_MS : configured_ms;
}

static bool open_deliver(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct deliver_settings settings = {
        .db = app->db,
        .channels = &app->channels.channels,
        .digipost = app->channels.digipost,
        .receipts = app->channels.dpi.dpi ? &app->channels.dpi.receipts : NULL,
        .registers = &app->registers,
        .issuers = &app->issuers,
        .timeout_ms = (int)config->outbound_timeout_ms,
        .lease_ms = config->lease_s * 1000,
        .poll_ms = deliver_poll_ms(app),
        .file_bytes = config->file_bytes,
        .most = {config->draft_files, attach_most_bytes(config), config->citizen_bytes},
        .spools = app->spools,
        .give_up_ms = GIVE_UP_MS,
    };
    settings.checking = app->checking;
    return deliver_open(&settings, &app->deliver, err);
}

static bool open_reconcile(struct app *app, struct error *err)
{
    const struct reconcile_settings settings = {
        .db = app->db, .channels = &app->channels.channels, .metrics = app->metrics};
    return reconcile_open(&settings, &app->reconcile, err);
}

static bool open_upkeep(struct app *app, struct error *err)
{
    const struct upkeep_settings settings = {
        .db = app->db,
        .forms = app->forms,
        .session_rules = app->session_rules,
        .draft_days = app->config->draft_days,
        .evidence_keep_days = app->config->evidence_keep_days,
        .ledger = ledger_of(app->arena, app->config),
        .keys = app->keys,
        .heads = app->config->audit_heads,
        .mark = mark_of(app->arena, app->config),
    };
    return upkeep_open(&settings, &app->upkeep, err);
}

static void count_answer(void *context, int status, int64_t took_ms)
{
    struct app *app = context;
    metrics_answered(app->metrics, status, took_ms);
}

static bool open_site(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    app->router = (struct router){
        .routes = routes,
        .route_count = routes_count,
        .admit = visitor_admit,
        .leave = visitor_leave,
        .refuse = failure_refuse,
        .yields = routes_yield,
        .at_once = routes_at_once,
        .answered = count_answer,
        .files_limit = (size_t)config->draft_bytes + REQUEST_BODY_BYTES,
        .context = app,
    };
    struct server_settings settings = {
        .address = config->listen_address,
        .port = (int)config->listen_port,
        .hosts = config->hosts,
        .public_host = *config->public_url ? strstr(config->public_url, "//") + 2 : NULL,
        .trusted_proxies = config->trusted_proxies,
        .worker_threads = (int)config->worker_threads,
        .io_threads = IO_THREADS,
        .queue_length = (int)config->queue_length,
        .connections = (int)config->connections,
        .connections_per_peer = (int)config->connections_per_client,
        .spools = app->spools,
        .file_bytes = config->file_bytes,
        .files = (int)config->draft_files,
        .admit = router_admit,
        .handle = router_handle,
        .body_limit = router_body_limit,
        .refuse = router_refuse,
        .yields = router_yields,
        .at_once = router_at_once,
        .answered = router_answered,
        .context = &app->router,
    };
    if (!server_open(&settings, &app->site, err))
        return false;
    bool is_v6 = strchr(config->listen_address, ':') != NULL;
    app->origin = *config->public_url
                      ? config->public_url
                      : arena_printf(app->arena, is_v6 ? "http://[%s]:%d" : "http://%s:%d",
                                     config->listen_address, server_port(app->site));
    return true;
}

/* Its letters lead to the site, whose address is known once it listens. */
static bool open_tell(struct app *app, struct error *err)
{
    const struct tell_settings settings = {
        .db = app->db,
        .agency = &app->agency,
        .issuers = &app->issuers,
        .origin = app->origin,
        .deliver = app->deliver,
        .poll_ms = app->config->poll_ms,
    };
    return tell_open(&settings, &app->tell, err);
}

static bool agency_kind(const struct config *config, enum form_agency *out, struct error *err)
{
    bool state = text_equal(config->agency_kind, "state");
    if (!state && !text_equal(config->agency_kind, "municipal"))
        return error_set(err, ERROR_INVALID, "agency_kind is \"%s\": it may be state or municipal",
                         config->agency_kind);
    *out = state ? FORM_AGENCY_STATE : FORM_AGENCY_MUNICIPAL;
    return true;
}

static bool open_forms(struct app *app, struct error *err)
{
    enum form_agency agency;
    if (!agency_kind(app->config, &agency, err) ||
        !catalogue_open(app->config->forms, agency, tell_finding, NULL, &app->forms, err))
        return false;
    versions_open(app->forms, &app->versions);
    return true;
}

static bool open_look(struct app *app, struct error *err)
{
    return look_now_open(app->config->agency_look, &app->agency, &app->look, err);
}

static bool open_issuers(struct app *app, struct error *err)
{
    const char *path = app->config->issuers;
    issuers_init(&app->issuers, app->arena);
    return !*path || issuers_read(&app->issuers, path, err);
}

static bool open_all(struct app *app, struct error *err)
{
    return open_look(app, err) && open_issuers(app, err) && open_forms(app, err) &&
           files_make_folder(app->config->data, err) &&
           master_keys_open(app->config, &app->keys, err) && open_database(app, err) &&
           bear_witness(app, err) && open_sandbox(app, err) && open_signature(app, err) &&
           open_login(app, err) && open_machines(app, err) && open_registers(app, err) &&
           open_channels(app, err) && open_checking(app, err) && open_deliver(app, err) &&
           open_reconcile(app, err) && open_upkeep(app, err) && open_site(app, err) &&
           open_tell(app, err) && operate_open(app, &app->operate, err);
}

bool app_open(const struct config *config, struct app **out, struct error *err)
{
    struct arena *arena = arena_open();
    struct app *app = ARENA_NEW(arena, struct app);
    app->arena = arena;
    app->config = config;
    app->agency = (struct frame_agency){
        .name = config->agency_name,
        .number = config->agency_number,
        .address = config->agency_address,
        .phone = config->agency_phone,
        .email = config->agency_email,
    };
    app->session_rules =
        (struct sessions_rules){config->session_idle_s, config->session_absolute_s};
    metrics_open(&app->metrics);
    limits_open(config, &app->limits);
    breaker_open(BREAKER_REST_MS, &app->names);
    spools_open(config->data, config->staging_bytes, &app->spools);
    if (!open_all(app, err)) {
        app_close(&app);
        return false;
    }
    *out = app;
    return true;
}

void app_close(struct app **app)
{
    if (!*app)
        return;
    struct app *closing = *app;
    *app = NULL;
    bool has_served = closing->site != NULL;
    deliver_stopping(closing->deliver); /* before its calls are cut off */
    fetch_end_within(STOP_CALLS_MS);
    operate_stopping(closing->operate);
    server_close(&closing->site);
    tell_close(&closing->tell);
    upkeep_close(&closing->upkeep);
    reconcile_close(&closing->reconcile);
    deliver_close(&closing->deliver);
    checking_close(&closing->checking);
    breaker_close(&closing->screening.breaker);
    spools_close(&closing->spools);
    channel_table_close(&closing->channels);
    maskinporten_close(&closing->maskinporten);
    idporten_close(&closing->idporten);
    breaker_close(&closing->names);
    machines_close(&closing->machines);
    sandbox_close(&closing->sandbox);
    receipt_signature_close(&closing->signature);
    if (has_served)
        send_last_head(closing);
    operate_close(&closing->operate);
    metrics_close(&closing->metrics);
    limits_close(&closing->limits);
    if (closing->db)
        db_pool_close(&closing->db);
    keyring_close(&closing->keys);
    versions_close(&closing->versions);
    catalogue_close(&closing->forms);
    look_now_close(&closing->look);
    issuers_finish(&closing->issuers);
    struct arena *arena = closing->arena;
    arena_close(&arena);
}
