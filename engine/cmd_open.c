/* cmd_open.c - what is in a letter of Digital post, or in a receipt for one, and is it whole. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/open/open_look.h"
#include "engine/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_MAX_BYTES = 64 * 1024, TRUST_MAX_BYTES = 256 * 1024 };

static const char about[] =
    "Looks into files of Digital post til innbygger, whichever they are: an encrypted package\n"
    "(.cms), a package (ASiC-E), a signed document (JWS: a letter or a receipt), or the document\n"
    "alone (JSON). Checks every signature and digest, tells what is inside, and what is wrong and\n"
    "where. A letter and its package given together are held against each other. Nothing is asked\n"
    "of anybody, so certificates that were revoked are not found. A receipt that we made (PDF) is\n"
    "for `skjema verify`.\n"
    "\n"
    "Example: skjema open letter.cms --key business.key.pem\n"
    "\n"
    "Ends with 0 when nothing is wrong (there may be warnings), 1 when something is or cannot be\n"
    "read, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const char *key_file, *trust_path, *time, *into; /* NULL: not given */
    struct x509_trust *trust;
    struct open_rules rules;
    struct open_seen seen;
    size_t wrong_count, warning_count;
};

static void close_work(struct work *work)
{
    x509_trust_close(&work->trust);
}

static bool say(const struct error *err)
{
    fprintf(stderr, "skjema open: %s%s%s\n", err->file, *err->file ? ": " : "", err->text);
    return false;
}

/* ---- what was given ---- */

static bool take_time(struct work *work)
{
    work->rules.at = clock_now();
    if (!work->time)
        return true;
    const char *noon = arena_printf(work->arena, "%sT12:00:00Z", work->time);
    if (clock_parse_iso(work->time, &work->rules.at) || clock_parse_iso(noon, &work->rules.at))
        return true;
    fprintf(stderr, "skjema open: --at is a time like 2026-01-15T09:30:00+01:00, or a date\n");
    return false;
}

static bool take_trust(struct work *work, struct error *err)
{
    const char **paths;
    size_t count;
    if (!work->trust_path)
        return true;
    if (!files_list(work->arena, work->trust_path, ".pem", &paths, &count, err))
        return false;
    if (!count)
        return error_at(err, ERROR_MISSING, work->trust_path, 0, "there is no .pem file in it");
    work->trust = x509_trust_open();
    for (size_t i = 0; i < count; i++) {
        struct bytes pem;
        if (!files_read(work->arena, paths[i], TRUST_MAX_BYTES, &pem, err) ||
            !x509_trust_add(work->trust, pem, paths[i], err))
            return false;
    }
    work->rules.trust = work->trust;
    return true;
}

static bool take_key(struct work *work, struct error *err)
{
    return !work->key_file ||
           files_read(work->arena, work->key_file, KEY_MAX_BYTES, &work->rules.key_pem, err);
}

/* ---- what comes out ---- */

static void print(const struct open_report *report)
{
    static const char *const weights[] = {
        [OPEN_FACT] = "", [OPEN_WARNING] = "warning: ", [OPEN_WRONG] = "wrong: "};
    for (size_t i = 0; i < report->line_count; i++) {
        const struct open_line *line = &report->lines[i];
        printf("  %s%s%s%s\n", weights[line->weight], line->where, *line->where ? ": " : "",
               line->text);
    }
    if (report->line_count == OPEN_MAX_LINES)
        printf("  ... and more\n");
}

/* Never over a file that is there, nor through a link. */
static bool write_file(const char *path, struct bytes content, struct error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be written: %s", strerror(errno));
    bool good = true;
    for (size_t done = 0; good && done < content.size;) {
        ssize_t size = write(file, content.data + done, content.size - done);
        good = size > 0;
        done += good ? (size_t)size : 0;
    }
    good = close(file) == 0 && good;
    return good || error_at(err, ERROR_BROKEN, path, 0, "cannot be written whole");
}

static bool write_files(const struct work *work, const struct open_report *report,
                        struct error *err)
{
    if (!work->into || !report->file_count)
        return true;
    if (!files_make_folder(work->into, err))
        return false;
    for (size_t i = 0; i < report->file_count; i++) {
        const struct open_file *file = &report->files[i];
        const char *path = arena_printf(work->arena, "%s/%s", work->into, file->name);
        if (text_starts_with(file->name, "META-INF/") &&
            !files_make_folder(arena_printf(work->arena, "%s/META-INF", work->into), err))
            return false;
        if (!write_file(path, file->content, err))
            return false;
    }
    printf("  %zu files are in %s\n", report->file_count, work->into);
    return true;
}

static bool look(struct work *work, const char *path)
{
    struct open_report report;
    struct bytes file;
    struct error err;
    open_report_init(&report, work->arena);
    if (!files_read(work->arena, path, OPEN_MAX_BYTES, &file, &err))
        return say(&err);
    printf("%s\n", path);
    open_look(&report, &work->rules, file, &work->seen);
    print(&report);
    work->wrong_count += report.wrong_count;
    work->warning_count += report.warning_count;
    return write_files(work, &report, &err) || say(&err);
}

static void compare(struct work *work)
{
    struct open_report report;
    open_report_init(&report, work->arena);
    open_compare(&report, &work->seen);
    print(&report);
    work->wrong_count += report.wrong_count;
}

static int finish(const struct work *work)
{
    if (work->wrong_count)
        printf("%zu wrong", work->wrong_count);
    else
        printf("nothing wrong");
    if (work->warning_count)
        printf(", %zu warning%s", work->warning_count, work->warning_count == 1 ? "" : "s");
    printf("\n");
    return work->wrong_count ? 1 : 0;
}

int cmd_open(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(close_work) struct work work = {.arena = arena};
    const struct words_option options[] = {
        {"key", "FILE", "private key (PEM) of the mailbox that it is encrypted for", &work.key_file,
         NULL},
        {"trust", "DIR", "certificates (.pem) of issuers that are believed, or of signers",
         &work.trust_path, NULL},
        {"at", "TIME", "when certificates must have been valid [now]", &work.time, NULL},
        {"into", "DIR", "write the files there; none that is there is written over", &work.into,
         NULL},
    };
    const struct words_command command = {
        "open", "PACKAGE... [--key FILE] [--trust DIR] [--at TIME] [--into DIR]", about, options,
        COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    struct error err;
    if (!words_take(arena, count, words, &command, NULL, rest, &rest_count) || !take_time(&work))
        return 2;
    if (!rest_count) {
        fprintf(stderr, "skjema open: which file? See: skjema open --help\n");
        return 2;
    }
    if (!take_trust(&work, &err) || !take_key(&work, &err))
        return say(&err) ? 0 : 1;
    for (size_t i = 0; i < rest_count; i++)
        if (!look(&work, rest[i]))
            return 1;
    compare(&work);
    return finish(&work);
}
