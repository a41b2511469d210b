#include "storage/postbox/folder.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "storage/postbox/letter_folder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct folder {
    struct postbox postbox;
    struct arena *arena;
    const char *path;
};

static const struct postbox_document *document_at(const struct postbox_letter *letter, size_t i)
{
    return i == 0 ? &letter->main : &letter->attachments[i - 1];
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

static struct letter_file *files_of(struct arena *arena, const struct postbox_letter *letter,
                                    size_t *count)
{
    *count = letter->attachment_count + 2;
    struct letter_file *files = ARENA_ARRAY(arena, *count, struct letter_file);
    for (size_t i = 0; i <= letter->attachment_count; i++) {
        const struct postbox_document *document = document_at(letter, i);
        files[i] = (struct letter_file){
            arena_printf(arena, "%s.%s", document->id, document->file_type), document->content};
    }
    files[*count - 1] = (struct letter_file){"letter.txt", describe(arena, letter)};
    return files;
}

static struct postbox_outcome status(void *self, struct arena *arena,
                                     const struct postbox_letter *letter)
{
    const struct folder *folder = self;
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    size_t count;
    const struct letter_file *files = files_of(arena, letter, &count);
    int64_t made_at = 0;
    switch (letter_folder_compare(arena, folder->path, letter->message_id, files, count, &made_at,
                                  &outcome.error)) {
    case LETTER_FOLDER_ABSENT:
        return outcome;
    case LETTER_FOLDER_UNREADABLE:
        outcome.result = POSTBOX_UNKNOWN;
        return outcome;
    case LETTER_FOLDER_SAME:
        return (struct postbox_outcome){.result = POSTBOX_DELIVERED, .delivered_at = made_at};
    case LETTER_FOLDER_ANOTHER:
        break;
    }
    outcome.result = POSTBOX_REFUSED;
    (void)error_set(&outcome.error, ERROR_CONFLICT, "another letter lies under this message id");
    return outcome;
}

static struct postbox_outcome send(void *self, struct arena *arena,
                                   const struct postbox_letter *letter)
{
    const struct folder *folder = self;
    struct postbox_outcome before = status(self, arena, letter);
    if (before.result != POSTBOX_NOT_SENT)
        return before;
    struct postbox_outcome outcome = {.result = POSTBOX_NOT_SENT};
    size_t count;
    const struct letter_file *files = files_of(arena, letter, &count);
    if (!letter_folder_write(arena, folder->path, letter->message_id, files, count, &outcome.error))
        return outcome;
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
        return error_at(err, ERROR_BROKEN, path, 0, "letters cannot be written there: %s",
                        strerror(errno));
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
