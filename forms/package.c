#include "forms/package.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "forms/parse.h"
#include "forms/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_file(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The whole file, or one byte more than a form may have: parsing then says so. */
static bool read_file(struct arena *arena, const char *path, struct bytes *out, struct error *err)
{
    CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_at(err, errno == ENOENT ? ERROR_MISSING : ERROR_BROKEN, path, 0,
                        "cannot be read: %s", strerror(errno));
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return error_at(err, ERROR_INVALID, path, 0, "is not a file");
    size_t size = status.st_size > FORM_MAX_BYTES ? FORM_MAX_BYTES + 1 : (size_t)status.st_size;
    unsigned char *data = arena_alloc(arena, size + 1);
    for (size_t have = 0; have < size;) {
        ssize_t got = read(fd, data + have, size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_at(err, ERROR_BROKEN, path, 0, "cannot be read: %s",
                            got < 0 ? strerror(errno) : "it became shorter");
        have += (size_t)got;
    }
    *out = (struct bytes){data, size};
    return true;
}

/* The last name of a path, whatever slashes it ends with. */
static char *last_name(struct arena *arena, const char *path)
{
    char *copy = arena_text(arena, path);
    size_t size = strlen(copy);
    while (size > 1 && copy[size - 1] == '/')
        copy[--size] = 0;
    char *slash = strrchr(copy, '/');
    return slash && slash[1] ? slash + 1 : copy;
}

static bool is_id(const char *name)
{
    return *name && strlen(name) <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static struct package *new_package(struct arena *arena, const char *folder, const char *id)
{
    struct package *package = ARENA_NEW(arena, struct package);
    *package = (struct package){.arena = arena,
                                .folder = arena_text(arena, folder),
                                .id = arena_text(arena, id),
                                .version = ""};
    finding_list_init(&package->findings, arena);
    return package;
}

/* Files of the folder that `context` names. */
static bool read_beside(void *context, struct arena *arena, const char *name, struct bytes *out,
                        struct error *err)
{
    const char *folder = context;
    return read_file(arena, arena_printf(arena, "%s/%s", folder, name), out, err);
}

static void parse(struct package *package, struct bytes source)
{
    const struct parse_files files = {(void *)(uintptr_t)package->folder, read_beside};
    const char *file = arena_printf(package->arena, "%s/form.xml", package->id);
    package->source = package->file = source;
    if (!is_id(package->id))
        finding_add_at(&package->findings, FINDING_ERROR, file, 1, 1, "package.id",
                       "a form's folder is named with a-z, 0-9 and -, not '%s'", package->id);
    package->form = parse_form_with(source, file, *package->folder ? &files : NULL,
                                    &package->source, &package->findings);
    package->digest = crypto_sha256_hex(package->arena, package->source);
    if (package->form && package->findings.errors)
        form_close(&package->form);
    if (package->form)
        package->version = form_version(package->form);
}

bool package_open(const char *folder, struct package **out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct package *package = new_package(arena, folder, last_name(arena, folder));
    struct bytes source;
    if (!read_file(arena, arena_printf(arena, "%s/form.xml", folder), &source, err))
        return false;
    parse(package, source);
    *out = package;
    arena = NULL; /* the package's */
    return true;
}

struct form *package_form(const char *path, struct finding_list *findings)
{
    struct bytes source;
    struct error err = {0};
    if (!read_file(findings->arena, path, &source, &err)) {
        finding_add_failure(findings, "package.file", &err);
        return NULL;
    }
    const char *name = last_name(findings->arena, path);
    char *folder = arena_text(findings->arena, path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    const struct parse_files files = {slash ? folder : ".", read_beside};
    return parse_form_with(source, name, &files, NULL, findings);
}

struct package *package_of(const char *id, struct bytes source)
{
    struct arena *arena = arena_open();
    struct package *package = new_package(arena, "", id);
    parse(package, arena_bytes(arena, source));
    return package;
}

void package_publish(struct package *package, enum form_agency installation)
{
    const char *file = arena_printf(package->arena, "%s/form.xml", package->id);
    if (package->form && !publish_check(package->form, file, installation, &package->findings))
        form_close(&package->form);
}

void package_close(struct package **package)
{
    if (!*package)
        return;
    form_close(&(*package)->form);
    struct arena *arena = (*package)->arena;
    *package = NULL;
    arena_close(&arena);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder's entries as paths, those that pick gives one for, in name order. */
static bool list_folder(struct arena *arena, const char *folder,
                        const char *(*pick)(struct arena *arena, const char *folder,
                                            const char *name),
                        const char *const **out, size_t *count, struct error *err)
{
    CLEANUP(close_folder) DIR *open_folder = opendir(folder);
    if (!open_folder)
        return error_at(err, errno == ENOENT ? ERROR_MISSING : ERROR_BROKEN, folder, 0,
                        "cannot be read: %s", strerror(errno));
    size_t found = 0, capacity = 16;
    const char **paths = ARENA_ARRAY(arena, capacity, const char *);
    for (const struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        const char *path = entry->d_name[0] == '.' ? NULL : pick(arena, folder, entry->d_name);
        if (!path)
            continue;
        if (found == capacity) {
            const char **grown = ARENA_ARRAY(arena, capacity * 2, const char *);
            memcpy(grown, paths, found * sizeof *grown);
            paths = grown;
            capacity *= 2;
        }
        paths[found++] = path;
    }
    qsort(paths, found, sizeof *paths, compare_names);
    *out = paths;
    *count = found;
    return true;
}

static const char *pick_form(struct arena *arena, const char *folder, const char *name)
{
    struct stat status;
    bool is_form = stat(arena_printf(arena, "%s/%s/form.xml", folder, name), &status) == 0;
    return is_form ? arena_printf(arena, "%s/%s", folder, name) : NULL;
}

bool package_list(struct arena *arena, const char *folder, const char *const **out, size_t *count,
                  struct error *err)
{
    return list_folder(arena, folder, pick_form, out, count, err);
}

static const char *pick_case(struct arena *arena, const char *folder, const char *name)
{
    return text_ends_with(name, ".case") ? arena_printf(arena, "%s/%s", folder, name) : NULL;
}

bool package_cases(struct arena *arena, const char *folder, const char *const **out, size_t *count,
                   struct error *err)
{
    struct error why = {0};
    *count = 0;
    if (list_folder(arena, arena_printf(arena, "%s/cases", folder), pick_case, out, count, &why) ||
        why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}
