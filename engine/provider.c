#include "engine/provider.h"

#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox.h"

enum { PEM_MAX_BYTES = 64 * 1024, SECRET_MAX_BYTES = 4 * 1024 };

/* Half of the threads, so that the other half has them when the provider is slow. */
static int calls_at_once(const struct config *config)
{
    return config->worker_threads < 4 ? 1 : (int)(config->worker_threads / 2);
}

static void use_sandbox(const struct sandbox *sandbox, struct idporten_settings *settings,
                        const char **key_file)
{
    settings->provider.issuer = settings->client.issuer = sandbox_idporten_issuer(sandbox);
    settings->client.client_id = sandbox_idporten_client(sandbox);
    settings->client.kid = sandbox_idporten_kid(sandbox);
    *key_file = sandbox_idporten_key_file(sandbox);
}

static bool read_secret(struct arena *arena, const char *file, const char **out, struct error *err)
{
    struct bytes content;
    if (!files_read(arena, file, SECRET_MAX_BYTES, &content, err))
        return false;
    *out = text_trim(arena, arena_text_of(arena, content));
    return **out || error_at(err, ERROR_INVALID, file, 0, "no client secret in it");
}

static bool read_proof(struct arena *arena, const char *secret_file, const char *key_file,
                       struct client_call_settings *client, struct error *err)
{
    if (*secret_file)
        return read_secret(arena, secret_file, &client->secret, err);
    if (!*key_file)
        return error_set(err, ERROR_INVALID,
                         "idporten_issuer is set, but neither idporten_key nor idporten_secret");
    return files_read(arena, key_file, PEM_MAX_BYTES, &client->key_pem, err);
}

bool provider_open(struct arena *arena, const struct config *config, const struct sandbox *sandbox,
                   struct idporten **out, struct error *err)
{
    const char *ca_file = *config->idporten_ca ? config->idporten_ca : NULL;
    const char *key_file = config->idporten_key, *secret_file = config->idporten_secret;
    bool development = config->sandbox || config->develop;
    struct idporten_settings settings = {
        .provider = {.issuer = config->idporten_issuer,
                     .hosts = config->idporten_hosts,
                     .ca_file = ca_file,
                     .allow_http = development,
                     .timeout_ms = (int)config->idporten_timeout_ms},
        .client = {.issuer = config->idporten_issuer,
                   .client_id = config->idporten_client,
                   .kid = config->idporten_kid,
                   .ca_file = ca_file,
                   .allow_private = development,
                   .timeout_ms = (int)config->idporten_timeout_ms},
        .scope = config->idporten_scope,
        .pid_claim = config->idporten_pid_claim,
        .legacy_levels = config->idporten_legacy_levels,
        .calls_at_once = calls_at_once(config),
    };
    *out = NULL;
    if (!*config->idporten_issuer && !sandbox)
        return true;
    if (!*config->idporten_issuer) {
        use_sandbox(sandbox, &settings, &key_file);
        secret_file = "";
    }
    return read_proof(arena, secret_file, key_file, &settings.client, err) &&
           idporten_open(&settings, out, err);
}
