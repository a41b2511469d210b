#include "engine/master_keys.h"

#include "engine/base/log.h"

const char *master_keys_folder(struct arena *arena, const struct config *config)
{
    return *config->keys ? config->keys : arena_printf(arena, "%s/keys", config->data);
}

static bool make_for_sandbox(const char *folder, struct error *err)
{
    char id[KEYRING_ID_MAX];
    if (!keyring_make(folder, true, id, err))
        return false;
    log_event(LOG_LEVEL_WARNING, "master_key_made", "id=%s for=sandbox folder=\"%s\"", id, folder);
    return true;
}

bool master_keys_open(const struct config *config, struct keyring **out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct keyring_options options = {
        .folder = master_keys_folder(arena, config),
        .sandbox = config->sandbox,
    };
    struct error why = {0};
    if (keyring_open(&options, out, &why))
        return true;
    if (config->sandbox && why.code == ERROR_MISSING)
        return make_for_sandbox(options.folder, err) && keyring_open(&options, out, err);
    return error_at(err, why.code, why.file, why.line, "%s", why.text);
}
