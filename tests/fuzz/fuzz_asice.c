/* Packages, written and read. The first byte says what the rest is: 'z' a file as it comes (zip,
 * CMS or anything), 'p' the XML parts of a package whose digests nobody could guess, 'w' texts that
 * the writer is given: what it makes of them must open without a word against it. Parts end with
 * "\n--\n". */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/open/open_look.h"
#include "engine/open/open_package.h"
#include "storage/postbox/asice.h"

#include <stdlib.h>
#include <string.h>

static const char mark[] = "\n--\n";

/* Made once a process. */
struct keys {
    struct arena *arena;
    struct bytes key_pem, certificate_pem;
    struct crypto_key *key;
};

static const struct keys *keys(void)
{
    static struct keys keys;
    if (keys.key)
        return &keys;
    struct error err;
    keys.arena = arena_open();
    crypto_make_certificate(keys.arena, "fuzz", &keys.key_pem, &keys.certificate_pem);
    fuzz_promise(crypto_private_key_open(keys.key_pem, "fuzz", &keys.key, &err), "a key opens",
                 err.text);
    return &keys;
}

static struct open_rules rules(void)
{
    return (struct open_rules){keys()->key_pem, NULL, FUZZ_NOW + 86400};
}

static bool is_fit(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    return text_is_utf8(BYTES_OF(text));
}

static void check_report(const struct open_report *report)
{
    size_t wrong = 0, warnings = 0;
    for (size_t i = 0; i < report->line_count; i++) {
        const struct open_line *line = &report->lines[i];
        wrong += line->weight == OPEN_WRONG;
        warnings += line->weight == OPEN_WARNING;
        fuzz_promise(is_fit(line->where) && is_fit(line->text), "a line is fit for a terminal",
                     line->text);
    }
    fuzz_promise(wrong <= report->wrong_count && warnings <= report->warning_count,
                 "what is told is counted", NULL);
    for (size_t i = 0; i < report->file_count; i++) {
        const char *name = report->files[i].name;
        const char *inside = text_starts_with(name, "META-INF/") ? name + 9 : name;
        fuzz_promise(*inside && !strchr(inside, '/') && strcmp(inside, ".") != 0 &&
                         strcmp(inside, "..") != 0 && !strchr(name, '\\') && is_fit(name),
                     "a name leads nowhere else", name);
    }
}

static void look(struct arena *arena, struct bytes input)
{
    const struct open_rules given = rules();
    struct open_report report;
    struct open_seen seen = {.has_letter = false};
    open_report_init(&report, arena);
    open_look(&report, &given, input, &seen);
    open_compare(&report, &seen);
    check_report(&report);
}

static void look_at_parts(struct arena *arena, struct bytes input)
{
    static const char *const names[] = {"META-INF/signatures.xml", "manifest.xml", "lenke.xml",
                                        "META-INF/manifest.xml",   "brev.pdf",     "æ +.png"};
    struct open_entry entries[COUNT(names)];
    for (size_t i = 0; i < COUNT(names); i++) {
        struct bytes part = fuzz_take(&input, mark);
        struct bytes repaired = i < 4 ? fuzz_repair(arena, part) : part;
        entries[i] = (struct open_entry){names[i], repaired.size ? repaired : part, true, false, 0};
    }
    const struct open_zip zip = {entries, COUNT(names), ""};
    const struct open_rules given = rules();
    struct open_signature signature;
    struct open_parties parties;
    struct open_report report;
    open_report_init(&report, arena);
    bool is_signed = open_xades_check(&report, &given, &zip, &entries[0], &signature);
    open_manifest_check(&report, &zip, is_signed ? &signature : NULL, &parties);
    open_list_check(&report, &zip);
    open_link_check(&report, &entries[2]);
    check_report(&report);
}

static const char *take_text(struct arena *arena, struct bytes *input)
{
    struct bytes part = fuzz_take(input, mark);
    return memchr(part.data, 0, part.size) ? "" : arena_text_of(arena, part);
}

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

/* The certificate is nobody's: that alone is wrong with it. */
static void check_written(struct arena *arena, struct bytes package)
{
    const struct open_rules given = rules();
    struct open_report report;
    struct open_parties parties;
    open_report_init(&report, arena);
    open_package(&report, &given, package, &parties);
    check_report(&report);
    for (size_t i = 0; i < report.line_count; i++)
        fuzz_promise(report.lines[i].weight != OPEN_WRONG ||
                         strstr(report.lines[i].text, "names no Norwegian organisation"),
                     "what we write opens", report.lines[i].text);
    fuzz_promise(report.wrong_count == 1 && report.warning_count == 1, "and nothing is odd in it",
                 NULL);
}

static void write_and_look(struct arena *arena, struct bytes input)
{
    struct postbox_document documents[3];
    for (size_t i = 0; i < COUNT(documents); i++)
        documents[i] = (struct postbox_document){"0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11",
                                                 take_text(arena, &input), i ? "png" : "pdf",
                                                 fuzz_take(&input, mark)};
    const struct postbox_link link = {.url = take_text(arena, &input),
                                      .description = text_or_null(take_text(arena, &input)),
                                      .button = text_or_null(take_text(arena, &input)),
                                      .deadline = FUZZ_NOW};
    const struct asice_package package = {.agency = "310000004",
                                          .agency_unit = text_or_null(take_text(arena, &input)),
                                          .invoice = text_or_null(take_text(arena, &input)),
                                          .mailbox = take_text(arena, &input),
                                          .language = "nb",
                                          .main = documents,
                                          .attachments = documents + 1,
                                          .attachment_count = 2,
                                          .link = *link.url ? &link : NULL};
    const struct asice_signer signer = {keys()->key, keys()->certificate_pem, FUZZ_NOW};
    struct bytes zip;
    struct error err;
    if (asice_write(arena, &package, &signer, &zip, &err))
        check_written(arena, zip);
    else
        fuzz_promise(*err.text, "what is not written says why", NULL);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    switch (fuzz_take_byte(&input)) {
    case 'p':
        look_at_parts(arena, input);
        break;
    case 'w':
        write_and_look(arena, input);
        break;
    default:
        look(arena, input);
    }
}
