#include "engine/sandbox/sandbox.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/http/server.h"
#include "engine/sandbox/sandbox_authority.h"
#include "engine/sandbox/sandbox_corner2.h"
#include "engine/sandbox/sandbox_digipost.h"
#include "engine/sandbox/sandbox_mailbox.h"
#include "engine/sandbox/sandbox_mailboxes.h"
#include "engine/sandbox/sandbox_seed.h"
#include "engine/sandbox/sandbox_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BROKER_KEY_FILE "broker.key.pem"
#define BROKER_CERTIFICATE_FILE "broker.certificate.pem"

enum { MAX_FILE_BYTES = 10 * 1024 * 1024 };

struct sandbox {
    struct sandbox_world world;
    struct server *api, *mailbox;
    const char *broker_key_file, *issuers_file;
    const char *dpi_key_file, *dpi_certificate_file, *dpi_trust;
    const char *idporten_issuer, *idporten_key_file;
};

static const int64_t granted[] = {1000077};
static const struct sandbox_broker fjordvik = {.id = 1000042,
                                               .name = "Fjordvik kommune",
                                               .organisation_number = "310245682",
                                               .senders = granted,
                                               .sender_count = COUNT(granted)};

/* ---- opening ---- */

/* The pair that clients of the first broker sign with; made at the first start. */
static bool read_broker_certificate(struct sandbox_world *world, struct bytes *out,
                                    struct error *err)
{
    struct error missing;
    if (sandbox_ledger_read_file(world->ledger, world->arena, BROKER_CERTIFICATE_FILE, out,
                                 &missing))
        return true;
    struct bytes key_pem;
    crypto_make_certificate(world->arena, "Sandkasse: megler", &key_pem, out);
    return sandbox_ledger_write_file(world->ledger, BROKER_KEY_FILE, key_pem, err) &&
           sandbox_ledger_write_file(world->ledger, BROKER_CERTIFICATE_FILE, *out, err);
}

/* A broker without a certificate of its own, other than the first, has none registered. */
static bool copy_broker(struct sandbox_world *world, const struct sandbox_broker *from, size_t at,
                        struct error *err)
{
    struct sandbox_broker *to = &world->brokers[at];
    *to = *from;
    to->name = arena_text(world->arena, from->name);
    to->organisation_number = arena_text(world->arena, from->organisation_number);
    int64_t *senders = ARENA_ARRAY(world->arena, from->sender_count, int64_t);
    if (from->sender_count)
        memcpy(senders, from->senders, from->sender_count * sizeof *senders);
    to->senders = senders;
    if (at == 0 && from->certificate_pem.size == 0 &&
        !read_broker_certificate(world, &to->certificate_pem, err))
        return false;
    return to->certificate_pem.size == 0 ||
           crypto_certificate_open(to->certificate_pem, BROKER_CERTIFICATE_FILE,
                                   &world->broker_certificates[at], err);
}

static bool copy_settings(struct sandbox_world *world, const struct sandbox_settings *settings,
                          struct error *err)
{
    const struct sandbox_broker *brokers = settings->broker_count ? settings->brokers : &fjordvik;
    world->broker_count = settings->broker_count ? settings->broker_count : 1;
    world->brokers = ARENA_ARRAY(world->arena, world->broker_count, struct sandbox_broker);
    world->broker_certificates =
        ARENA_ARRAY(world->arena, world->broker_count, struct crypto_key *);
    world->max_file_bytes = settings->max_file_bytes ? settings->max_file_bytes : MAX_FILE_BYTES;
    world->path_seed = settings->path_seed;
    while (world->path_seed == 0)
        crypto_random((unsigned char *)&world->path_seed, sizeof world->path_seed);
    for (size_t i = 0; i < world->broker_count; i++)
        if (!copy_broker(world, &brokers[i], i, err))
            return false;
    return true;
}

/* An organisation signs letters and requests with the same key, as it would with its business
 * certificate; a file that is not there is an empty one. */
static struct bytes key_at_hand(struct sandbox_world *world, const char *file)
{
    struct error missing;
    struct bytes pem = {NULL, 0};
    if (!sandbox_ledger_read_file(world->ledger, world->arena, file, &pem, &missing))
        pem = (struct bytes){NULL, 0};
    return pem;
}

static bool open_authority(struct sandbox_world *world, const char *folder, struct error *err)
{
    const struct sandbox_authority_settings settings = {
        .folder = folder,
        .agency_name = world->brokers[0].name,
        .agency_number = world->brokers[0].organisation_number,
        .agency_key_pem = key_at_hand(world, BROKER_KEY_FILE),
        .digipost_key_pem = key_at_hand(world, SANDBOX_WORLD_KEY_FILE),
    };
    return sandbox_authority_open(&settings, &world->authority, err);
}

static bool open_world(struct sandbox_world *world, const struct sandbox_settings *settings,
                       struct error *err)
{
    struct sandbox_signers signers;
    sandbox_login_init(&world->login);
    return sandbox_ledger_open(settings->folder, &world->ledger, err) &&
           sandbox_mail_open(world->ledger, &world->mail, err) &&
           sandbox_post_open(world->ledger, &world->post, err) &&
           sandbox_schema_open(settings->schema_file, &world->schema, err) &&
           sandbox_schemas_open(settings->dpi_schema_folder, &world->schemas, err) &&
           sandbox_world_read_key(world, err) && copy_settings(world, settings, err) &&
           open_authority(world, settings->folder, err) &&
           sandbox_signers_read(world->ledger, world->arena, &signers, err) &&
           sandbox_idporten_open(world, settings->folder, settings->login_site, err) &&
           (settings->empty || sandbox_seed(world->ledger, world->mail, &signers, err));
}

static char *url_of(struct arena *arena, const char *address, int port)
{
    return arena_printf(arena, strchr(address, ':') ? "http://[%s]:%d" : "http://%s:%d", address,
                        port);
}

/* One server for what is asked by machines: the Digipost API, and corner 2 beside it. */
static bool is_corner2(const struct request *request)
{
    return text_starts_with(request->path, SANDBOX_WORLD_DPI_PATH "/");
}

static void handle_api(void *world, struct request *request, struct response *response)
{
    if (is_corner2(request))
        sandbox_corner2_handle(world, request, response);
    else
        sandbox_digipost_handle(world, request, response);
}

/* A little more than is taken, so that we are the ones to refuse. */
static size_t api_body_limit(void *world, const struct request *request)
{
    enum { MORE = 2 * 1024 * 1024 };
    return is_corner2(request) ? (size_t)SANDBOX_CORNER2_MAX_BYTES + MORE
                               : sandbox_digipost_body_limit(world, request);
}

/* Both wait for the lock until the addresses are known. */
static bool serve(struct sandbox *sandbox, const struct sandbox_settings *settings,
                  struct error *err)
{
    struct sandbox_world *world = &sandbox->world;
    const char *address = settings->address ? settings->address : "127.0.0.1";
    struct server_settings api = {.address = address,
                                  .port = settings->api_port,
                                  .file_bytes = SANDBOX_CORNER2_MAX_BYTES,
                                  .handle = handle_api,
                                  .body_limit = api_body_limit,
                                  .context = world};
    struct server_settings mailbox = {.address = address,
                                      .port = settings->mailbox_port,
                                      .handle = sandbox_mailbox_handle,
                                      .context = world};
    pthread_mutex_lock(&world->lock);
    bool ok =
        server_open(&api, &sandbox->api, err) && server_open(&mailbox, &sandbox->mailbox, err);
    if (ok) {
        world->api_url = url_of(world->arena, address, server_port(sandbox->api));
        world->mailbox_url = url_of(world->arena, address, server_port(sandbox->mailbox));
        world->dpi_url = arena_printf(world->arena, "%s" SANDBOX_WORLD_DPI_PATH, world->api_url);
    }
    pthread_mutex_unlock(&world->lock);
    return ok;
}

static bool find_apart(struct sandbox *sandbox, const struct sandbox_settings *settings,
                       struct error *err)
{
    struct sandbox_world *world = &sandbox->world;
    const char *address = settings->address ? settings->address : "127.0.0.1";
    if (!settings->api_port || !settings->mailbox_port)
        return error_set(err, ERROR_INVALID, "the ports of a sandbox that runs apart must be said");
    if (access(sandbox->broker_key_file, R_OK) != 0)
        return error_set(err, ERROR_UNAVAILABLE,
                         "no sandbox has been started in '%.150s' (skjema sandbox)",
                         settings->folder);
    world->api_url = url_of(world->arena, address, settings->api_port);
    world->mailbox_url = url_of(world->arena, address, settings->mailbox_port);
    world->dpi_url = arena_printf(world->arena, "%s" SANDBOX_WORLD_DPI_PATH, world->api_url);
    world->brokers = ARENA_NEW(world->arena, struct sandbox_broker);
    world->brokers[0].id = settings->broker_count ? settings->brokers[0].id : fjordvik.id;
    return true;
}

bool sandbox_open(const struct sandbox_settings *settings, struct sandbox **out, struct error *err)
{
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (!sandbox)
        abort();
    crypto_reuse_keys(getenv("SKJEMA_SPARE_KEYS")); /* of tests */
    sandbox->world.arena = arena_open();
    pthread_mutex_init(&sandbox->world.lock, NULL);
    sandbox->world.api_url = sandbox->world.mailbox_url = sandbox->world.dpi_url = "";
    sandbox->broker_key_file =
        arena_printf(sandbox->world.arena, "%s/" BROKER_KEY_FILE, settings->folder);
    sandbox->issuers_file =
        arena_printf(sandbox->world.arena, "%s/" SANDBOX_SIGNERS_ISSUERS, settings->folder);
    sandbox->dpi_key_file =
        arena_printf(sandbox->world.arena, "%s/dpi/agency.key.pem", settings->folder);
    sandbox->dpi_trust = arena_printf(sandbox->world.arena, "%s/dpi/trust", settings->folder);
    sandbox->dpi_certificate_file =
        arena_printf(sandbox->world.arena, "%s/dpi/agency.certificate.pem", settings->folder);
    sandbox->idporten_key_file =
        arena_printf(sandbox->world.arena, "%s/" SANDBOX_IDPORTEN_KEY_FILE, settings->folder);
    bool opened = settings->is_apart
                      ? find_apart(sandbox, settings, err)
                      : open_world(&sandbox->world, settings, err) && serve(sandbox, settings, err);
    if (!opened) {
        sandbox_close(&sandbox);
        return false;
    }
    sandbox->idporten_issuer = sandbox_idporten_issuer_of(&sandbox->world, sandbox->world.arena);
    *out = sandbox;
    return true;
}

void sandbox_close(struct sandbox **handle)
{
    struct sandbox *sandbox = *handle;
    if (!sandbox)
        return;
    struct sandbox_world *world = &sandbox->world;
    atomic_store(&world->is_closing, true);
    server_close(&sandbox->api);
    server_close(&sandbox->mailbox);
    for (size_t i = 0; world->broker_certificates && i < world->broker_count; i++)
        crypto_key_close(&world->broker_certificates[i]);
    crypto_key_close(&world->key);
    sandbox_login_finish(&world->login);
    sandbox_idporten_finish(&world->idporten);
    sandbox_authority_close(&world->authority);
    sandbox_schema_close(&world->schema);
    sandbox_schemas_close(&world->schemas);
    sandbox_mail_close(&world->mail);
    sandbox_post_close(&world->post);
    sandbox_ledger_close(&world->ledger);
    pthread_mutex_destroy(&world->lock);
    arena_close(&world->arena);
    free(sandbox);
    *handle = NULL;
}

const char *sandbox_api_url(const struct sandbox *sandbox)
{
    return sandbox->world.api_url;
}

const char *sandbox_mailbox_url(const struct sandbox *sandbox)
{
    return sandbox->world.mailbox_url;
}

int64_t sandbox_broker_id(const struct sandbox *sandbox)
{
    return sandbox->world.brokers[0].id;
}

const char *sandbox_broker_key_file(const struct sandbox *sandbox)
{
    return sandbox->broker_key_file;
}

const char *sandbox_issuers_file(const struct sandbox *sandbox)
{
    return sandbox->issuers_file;
}

const char *sandbox_dpi_url(const struct sandbox *sandbox)
{
    return sandbox->world.dpi_url;
}

const char *sandbox_dpi_key_file(const struct sandbox *sandbox)
{
    return sandbox->dpi_key_file;
}

const char *sandbox_dpi_certificate_file(const struct sandbox *sandbox)
{
    return sandbox->dpi_certificate_file;
}

const char *sandbox_dpi_trust(const struct sandbox *sandbox)
{
    return sandbox->dpi_trust;
}

const char *sandbox_idporten_issuer(const struct sandbox *sandbox)
{
    return sandbox->idporten_issuer;
}

const char *sandbox_idporten_client(const struct sandbox *sandbox)
{
    (void)sandbox;
    return SANDBOX_IDPORTEN_CLIENT;
}

const char *sandbox_idporten_key_file(const struct sandbox *sandbox)
{
    return sandbox->idporten_key_file;
}

const char *sandbox_idporten_kid(const struct sandbox *sandbox)
{
    (void)sandbox;
    return SANDBOX_IDPORTEN_KID;
}

/* ---- faults ---- */

static const char *const fault_names[SANDBOX_FAULT_COUNT] = {
    [SANDBOX_FAULT_NONE] = "none",
    [SANDBOX_FAULT_DOWN] = "down",
    [SANDBOX_FAULT_SLOW] = "slow",
    [SANDBOX_FAULT_HANG] = "hang",
    [SANDBOX_FAULT_REFUSE] = "refuse",
    [SANDBOX_FAULT_ANSWER_LOST] = "answer-lost",
    [SANDBOX_FAULT_ERROR_BEFORE] = "error-before",
    [SANDBOX_FAULT_ERROR_AFTER] = "error-after",
    [SANDBOX_FAULT_GATEWAY] = "gateway",
    [SANDBOX_FAULT_WRONG_SIGNATURE] = "wrong-signature",
    [SANDBOX_FAULT_NO_SIGNATURE] = "no-signature",
    [SANDBOX_FAULT_WRONG_DATE] = "wrong-date",
    [SANDBOX_FAULT_WRONG_HASH] = "wrong-hash",
    [SANDBOX_FAULT_FLIPPED] = "flipped",
    [SANDBOX_FAULT_CHUNKED] = "chunked",
    [SANDBOX_FAULT_ROTATED] = "rotated",
    [SANDBOX_FAULT_ODD_LINKS] = "odd-links",
    [SANDBOX_FAULT_UNKNOWN_EVENT] = "unknown-event",
    [SANDBOX_FAULT_UNKNOWN_CODE] = "unknown-code",
    [SANDBOX_FAULT_NO_ERROR_TYPE] = "no-error-type",
    [SANDBOX_FAULT_EMPTY_ERROR] = "empty-error",
    [SANDBOX_FAULT_GARBAGE] = "garbage",
    [SANDBOX_FAULT_REDIRECT] = "redirect",
    [SANDBOX_FAULT_DUPLICATE_LOCATION] = "duplicate-location",
    [SANDBOX_FAULT_DUPLICATE_DELIVERED] = "duplicate-delivered",
    [SANDBOX_FAULT_OLD_SIGNATURE_ERROR] = "old-signature-error",
    [SANDBOX_FAULT_UNKNOWN_USER] = "unknown-user",
    [SANDBOX_FAULT_NOT_FOUND] = "not-found",
    [SANDBOX_FAULT_CONFLICT] = "conflict",
    [SANDBOX_FAULT_TOO_MANY] = "too-many",
    [SANDBOX_FAULT_ELSEWHERE] = "elsewhere",
    [SANDBOX_FAULT_LONGER] = "longer",
    [SANDBOX_FAULT_GZIP] = "gzip",
    [SANDBOX_FAULT_TWICE] = "twice",
    [SANDBOX_FAULT_NOT_SENT] = "not-sent",
    [SANDBOX_FAULT_MAILBOX_BROKEN] = "mailbox-broken",
    [SANDBOX_FAULT_NO_SMS] = "no-sms",
    [SANDBOX_FAULT_NO_EMAIL] = "no-email",
    [SANDBOX_FAULT_RECEIPT_LATE] = "receipt-late",
    [SANDBOX_FAULT_RECEIPT_LOST] = "receipt-lost",
    [SANDBOX_FAULT_RECEIPT_TWICE] = "receipt-twice",
    [SANDBOX_FAULT_RECEIPT_ORDER] = "receipt-order",
    [SANDBOX_FAULT_RECEIPT_SIGNATURE] = "receipt-signature",
    [SANDBOX_FAULT_RECEIPT_STRANGER] = "receipt-stranger",
    [SANDBOX_FAULT_RECEIPT_UNKNOWN] = "receipt-unknown",
    [SANDBOX_FAULT_RECEIPT_SCHEMA] = "receipt-schema",
    [SANDBOX_FAULT_LINK_DROPPED] = "link-dropped",
};

const char *sandbox_fault_name(enum sandbox_fault fault)
{
    return fault_names[fault];
}

bool sandbox_fault_parse(const char *name, enum sandbox_fault *out)
{
    for (int i = 0; i < SANDBOX_FAULT_COUNT; i++)
        if (text_equal(fault_names[i], name)) {
            *out = (enum sandbox_fault)i;
            return true;
        }
    return false;
}

void sandbox_fault(struct sandbox *sandbox, enum sandbox_fault fault, const char *on, int count)
{
    pthread_mutex_lock(&sandbox->world.lock);
    sandbox_world_set_fault(&sandbox->world, fault, on, count);
    pthread_mutex_unlock(&sandbox->world.lock);
}

void sandbox_dedupe(struct sandbox *sandbox, bool refuses)
{
    pthread_mutex_lock(&sandbox->world.lock);
    sandbox->world.takes_twice = !refuses;
    pthread_mutex_unlock(&sandbox->world.lock);
}

void sandbox_advance(struct sandbox *sandbox, int64_t seconds)
{
    pthread_mutex_lock(&sandbox->world.lock);
    sandbox_mail_advance(sandbox->world.mail, seconds);
    pthread_mutex_unlock(&sandbox->world.lock);
}

/* ---- what lies in a mailbox, what its owner does ---- */

void sandbox_letters(struct sandbox *sandbox, struct arena *arena, const char *person_key,
                     struct sandbox_letter **out, size_t *count)
{
    pthread_mutex_lock(&sandbox->world.lock);
    sandbox_mailboxes_settle(&sandbox->world);
    sandbox_world_letters(&sandbox->world, arena, person_key, out, count);
    pthread_mutex_unlock(&sandbox->world.lock);
}

bool sandbox_document_bytes(struct sandbox *sandbox, struct arena *arena, const char *uuid,
                            struct bytes *out)
{
    struct sandbox_world *world = &sandbox->world;
    pthread_mutex_lock(&world->lock);
    const struct sandbox_document *document = sandbox_mail_find_document(world->mail, 0, uuid);
    bool found =
        document && sandbox_ledger_content(world->ledger, arena, document->sha256, out, NULL);
    pthread_mutex_unlock(&world->lock);
    return found;
}

bool sandbox_share(struct sandbox *sandbox, const char *request_uuid,
                   const char *const *document_uuids, size_t count, struct error *err)
{
    pthread_mutex_lock(&sandbox->world.lock);
    bool ok = sandbox_world_share(&sandbox->world, request_uuid, document_uuids, count, err);
    pthread_mutex_unlock(&sandbox->world.lock);
    return ok;
}

bool sandbox_withdraw(struct sandbox *sandbox, const char *request_uuid, struct error *err)
{
    pthread_mutex_lock(&sandbox->world.lock);
    bool ok = sandbox_world_withdraw(&sandbox->world, request_uuid, err);
    pthread_mutex_unlock(&sandbox->world.lock);
    return ok;
}

/* One of Digital post by its message, which is what stands before the '/'. */
static bool open_post(struct sandbox_world *world, const char *uuid, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *id = arena_text(arena, uuid);
    id[strcspn(id, "/")] = '\0';
    const struct sandbox_post_message *message = sandbox_post_find(world->post, id);
    return sandbox_mailboxes_open(world, message ? message->number : 0, err);
}

bool sandbox_open_letter(struct sandbox *sandbox, const char *uuid, struct error *err)
{
    pthread_mutex_lock(&sandbox->world.lock);
    bool ok = strchr(uuid, '/') ? open_post(&sandbox->world, uuid, err)
                                : sandbox_world_open_letter(&sandbox->world, uuid, err);
    pthread_mutex_unlock(&sandbox->world.lock);
    return ok;
}
