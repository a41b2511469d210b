#include "storage/postbox/letter_folder.h"

#include "engine/base/crypto.h"
#include "engine/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

static bool cannot(struct error *err, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    return error_set(err, full ? ERROR_UNAVAILABLE : ERROR_BROKEN,
                     "a letter's folder: cannot %s: %s", what, strerror(errno));
}

static bool write_all(int fd, struct bytes content)
{
    for (size_t done = 0; done < content.size;) {
        ssize_t written = write(fd, content.data + done, content.size - done);
        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    return durable_file(fd);
}

static bool write_file(const char *path, struct bytes content, struct error *err)
{
    CLEANUP(close_fd)
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return cannot(err, "make a file");
    return write_all(fd, content) || cannot(err, "write");
}

bool letter_folder_write(struct arena *arena, const char *parent, const char *name,
                         const struct letter_file *files, size_t count, struct error *err)
{
    const char *half = arena_printf(arena, "%s/.%s", parent, name);
    if (mkdir(half, 0700) != 0 && errno != EEXIST)
        return cannot(err, "make it");
    for (size_t i = 0; i < count; i++)
        if (!write_file(arena_printf(arena, "%s/%s", half, files[i].name), files[i].content, err))
            return false;
    if (!durable_folder(half))
        return cannot(err, "write");
    const char *whole = arena_printf(arena, "%s/%s", parent, name);
    if (rename(half, whole) != 0)
        return cannot(err, "rename it");
    if (durable_folder(parent))
        return true;
    (void)cannot(err, "write");
    (void)rename(whole, half); /* nobody may take for written what a power cut may take back */
    return false;
}

/* False when it is not there or has other bytes. */
static bool has_bytes(struct arena *arena, const char *path, struct bytes expected)
{
    CLEANUP(close_file) FILE *file = fopen(path, "rbe");
    unsigned char *found = arena_alloc(arena, expected.size + 1);
    return file && fread(found, 1, expected.size + 1, file) == expected.size &&
           crypto_equal((struct bytes){found, expected.size}, expected);
}

enum letter_folder_likeness letter_folder_compare(struct arena *arena, const char *parent,
                                                  const char *name, const struct letter_file *files,
                                                  size_t count, int64_t *made_at, struct error *err)
{
    const char *path = arena_printf(arena, "%s/%s", parent, name);
    struct stat found;
    if (stat(path, &found) != 0) {
        bool absent = errno == ENOENT;
        (void)cannot(err, "find it");
        return absent ? LETTER_FOLDER_ABSENT : LETTER_FOLDER_UNREADABLE;
    }
    *made_at = found.st_mtim.tv_sec;
    for (size_t i = 0; i < count; i++)
        if (!has_bytes(arena, arena_printf(arena, "%s/%s", path, files[i].name), files[i].content))
            return LETTER_FOLDER_ANOTHER;
    return LETTER_FOLDER_SAME;
}
