#include "engine/files.h"

#include "engine/base/buf.h"

#include <errno.h>
#include <stdio.h>
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
