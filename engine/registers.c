#include "engine/registers.h"

#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_login.h"
#include "engine/sandbox/sandbox_registers.h"
#include "storage/postbox/maskinporten.h"
#include "storage/registers/krr.h"
#include "storage/registers/krr_mailbox.h"
#include "storage/registers/organisations.h"
#include "storage/registers/population.h"

enum { TOKEN_MAX_BYTES = 8 * 1024, PEM_MAX_BYTES = 64 * 1024 };

/* One line of a file that nobody else may read. */
static bool read_token(struct arena *arena, const char *file, const char **out, struct error *err)
{
    struct bytes content = {0};
    if (*file && !files_read(arena, file, TOKEN_MAX_BYTES, &content, err))
        return false;
    *out = text_trim(arena, arena_text_of(arena, content));
    return true;
}

static bool read_file(struct arena *arena, const char *file, const char *setting, struct bytes *out,
                      struct error *err)
{
    if (!*file)
        return error_set(err, ERROR_INVALID, "maskinporten_client is set, but not %s", setting);
    return files_read(arena, file, PEM_MAX_BYTES, out, err);
}

bool registers_open_maskinporten(struct arena *arena, const struct config *config,
                                 const struct sandbox *sandbox, struct maskinporten **out,
                                 struct error *err)
{
    struct maskinporten_settings settings = {
        .url = config->maskinporten_url,
        .client_id = config->maskinporten_client,
        .kid = *config->maskinporten_kid ? config->maskinporten_kid : NULL,
        .ca_file = *config->maskinporten_ca ? config->maskinporten_ca : NULL,
        .timeout_ms = (int)config->register_timeout_ms,
    };
    const char *key = config->maskinporten_key, *chain = config->maskinporten_certificate;
    *out = NULL;
    if (!*settings.client_id && !sandbox)
        return true;
    if (!*settings.client_id) {
        settings.url = arena_printf(arena, "%s" SANDBOX_LOGIN_PATH, sandbox_mailbox_url(sandbox));
        settings.client_id = SANDBOX_LOGIN_CLIENT;
        settings.kid = SANDBOX_LOGIN_KID;
        settings.allow_private = true;
        key = sandbox_broker_key_file(sandbox);
    }
    return read_file(arena, key, "maskinporten_key", &settings.private_key_pem, err) &&
           (settings.kid ||
            read_file(arena, chain, "maskinporten_certificate", &settings.chain_pem, err)) &&
           maskinporten_open(&settings, out, err);
}

/* A register: its settings, and how it is asked. */
struct known {
    const char *url, *token_file, *in_sandbox;
    const char *scope; /* that Maskinporten's token must have; NULL: it takes no such token */
    struct register_source (*source)(const struct register_settings *settings);
};

static bool read_one(struct arena *arena, const struct config *config, const struct known *known,
                     const struct sandbox *sandbox, struct maskinporten *maskinporten,
                     struct register_settings *out, struct error *err)
{
    *out = (struct register_settings){
        .base_url = known->url,
        .ca_file = *config->registers_ca ? config->registers_ca : NULL,
        .timeout_ms = (int)config->register_timeout_ms,
    };
    bool of_sandbox = !*known->url && sandbox;
    if (of_sandbox) {
        out->base_url = arena_printf(arena, "%s" SANDBOX_REGISTERS_PATH "%s",
                                     sandbox_mailbox_url(sandbox), known->in_sandbox);
        out->bearer_token = SANDBOX_REGISTERS_TOKEN;
        out->allow_private = true;
    }
    if (known->scope && maskinporten) {
        out->maskinporten = maskinporten;
        out->scope = known->scope;
        return true;
    }
    return of_sandbox || read_token(arena, known->token_file, &out->bearer_token, err);
}

bool registers_read(struct arena *arena, const struct config *config, const struct sandbox *sandbox,
                    struct maskinporten *maskinporten, struct deliver_registers *out,
                    struct error *err)
{
    const struct known all[] = {
        {config->krr_url, config->krr_token, "krr", KRR_SCOPE, krr_source},
        {config->population_url, config->population_token, "befolkning", NULL, population_source},
        {config->organisations_url, config->organisations_token, "enheter", NULL,
         organisations_source},
    };
    struct deliver_registers found = {.count = 0};
    for (size_t i = 0; i < COUNT(all); i++) {
        if (!*all[i].url && !sandbox)
            continue;
        struct register_settings *settings = ARENA_NEW(arena, struct register_settings);
        if (!read_one(arena, config, &all[i], sandbox, maskinporten, settings, err))
            return false;
        found.sources[found.count++] = all[i].source(settings);
    }
    *out = found;
    return true;
}

const struct register_source *registers_population(const struct deliver_registers *registers)
{
    for (size_t i = 0; i < registers->count; i++)
        if (text_equal(registers->sources[i].name, POPULATION_NAME))
            return &registers->sources[i];
    return NULL;
}

bool registers_read_mailbox(struct arena *arena, const struct config *config,
                            const struct sandbox *sandbox, struct maskinporten *maskinporten,
                            const struct register_settings **out, struct error *err)
{
    const struct known krr = {config->krr_url, config->krr_token, "krr", KRR_MAILBOX_SCOPE, NULL};
    *out = NULL;
    if (!*krr.url && !sandbox)
        return true;
    struct register_settings *settings = ARENA_NEW(arena, struct register_settings);
    if (!read_one(arena, config, &krr, sandbox, maskinporten, settings, err))
        return false;
    *out = settings;
    return true;
}
