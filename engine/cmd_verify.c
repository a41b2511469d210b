/* cmd_verify.c - does a receipt prove itself: offline, for whoever has got one. */
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/verify/verify_pdf.h"
#include "engine/verify/verify_receipt.h"
#include "engine/site_database.h"
#include "engine/words.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_MAX = 10000,
    FILE_MAX_BYTES = 512 * 1024 * 1024,
    TRUST_MAX_BYTES = 1024 * 1024,

    NAME_WIDTH = 40,
};

static const char about[] =
    "Says whether a receipt is as the agency gave it, without asking anybody: that the\n"
    "signature covers the whole file and fits it, that the XML inside, the manifest and the\n"
    "text of the pages say the same, and that the log's head is printed as it stands inside.\n"
    "A part that was changed is named.\n"
    "\n"
    "Who signed is as the certificate in the signature says. Whether that is true, only\n"
    "somebody whom you trust can tell: give their certificates (PEM) to --trust.\n"
    "\n"
    "Example: skjema verify kvittering.pdf --trust agency.pem\n"
    "\n"
    "Ends with 0 when all of it holds, 1 when something does not or cannot be read, 2 when\n"
    "these words are wrong.\n";

struct work {
    struct arena *arena;
    const char *attachments, *trust_path, *data; /* NULL: not asked for */
    struct cms_trust *trust;
    struct verify_file *files;
    size_t file_count;
};

static void close_work(struct work *work)
{
    cms_trust_close(&work->trust);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

/* ---- who is trusted ---- */

/* A file may hold several certificates. */
static bool trust_file(struct work *work, const char *path, struct error *err)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    struct bytes file;
    struct crypto_sha256 fingerprint;
    if (!files_read(work->arena, path, TRUST_MAX_BYTES, &file, err))
        return false;
    const char *at = strstr(arena_text_of(work->arena, file), begin);
    if (!at)
        return error_at(err, ERROR_INVALID, path, 0, "no certificate in PEM form");
    for (const char *next; at; at = next) {
        next = strstr(at + strlen(begin), begin);
        struct bytes one = {(const unsigned char *)at, next ? (size_t)(next - at) : strlen(at)};
        if (!cms_trust_add(work->trust, one, path, &fingerprint, err))
            return false;
    }
    return true;
}

static bool read_trust(struct work *work, struct error *err)
{
    if (!work->trust_path)
        return true;
    work->trust = cms_trust_open();
    CLEANUP(close_folder) DIR *folder = opendir(work->trust_path);
    if (!folder)
        return trust_file(work, work->trust_path, err);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (!text_ends_with(entry->d_name, ".pem") && !text_ends_with(entry->d_name, ".crt"))
            continue;
        if (!trust_file(work, arena_printf(work->arena, "%s/%s", work->trust_path, entry->d_name),
                        err))
            return false;
        count++;
    }
    return count ||
           error_at(err, ERROR_MISSING, work->trust_path, 0, "no .pem or .crt file is there");
}

/* ---- the attachments ---- */

static int by_name(const void *a, const void *b)
{
    const struct verify_file *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Read one at a time: together they may be large. */
static bool add_file(struct work *work, const char *name, const char *path, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes bytes;
    if (work->file_count == FILES_MAX)
        return error_at(err, ERROR_LIMIT, work->attachments, 0, "more than %d files", FILES_MAX);
    if (!files_read(arena, path, FILE_MAX_BYTES, &bytes, err))
        return false;
    work->files[work->file_count++] = (struct verify_file){
        .name = arena_text(work->arena, name),
        .size_bytes = (int64_t)bytes.size,
        .sha256 = crypto_sha256_hex(work->arena, bytes),
    };
    return true;
}

/* The receipt itself may lie among them. */
static bool read_attachments(struct work *work, const char *receipt, struct error *err)
{
    struct stat own, about_file;
    if (!work->attachments)
        return true;
    CLEANUP(close_folder) DIR *folder = opendir(work->attachments);
    if (!folder)
        return error_at(err, ERROR_MISSING, work->attachments, 0, "there is no such folder");
    work->files = ARENA_ARRAY(work->arena, FILES_MAX, struct verify_file);
    bool has_own = stat(receipt, &own) == 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *path = arena_printf(work->arena, "%s/%s", work->attachments, entry->d_name);
        if (*entry->d_name == '.' || stat(path, &about_file) != 0 || !S_ISREG(about_file.st_mode))
            continue;
        if (has_own && own.st_dev == about_file.st_dev && own.st_ino == about_file.st_ino)
            continue;
        if (!add_file(work, entry->d_name, path, err))
            return false;
    }
    qsort(work->files, work->file_count, sizeof work->files[0], by_name);
    return true;
}

/* ---- the log it names ---- */

static bool audit(struct work *work, const struct audit_head *head, struct audit_verdict *out,
                  struct error *err)
{
    CLEANUP(site_database_close) struct site_database database = {0};
    return site_database_open(work->arena, work->data, NULL, &database, err) &&
           audit_verify(database.db, head, head->sequence ? 1 : 0, out, err);
}

/* The site's own log is whole, and goes through the receipt's head. */
static bool check_log(struct work *work, const struct audit_head *head,
                      struct verify_report *report, struct error *err)
{
    struct audit_verdict verdict;
    if (!work->data)
        return true;
    if (!head->sequence) {
        verify_report_bad(report, "site's log", "the receipt names no head to look for in it");
        return true;
    }
    if (!audit(work, head, &verdict, err))
        return false;
    if (verdict.remade || verdict.cut)
        verify_report_bad(report, "site's log",
                          "is not the one that the receipt knew: row %lld is %s",
                          (long long)head->sequence, verdict.cut ? "gone" : "another");
    else if (verdict.harm)
        verify_report_bad(report, "site's log", "is not whole: see skjema audit verify");
    else
        verify_report_good(report, "site's log",
                           "whole, %lld rows, and goes through row %lld as "
                           "the receipt says",
                           (long long)verdict.head.sequence, (long long)head->sequence);
    return true;
}

/* ---- telling ---- */

/* Parts under one another, whatever letters are in their names. */
static bool tell(const char *path, const struct verify_report *report)
{
    size_t width = 0;
    for (size_t i = 0; i < report->count; i++) {
        size_t length = text_length(report->lines[i].part);
        width = length > width && length <= NAME_WIDTH ? length : width;
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct verify_line *line = &report->lines[i];
        size_t length = text_length(line->part);
        printf("%s  %s%*s  %s\n", line->good ? "good " : "WRONG", line->part,
               length < width ? (int)(width - length) : 0, "", line->text);
    }
    printf("%s: %s\n", path, report->good ? "all of it holds" : "it does not prove itself");
    return report->good;
}

static bool run(struct work *work, const char *path, struct verify_report *report,
                struct error *err)
{
    struct bytes pdf;
    if (!files_read(work->arena, path, VERIFY_PDF_MAX_BYTES, &pdf, err) || !read_trust(work, err) ||
        !read_attachments(work, path, err))
        return false;
    const struct verify_question question = {
        .trust = work->trust,
        .has_files = work->attachments != NULL,
        .files = work->files,
        .file_count = work->file_count,
    };
    struct audit_head head;
    verify_report_init(report, work->arena);
    verify_receipt(pdf, &question, report, &head);
    return check_log(work, &head, report, err);
}

int cmd_verify(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(close_work) struct work work = {.arena = arena};
    const struct words_option options[] = {
        {"attachments", "DIR", "folder with the documents that were sent, by any name",
         &work.attachments, NULL},
        {"trust", "PATH",
         "certificates (PEM) of those who vouch for who signs: a file, or a folder of them",
         &work.trust_path, NULL},
        {"data", "DIR", "the site's data folder: is its log the one the receipt knew", &work.data,
         NULL},
    };
    const struct words_command command = {
        "verify", "RECEIPT.pdf [--attachments DIR] [--trust FILE]", about, options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, NULL, rest, &rest_count))
        return 2;
    if (rest_count != 1) {
        fprintf(stderr, "skjema verify: name one receipt. See: skjema verify --help\n");
        return 2;
    }
    struct verify_report report;
    struct error err;
    if (run(&work, rest[0], &report, &err))
        return tell(rest[0], &report) ? 0 : 1;
    fprintf(stderr, "skjema verify: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
    return 1;
}
