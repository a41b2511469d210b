#include "engine/verify/verify_receipt.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/receipt_manifest.h"
#include "engine/verify/verify_manifest.h"
#include "engine/verify/verify_text.h"
#include "engine/verify/verify_xml.h"
#include "forms/types.h"

#include <stdlib.h>
#include <string.h>

struct receipt {
    struct arena *arena;
    struct verify_report *report;
    struct bytes manifest_json, xml;
    struct verify_manifest manifest;
    const char *pages; /* the text of them, bare */
    xmlDoc *doc;       /* NULL: a supplement has none */
};

/* ---- what is inside ---- */

static bool take_files(struct receipt *receipt, struct verify_pdf *pdf)
{
    struct verify_pdf_file *files;
    size_t count;
    struct error err;
    if (!verify_pdf_files(pdf, &files, &count, &err))
        return verify_report_bad(receipt->report, "files inside", "%s", err.text);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(files[i].name, RECEIPT_MANIFEST_NAME))
            receipt->manifest_json = files[i].bytes;
        if (text_equal(files[i].name, RECEIPT_MANIFEST_XML))
            receipt->xml = files[i].bytes;
    }
    if (!receipt->manifest_json.data)
        return verify_report_bad(receipt->report, RECEIPT_MANIFEST_NAME,
                                 "is not inside: this is no receipt, or an old one");
    return true;
}

static bool read_manifest(struct receipt *receipt, int64_t signed_at)
{
    struct error err;
    struct verify_manifest *manifest = &receipt->manifest;
    if (!verify_manifest_read(receipt->arena, receipt->manifest_json, manifest, &err))
        return verify_report_bad(receipt->report, RECEIPT_MANIFEST_NAME, "%s", err.text);
    if (signed_at && !text_equal(manifest->received_at, clock_iso_utc(receipt->arena, signed_at)))
        return verify_report_bad(receipt->report, RECEIPT_MANIFEST_NAME,
                                 "says it was received %s, and the signature says otherwise",
                                 manifest->received_at);
    verify_report_good(receipt->report, RECEIPT_MANIFEST_NAME, "%s, received %s",
                       manifest->reference, manifest->received_at);
    return true;
}

static bool has_attachment(const struct verify_manifest *manifest, const char *sha256)
{
    for (size_t i = 0; i < manifest->attachment_count; i++)
        if (text_equal(manifest->attachments[i].sha256, sha256))
            return true;
    return false;
}

static bool read_xml(struct receipt *receipt)
{
    const struct verify_manifest *manifest = &receipt->manifest;
    struct verify_report *report = receipt->report;
    struct error err;
    if (!manifest->xml_sha256 && !receipt->xml.data)
        return true;
    if (!manifest->xml_sha256 || !receipt->xml.data)
        return verify_report_bad(report, RECEIPT_MANIFEST_XML,
                                 "is inside, or in the manifest, but not in both");
    if (manifest->xml_size != (int64_t)receipt->xml.size ||
        !text_equal(crypto_sha256_hex(receipt->arena, receipt->xml), manifest->xml_sha256))
        return verify_report_bad(report, RECEIPT_MANIFEST_XML,
                                 "is not the one of the manifest: another size or SHA-256");
    if (!xml_parse(receipt->xml, RECEIPT_MANIFEST_XML, &receipt->doc, &err))
        return verify_report_bad(report, RECEIPT_MANIFEST_XML, "line %d: %s", err.line, err.text);
    size_t count;
    const char **digests = verify_xml_digests(receipt->arena, receipt->doc, &count);
    for (size_t i = 0; i < count; i++)
        if (!has_attachment(manifest, digests[i]))
            return verify_report_bad(report, RECEIPT_MANIFEST_XML,
                                     "names a document with SHA-256 %s, and the manifest does not",
                                     digests[i]);
    return true;
}

/* ---- the pages ---- */

/* What is to be printed for it; NULL: the XML says otherwise than the manifest. */
static const char *printed(struct receipt *receipt, const struct verify_answer *answer)
{
    const char *stored = answer->at && receipt->doc
                             ? verify_xml_find(receipt->arena, receipt->doc, answer->at)
                             : NULL;
    enum type type;
    if (!answer->at)
        return answer->shown;
    if (!stored)
        return NULL;
    if (answer->type)
        return types_find(answer->type, &type)
                   ? types_write(receipt->arena, type, stored, receipt->manifest.language)
                   : NULL;
    return text_equal(stored, answer->value) ? answer->shown : NULL;
}

/* The question with its answer behind it, from there on; NULL: not there. */
static const char *find_printed(struct receipt *receipt, const char *from, const char *label,
                                const char *value)
{
    const char *both = arena_printf(receipt->arena, "%s%s", label, value);
    const char *bare = verify_text_bare(receipt->arena, both);
    const char *found = strstr(from, bare);
    return found ? found + strlen(bare) : NULL;
}

/* What each answer is to be printed as; the XML has what the manifest says of it. */
static bool read_values(struct receipt *receipt, const char **values)
{
    for (size_t i = 0; i < receipt->manifest.answer_count; i++) {
        const struct verify_answer *answer = &receipt->manifest.answers[i];
        values[i] = printed(receipt, answer);
        if (!values[i])
            return verify_report_bad(receipt->report, RECEIPT_MANIFEST_XML,
                                     "has not at %s what the manifest says of \"%s\"", answer->at,
                                     answer->label);
    }
    if (receipt->doc)
        verify_report_good(receipt->report, RECEIPT_MANIFEST_XML, "%zu bytes, as the manifest says",
                           receipt->xml.size);
    return true;
}

static bool check_answers(struct receipt *receipt)
{
    const char *at = receipt->pages;
    const char **values = ARENA_ARRAY(receipt->arena, receipt->manifest.answer_count, const char *);
    if (!read_values(receipt, values))
        return false;
    for (size_t i = 0; i < receipt->manifest.answer_count; i++) {
        const char *label = receipt->manifest.answers[i].label;
        at = find_printed(receipt, at, label, values[i]);
        if (!at)
            return verify_report_bad(receipt->report, "pages",
                                     "\"%s\" is not answered there as in %s", label,
                                     RECEIPT_MANIFEST_XML);
    }
    return true;
}

static bool check_printed(struct receipt *receipt)
{
    const struct verify_manifest *manifest = &receipt->manifest;
    if (!strstr(receipt->pages, verify_text_bare(receipt->arena, manifest->reference)))
        return verify_report_bad(receipt->report, "pages", "the reference %s is not there",
                                 manifest->reference);
    for (size_t i = 0; i < manifest->attachment_count; i++)
        if (!strstr(receipt->pages, manifest->attachments[i].sha256))
            return verify_report_bad(receipt->report, "pages",
                                     "the SHA-256 of \"%s\" is not there as in the manifest",
                                     manifest->attachments[i].name);
    return true;
}

static bool check_pages(struct receipt *receipt, struct verify_pdf *pdf)
{
    const char *text;
    struct error err;
    if (!verify_text_read(receipt->arena, pdf, &text, &err))
        return verify_report_bad(receipt->report, "pages", "%s", err.text);
    receipt->pages = verify_text_bare(receipt->arena, text);
    if (!check_printed(receipt) || !check_answers(receipt))
        return false;
    verify_report_good(receipt->report, "pages", "%zu: %zu answers and %zu attachments, as inside",
                       verify_pdf_page_count(pdf), receipt->manifest.answer_count,
                       receipt->manifest.attachment_count);
    return true;
}

/* ---- the log ---- */

static bool check_head(struct receipt *receipt, struct audit_head *head)
{
    const char *written = receipt->manifest.audit_head;
    struct bytes digest;
    char *after;
    if (!*written)
        return true;
    long long sequence = strtoll(written, &after, 10);
    if (sequence <= 0 || *after != ' ' || strlen(after + 1) != 64 ||
        !codec_unhex(receipt->arena, after + 1, &digest))
        return verify_report_bad(receipt->report, "audit log", "the manifest's head of it is none");
    if (!strstr(receipt->pages, verify_text_bare(receipt->arena, written)))
        return verify_report_bad(receipt->report, "audit log",
                                 "its head is not printed as the manifest says it");
    head->sequence = sequence;
    memcpy(head->digest.bytes, digest.data, sizeof head->digest.bytes);
    verify_report_good(receipt->report, "audit log", "%s, printed and in the manifest", written);
    return true;
}

/* ---- attachments ---- */

static const struct verify_file *find_digest(const struct verify_question *question,
                                             const char *sha256)
{
    for (size_t i = 0; i < question->file_count; i++)
        if (text_equal(question->files[i].sha256, sha256))
            return &question->files[i];
    return NULL;
}

/* "lonn" is called "lonn.pdf" by whoever saves it. */
static bool is_called(const char *file, const char *name)
{
    size_t size = strlen(name);
    return strncmp(file, name, size) == 0 && (!file[size] || file[size] == '.');
}

static bool is_named(const struct verify_manifest *manifest, const char *file)
{
    for (size_t i = 0; i < manifest->attachment_count; i++)
        if (is_called(file, manifest->attachments[i].name))
            return true;
    return false;
}

static void check_attachments(struct receipt *receipt, const struct verify_question *question)
{
    const struct verify_manifest *manifest = &receipt->manifest;
    size_t found = 0, extra = 0;
    for (size_t i = 0; i < manifest->attachment_count; i++) {
        const struct verify_attachment *wanted = &manifest->attachments[i];
        const struct verify_file *file = find_digest(question, wanted->sha256), *other = NULL;
        for (size_t k = 0; k < question->file_count; k++)
            if (is_called(question->files[k].name, wanted->name))
                other = &question->files[k];
        if (file)
            found++;
        else if (other)
            verify_report_bad(receipt->report,
                              arena_printf(receipt->arena, "attachment %s", other->name),
                              "was changed: its SHA-256 is not that of \"%s\"", wanted->name);
        else
            verify_report_bad(receipt->report,
                              arena_printf(receipt->arena, "attachment %s", wanted->name),
                              "is missing: no file has its SHA-256");
    }
    for (size_t k = 0; k < question->file_count; k++) {
        const struct verify_file *file = &question->files[k];
        if (has_attachment(manifest, file->sha256) ||
            text_equal(file->sha256, manifest->xml_sha256) || is_named(manifest, file->name))
            continue;
        extra++;
        verify_report_bad(receipt->report,
                          arena_printf(receipt->arena, "attachment %s", file->name),
                          "is extra: it was not sent with this");
    }
    if (found == manifest->attachment_count && !extra)
        verify_report_good(receipt->report, "attachments", "%zu, each as it was sent", found);
}

/* ---- all of it ---- */

static void check_inside(struct receipt *receipt, struct bytes bytes, int64_t signed_at,
                         const struct verify_question *question, struct audit_head *head)
{
    struct verify_pdf *pdf;
    struct error err;
    if (!verify_pdf_open(receipt->arena, bytes, &pdf, &err)) {
        verify_report_bad(receipt->report, "file", "%s", err.text);
        return;
    }
    if (!take_files(receipt, pdf) || !read_manifest(receipt, signed_at))
        return;
    if (read_xml(receipt) && check_pages(receipt, pdf))
        check_head(receipt, head);
    if (question->has_files)
        check_attachments(receipt, question);
}

void verify_receipt(struct bytes pdf, const struct verify_question *question,
                    struct verify_report *report, struct audit_head *head)
{
    struct receipt receipt = {.arena = report->arena, .report = report};
    int64_t signed_at;
    *head = (struct audit_head){0};
    verify_signature(pdf, question->trust, report, &signed_at);
    check_inside(&receipt, pdf, signed_at, question, head);
    xml_close(&receipt.doc);
}
