#include "engine/registers.h"

#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox_registers.h"
#include "storage/registers/krr.h"
#include "storage/registers/organisations.h"
#include "storage/registers/population.h"

enum { TOKEN_MAX_BYTES = 8 * 1024 };

/* One line of a file that nobody else may read. */
static bool read_token(struct arena *arena, const char *file, const char **out, struct error *err)
{
    struct bytes content = {0};
    if (*file && !files_read(arena, file, TOKEN_MAX_BYTES, &content, err))
        return false;
    *out = text_trim(arena, arena_text_of(arena, content));
    return true;
}

bool registers_read(struct arena *arena, const struct config *config, const char *sandbox_url,
                    struct deliver_registers *out, struct error *err)
{
    const struct {
        const char *url, *token_file, *in_sandbox;
        struct register_source (*source)(const struct register_settings *settings);
    } all[] = {
        {config->krr_url, config->krr_token, "krr", krr_source},
        {config->population_url, config->population_token, "befolkning", population_source},
        {config->organisations_url, config->organisations_token, "enheter", organisations_source},
    };
    struct deliver_registers found = {.count = 0};
    for (size_t i = 0; i < COUNT(all); i++) {
        bool sandbox = !*all[i].url && sandbox_url;
        if (!*all[i].url && !sandbox)
            continue;
        struct register_settings *settings = ARENA_NEW(arena, struct register_settings);
        *settings = (struct register_settings){
            .base_url =
                sandbox ? arena_printf(arena, "%s%s", sandbox_url, all[i].in_sandbox) : all[i].url,
            .ca_file = *config->registers_ca ? config->registers_ca : NULL,
            .bearer_token = SANDBOX_REGISTERS_TOKEN,
            .allow_private = sandbox,
            .timeout_ms = (int)config->register_timeout_ms,
        };
        if (!sandbox && !read_token(arena, all[i].token_file, &settings->bearer_token, err))
            return false;
        found.sources[found.count++] = all[i].source(settings);
    }
    *out = found;
    return true;
}
