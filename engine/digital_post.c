#include "engine/digital_post.h"

#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox.h"

#include <stdlib.h>

enum { PEM_MAX_BYTES = 64 * 1024, TRUST_MAX_BYTES = 1024 * 1024, SANDBOX_POLL_MS = 500 };

/* ---- whom to believe ---- */

static bool read_trust(struct arena *arena, const char *path, struct x509_trust **out,
                       struct error *err)
{
    CLEANUP(x509_trust_close) struct x509_trust *trust = x509_trust_open();
    const char **files;
    size_t count;
    if (!files_list(arena, path, ".pem", &files, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct bytes pem;
        if (!files_read(arena, files[i], TRUST_MAX_BYTES, &pem, err) ||
            !x509_trust_add(trust, pem, files[i], err))
            return false;
    }
    if (!count)
        return error_set(err, ERROR_INVALID, "dpi_trust is \"%s\": no file there ends in .pem",
                         path);
    *out = trust;
    trust = NULL;
    return true;
}

/* ---- the client ---- */

/* A file of the sandbox's where no setting names one. */
static const char *choose(const char *configured, const struct sandbox *sandbox,
                          const char *(*of_sandbox)(const struct sandbox *sandbox))
{
    return !*configured && sandbox ? of_sandbox(sandbox) : configured;
}

static bool read_pem(struct arena *arena, const char *file, const char *setting, struct bytes *out,
                     struct error *err)
{
    if (!*file)
        return error_set(err, ERROR_INVALID, "%s is not set, and letters go by dpi", setting);
    return files_read(arena, file, PEM_MAX_BYTES, out, err);
}

static bool open_client(struct arena *arena, const struct config *config,
                        const struct sandbox *sandbox, struct dpi_settings *settings,
                        struct dpi **out, struct error *err)
{
    const char *key = choose(config->dpi_key, sandbox, sandbox_dpi_key_file);
    const char *chain = choose(config->dpi_certificate, sandbox, sandbox_dpi_certificate_file);
    return read_pem(arena, key, "dpi_key", &settings->private_key_pem, err) &&
           read_pem(arena, chain, "dpi_certificate", &settings->chain_pem, err) &&
           dpi_open(settings, out, err);
}

static struct dpi_settings settings_of(const struct config *config, const struct sandbox *sandbox)
{
    return (struct dpi_settings){
        .base_url = choose(config->dpi_url, sandbox, sandbox_dpi_url),
        .ca_file = *config->dpi_ca ? config->dpi_ca : NULL,
        .allow_private = sandbox && !*config->dpi_url,
        .channel = config->dpi_channel,
        .agency = config->agency_number,
        .agency_unit = config->dpi_sender_unit,
        .sender = config->dpi_sender,
        .timeout_ms = (int)config->outbound_timeout_ms,
        .rest_ms = (int)config->outbound_rest_ms,
    };
}

static int64_t poll_ms_of(const struct config *config, const struct sandbox *sandbox)
{
    int64_t configured_ms = config->dpi_poll_s * 1000;
    return sandbox && configured_ms > SANDBOX_POLL_MS ? SANDBOX_POLL_MS : configured_ms;
}

bool digital_post_open(struct arena *arena, const struct config *config,
                       const struct sandbox *sandbox, struct maskinporten *maskinporten,
                       const struct register_settings *krr, struct db_pool *db,
                       struct digital_post *out, struct error *err)
{
    const char *trust = choose(config->dpi_trust, sandbox, sandbox_dpi_trust);
    struct dpi_settings settings = settings_of(config, sandbox);
    struct digital_post post = {0};
    settings.maskinporten = maskinporten;
    settings.krr = krr;
    if (!*config->dpi_channel)
        return error_set(err, ERROR_INVALID,
                         "dpi_channel is not set: receipts of other systems would come here");
    if (!*trust)
        return error_set(err, ERROR_INVALID, "dpi_trust is not set: no receipt could be believed");
    if (!read_trust(arena, trust, &post.trust, err))
        return false;
    settings.mailbox_trust = post.trust;
    if (!open_client(arena, config, sandbox, &settings, &post.dpi, err)) {
        digital_post_close(&post);
        return false;
    }
    post.receipts = (struct deliver_receipts){
        .db = db,
        .dpi = post.dpi,
        .trust = post.trust,
        .agency = config->agency_number,
        .sender = *config->dpi_sender ? config->dpi_sender : config->agency_number,
        .mailboxes = config->dpi_mailboxes,
        .poll_ms = poll_ms_of(config, sandbox),
    };
    *out = post;
    return true;
}

void digital_post_close(struct digital_post *post)
{
    dpi_close(&post->dpi);
    x509_trust_close(&post->trust);
    post->receipts.dpi = NULL;
}
