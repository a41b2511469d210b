#include "storage/postbox/folder.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    struct postbox postbox;
    struct arena *arena;
    const char *path;
};

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
    return error_set(err, ERROR_BROKEN, "postbox folder: cannot %s: %s", what, strerror(errno));
}

static bool write_file(const char *path, struct bytes content, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(err, "make a file");
    for (size_t done = 0; done < content.size;) {
        ssize_t written = write(fd, content.data + done, content.size - done);
        if (written < 0)
            return cannot(err, "write");
        done += (size_t)written;
    }
    return fsync(fd) == 0 || cannot(err, "write");
}

/* False when it is not there or has other bytes. */
static bool has_bytes(struct arena *arena, const char *path, struct bytes expected)
{
    CLEANUP(close_file) FILE *file = fopen(path, "rbe");
    unsigned char *found = arena_alloc(arena, expected.size + 1);
    return file && fread(found, 1, expected.size + 1, file) == expected.size &&
           crypto_equal((struct bytes){found, expected.size}, expected);
}

static const struct postbox_document *document_at(const struct postbox_letter *letter, size_t i)
{
    return i == 0 ? &letter->main : &letter->attachments[i - 1];
}

static const char *document_path(struct arena *arena, const char *folder,
                                 const struct postbox_document *document)
{
    return arena_printf(arena, "%s/%s.%s", folder, document->id, document->file_type);
}

/* Without the time, so that the same letter gives the same bytes. */
static struct bytes describe(struct arena *arena, const struct postbox_letter *letter)
{
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "message-id: %s\nto: %s\n", letter->message_id,
               letter->recipient.pid ? letter->recipient.pid
                                     : letter->recipient.organisation_number);
    for (size_t i = 0; i <= letter->attachment_count; i++) {
        const struct postbox_document *document = document_at(letter, i);
        buf_printf(&text, "%s: %s\n  file: %s.%s\n  sha256: %s\n", i ? "attachment" : "main",
                   document->title, document->id, document->file_type,
                   crypto_sha256_hex(arena, document->content));
    }
    return buf_bytes(&text);
}

static const char *letter_path(const struct folder *folder, struct arena *arena,
                               const struct postbox_letter *letter)
{
    return arena_printf(arena, "%s/%s", folder->path, letter->message_id);
}

static struct postbox_outcome status(void *self, struct arena *arena,
                                     const struct postbox_letter *letter)
{
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    const char *path = letter_path(self, arena, letter);
    struct stat found;
    if (stat(path, &found) != 0) {
        outcome.result = errno == ENOENT ? POSTBOX_NOT_SENT : POSTBOX_UNKNOWN;
        (void)cannot(&outcome.error, "find the letter");
        return outcome;
    }
    bool ours =
        has_bytes(arena, arena_printf(arena, "%s/letter.txt", path), describe(arena, letter));
    for (size_t i = 0; ours && i <= letter->attachment_count; i++) {
        const struct postbox_document *document = document_at(letter, i);
        ours = has_bytes(arena, document_path(arena, path, document), document->content);
    }
    if (ours)
        return (struct postbox_outcome){.result = POSTBOX_DELIVERED,
                                        .delivered_at = found.st_mtim.tv_sec};
    outcome.result = POSTBOX_REFUSED;
    (void)error_set(&outcome.error, ERROR_CONFLICT, "another letter lies under this message id");
    return outcome;
}

static bool write_letter(struct arena *arena, const char *path, const struct postbox_letter *letter,
                         struct error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return cannot(err, "make a folder");
    for (size_t i = 0; i <= letter->attachment_count; i++) {
        const struct postbox_document *document = document_at(letter, i);
        if (!write_file(document_path(arena, path, document), document->content, err))
            return false;
    }
    return write_file(arena_printf(arena, "%s/letter.txt", path), describe(arena, letter), err);
}

static struct postbox_outcome send(void *self, struct arena *arena,
                                   const struct postbox_letter *letter)
{
    if (letter->share) {
        struct postbox_outcome refused = {.result = POSTBOX_REFUSED};
        (void)error_set(&refused.error, ERROR_INVALID,
                        "nobody can answer a share request in a folder");
        return refused;
    }
    const struct folder *folder = self;
    struct postbox_outcome before = status(self, arena, letter);
    if (before.result != POSTBOX_NOT_SENT)
        return before;

    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    const char *path = letter_path(self, arena, letter);
    const char *half = /* not a letter's name until renamed */
        arena_printf(arena, "%s/.%s", folder->path, letter->message_id);
    if (!write_letter(arena, half, letter, &outcome.error))
        return outcome;
    if (rename(half, path) != 0) {
        (void)cannot(&outcome.error, "rename the letter");
        return outcome;
    }
    return status(self, arena, letter);
}

static bool reaches(void *self, struct arena *arena, const struct postbox_recipient *recipient,
                    bool *out, struct error *err)
{
    (void)self, (void)arena, (void)recipient, (void)err;
    *out = true;
    return true;
}

bool folder_open(const char *path, struct folder **out, struct error *err)
{
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return cannot(err, "use it");
    struct arena *arena = arena_open();
    struct folder *folder = ARENA_NEW(arena, struct folder);
    *folder = (struct folder){
        .postbox =
            {.name = "folder", .self = folder, .send = send, .status = status, .reaches = reaches},
        .arena = arena,
        .path = arena_text(arena, path),
    };
    *out = folder;
    return true;
}

void folder_close(struct folder **folder)
{
    if (!*folder)
        return;
    struct arena *arena = (*folder)->arena;
    arena_close(&arena); /* the handle itself lies in it */
    *folder = NULL;
}

const struct postbox *folder_postbox(struct folder *folder)
{
    return &folder->postbox;
}
