#include "engine/catalogue.h"

#include "engine/base/text.h"

struct catalogue {
    struct arena *arena;
    struct package **packages; /* all that were read, for closing */
    size_t package_count;
    const struct package **forms;
    size_t form_count;
};

static void tell(const struct package *package,
                 void (*told)(void *context, const struct finding *finding), void *context)
{
    for (size_t i = 0; told && i < package->findings.count; i++)
        told(context, &package->findings.items[i]);
}

bool catalogue_open(const char *folder, void (*told)(void *context, const struct finding *finding),
                    void *context, struct catalogue **out, struct error *err)
{
    struct arena *arena = arena_open();
    const char *const *folders;
    size_t count;
    if (!package_list(arena, folder, &folders, &count, err)) {
        arena_close(&arena);
        return false;
    }
    struct catalogue *catalogue = ARENA_NEW(arena, struct catalogue);
    catalogue->arena = arena;
    catalogue->packages = ARENA_ARRAY(arena, count, struct package *);
    catalogue->forms = ARENA_ARRAY(arena, count, const struct package *);
    for (size_t i = 0; i < count; i++) {
        struct package *package;
        struct error why;
        if (!package_open(folders[i], &package, &why)) {
            if (told)
                told(context, &(struct finding){.severity = FINDING_ERROR,
                                                .file = folders[i],
                                                .code = "package",
                                                .text = why.text});
            continue;
        }
        catalogue->packages[catalogue->package_count++] = package;
        tell(package, told, context);
        if (package->form)
            catalogue->forms[catalogue->form_count++] = package;
    }
    *out = catalogue;
    return true;
}

void catalogue_close(struct catalogue **catalogue)
{
    if (!*catalogue)
        return;
    for (size_t i = 0; i < (*catalogue)->package_count; i++)
        package_close(&(*catalogue)->packages[i]);
    struct arena *arena = (*catalogue)->arena;
    *catalogue = NULL;
    arena_close(&arena);
}

const struct package *const *catalogue_forms(const struct catalogue *catalogue, size_t *count)
{
    *count = catalogue->form_count;
    return catalogue->forms;
}

const struct package *catalogue_find(const struct catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < catalogue->form_count; i++)
        if (text_equal(catalogue->forms[i]->id, id))
            return catalogue->forms[i];
    return NULL;
}

const char *catalogue_title(struct arena *arena, const struct catalogue *catalogue, const char *id,
                            const char *language)
{
    const struct package *package = catalogue_find(catalogue, id);
    return package ? form_show(package->form, arena, form_title(package->form), language).text : id;
}
