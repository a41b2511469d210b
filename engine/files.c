#include "engine/files.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

bool files_read(struct arena *arena, const char *path, size_t most, struct bytes *out,
                struct error *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "rbe");
    if (!file)
        return error_at(err, errno == ENOENT ? ERROR_MISSING : ERROR_BROKEN, path, 0,
                        "cannot be read: %s", strerror(errno));
    struct buf buf;
    buf_init(&buf, arena);
    unsigned char piece[16 * 1024];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0) {
        if (buf.size + size > most)
            return error_at(err, ERROR_LIMIT, path, 0, "more than %zu bytes", most);
        buf_add(&buf, (struct bytes){piece, size});
    }
    if (ferror(file))
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be read to its end");
    *out = buf_bytes(&buf);
    return true;
}

bool files_is_secret(const char *path, const struct stat *about)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    bool is_credential =
        folder && *folder && text_starts_with(path, folder) && path[strlen(folder)] == '/';
    mode_t others = is_credential ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    return (about->st_mode & others) == 0;
}

bool files_make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_at(err, ERROR_BROKEN, path, 0, "the folder cannot be made: %s",
                        strerror(errno));
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISDIR(about.st_mode))
        return error_at(err, ERROR_BROKEN, path, 0, "there is a file where a folder must be");
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return error_at(err, ERROR_BROKEN, path, 0, "the folder cannot be written in: %s",
                        strerror(errno));
    return true;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool files_list(struct arena *arena, const char *path, const char *ending, const char ***out,
                size_t *count, struct error *err)
{
    const char **files = ARENA_ARRAY(arena, FILES_LIST_MAX, const char *);
    size_t found = 0;
    struct stat about;
    if (stat(path, &about) != 0)
        return error_at(err, ERROR_MISSING, path, 0, "cannot be read: %s", strerror(errno));
    CLEANUP(close_folder) DIR *folder = S_ISDIR(about.st_mode) ? opendir(path) : NULL;
    if (S_ISDIR(about.st_mode) && !folder)
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be read: %s", strerror(errno));
    if (!folder)
        files[found++] = arena_text(arena, path);
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (!text_ends_with(entry->d_name, ending))
            continue;
        if (found == FILES_LIST_MAX)
            return error_at(err, ERROR_LIMIT, path, 0, "more than %d files", FILES_LIST_MAX);
        files[found++] = arena_printf(arena, "%s/%s", path, entry->d_name);
    }
    qsort(files, found, sizeof *files, by_name);
    *out = files;
    *count = found;
    return true;
}
