/* cmd_issue.c - issues a certificate from something that was sent in: for who decides a case at a
 * terminal, or from a program of theirs. The site may be running; it sends the letter. */
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/master_keys.h"
#include "engine/receipt_signature.h"
#include "engine/reuse/issue.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/keys.h"
#include "storage/migrate.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 8 * 1024 * 1024 };

static const char about[] =
    "Issues a certificate, a permit or a decision from what was sent in with that REFERENCE: as a\n"
    "letter to the citizen's postbox that says of itself what it is, on Min side, and for other\n"
    "agencies that ask for it by its type, once the citizen says yes to each.\n"
    "\n"
    "FILE is a PDF, which is issued byte for byte as it is, or a text of at most 2000 characters\n"
    "that says what was decided, which a PDF is made of. Without FILE the PDF has no such text.\n"
    "A PDF that is given is looked through for viruses first if the setting clamd_policy says so.\n"
    "The site may be running, and sends the letter; it must have been started once.\n"
    "\n"
    "Example: skjema issue SV-2026-10001 --type serveringsbevilling --title Serveringsbevilling\n"
    "\n"
    "Writes the certificate's id and SHA-256. Ends with 0 when it is issued, or was with the same\n"
    "--key; 1 when not, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    const char *type, *title, *number, *until, *key;
    struct screening screening;
    struct receipt_signature *signature;
    struct keyring *keys;
    struct catalogue *forms;
    struct site_database database;
};

static void close_work(struct work *work)
{
    site_database_close(&work->database);
    catalogue_close(&work->forms);
    receipt_signature_close(&work->signature);
    keyring_close(&work->keys);
}

static bool open_work(struct work *work, struct error *err)
{
    const char *certificate;
    if (!screening_read(work->config, &work->screening, err) ||
        !master_keys_open(work->config, &work->keys, err))
        return false;
    return site_database_open(work->arena, work->config->data, work->keys, &work->database, err) &&
           migrate_run(work->database.db, err) && keys_prepare(work->database.db, err) &&
           receipt_signature_of(work->arena, work->config, &work->signature, &certificate, err) &&
           catalogue_open(work->config->forms, FORM_AGENCY_UNSAID, NULL, NULL, &work->forms, err);
}

/* The lines of a text become one: the PDF breaks them where they fit. */
static bool read_text(struct arena *arena, struct bytes bytes, const char *path, const char **out,
                      struct error *err)
{
    if (!text_is_utf8(bytes) || (bytes.size && memchr(bytes.data, 0, bytes.size)))
        return error_at(err, ERROR_INVALID, path, 0, "neither a PDF nor UTF-8 text");
    char *text = arena_text_of(arena, bytes);
    for (char *at = text; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    text = text_trim(arena, text);
    if (!api_body_is_line(text, API_BODY_MAX_TEXT))
        return error_at(err, ERROR_INVALID, path, 0, "a text of 1 to %d characters is wanted",
                        API_BODY_MAX_TEXT);
    *out = text_composed(arena, text);
    return true;
}

static bool read_file(struct work *work, const char *path, struct api_body_certificate *certificate,
                      struct error *err)
{
    struct bytes bytes;
    if (!files_read(work->arena, path, MOST_BYTES, &bytes, err))
        return false;
    if (bytes.size < 5 || memcmp(bytes.data, "%PDF-", 5) != 0)
        return read_text(work->arena, bytes, path, &certificate->text, err);
    certificate->pdf = bytes;
    return true;
}

static bool check(const struct work *work, struct api_body_certificate *certificate,
                  struct error *err)
{
    if (!certificates_is_type(work->type))
        return error_set(err, ERROR_INVALID,
                         "--type must be a word of a-z, 0-9 and '-', a letter first, 1 to %d",
                         CERTIFICATES_MAX_TYPE);
    if (!api_body_is_line(work->title, CERTIFICATES_MAX_TITLE))
        return error_set(err, ERROR_INVALID, "--title must be 1 to %d characters",
                         CERTIFICATES_MAX_TITLE);
    if (work->number && !api_body_is_line(work->number, API_BODY_MAX_NUMBER))
        return error_set(err, ERROR_INVALID, "--number must be 1 to %d characters",
                         API_BODY_MAX_NUMBER);
    if (work->key && !api_body_is_key(work->key))
        return error_set(err, ERROR_INVALID, "--key must be 1 to %d visible ASCII characters",
                         API_BODY_MAX_KEY);
    return !work->until || api_body_read_day(work->until, &certificate->valid_until, err);
}

static bool run(struct work *work, const char *reference, const char *path, struct certificate *out,
                struct error *err)
{
    const struct config *config = work->config;
    struct frame_agency agency = {
        .name = config->agency_name,
        .number = config->agency_number,
        .address = config->agency_address,
        .phone = config->agency_phone,
        .email = config->agency_email,
    };
    struct issue issue = {
        .agency = &agency,
        .certificate = {.submission = reference,
                        .type = work->type,
                        .title = work->title,
                        .number = work->number},
        .key = work->key ? arena_printf(work->arena, "command %s", work->key) : NULL,
        .actor = AUDIT_STAFF,
        .actor_id = "skjema issue",
        .request_id = "",
    };
    if (!check(work, &issue.certificate, err) ||
        (path && !read_file(work, path, &issue.certificate, err)) || !open_work(work, err))
        return false;
    issue.forms = work->forms;
    issue.screening = &work->screening;
    issue.signature = work->signature;
    return issue_certificate(work->arena, work->database.db, &issue, out, err);
}

int cmd_issue(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    const struct words_option options[] = {
        {"type", "WORD", "what it is asked for by: serveringsbevilling", &work.type, NULL},
        {"title", "TEXT", "what it is called in the postbox", &work.title, NULL},
        {"number", "TEXT", "its own number (the reference)", &work.number, NULL},
        {"valid-until", "DAY", "the last day it holds, as 2031-11-23 (for good)", &work.until,
         NULL},
        {"key", "WORD", "issued once for each, however often it is said", &work.key, NULL},
    };
    const struct words_command command = {"issue",
                                          "REFERENCE --type WORD --title TEXT [FILE] [settings]",
                                          about, options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (rest_count < 1 || rest_count > 2 || !work.type || !work.title) {
        fprintf(stderr, "skjema issue: say REFERENCE, --type and --title. See: "
                        "skjema issue --help\n");
        return 2;
    }
    struct certificate certificate;
    struct error err = {0};
    if (!run(&work, rest[0], rest_count > 1 ? rest[1] : NULL, &certificate, &err)) {
        fprintf(stderr, "skjema issue: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    struct bytes digest = {certificate.sha256.bytes, sizeof certificate.sha256.bytes};
    printf("%s %s\n", certificate.id, codec_hex(arena, digest));
    return 0;
}
