#include "engine/open/open_package.h"

#include "engine/base/text.h"

#include <string.h>

static const char asic_mime[] = "application/vnd.etsi.asic-e+zip";

enum { MAX_PACKAGE = 50 * 1000 * 1000 };

/* The first file of a package says what the whole is; the oldest client left it out. */
static void check_mimetype(struct open_report *report, const struct open_zip *zip)
{
    const struct open_entry *entry = open_zip_find(zip, "mimetype");
    if (!entry) {
        open_warn(report, "mimetype", "there is no such file, as the oldest clients write it");
        return;
    }
    if (entry->content.size != strlen(asic_mime) ||
        memcmp(entry->content.data, asic_mime, strlen(asic_mime)) != 0)
        open_wrong(report, "mimetype", "it does not say %s", asic_mime);
    if (entry->at != 0 || !entry->is_stored || entry->has_extra)
        open_warn(report, "mimetype", "it is not first, stored and without an extra field");
}

static const struct open_entry *find_signatures(struct open_report *report,
                                                const struct open_zip *zip)
{
    const struct open_entry *found = NULL;
    for (size_t i = 0; i < zip->count; i++) {
        const char *name = zip->entries[i].name;
        if (!text_starts_with(name, "META-INF/"))
            continue;
        if (strstr(text_fold(report->arena, name), "signature")) {
            if (found)
                open_wrong(report, name, "a second signature; there must be one");
            else
                found = &zip->entries[i];
        } else if (!text_equal(name, "META-INF/manifest.xml")) {
            open_warn(report, name, "it does not belong there, and nothing signs it");
        }
    }
    if (!found)
        open_wrong(report, "package", "it is not signed: there is no META-INF/signatures.xml");
    else if (!text_equal(found->name, "META-INF/signatures.xml"))
        open_warn(report, found->name, "the signature is usually META-INF/signatures.xml");
    return found;
}

/* As they may lie in one folder, and in META-INF. */
static void keep_files(struct open_report *report, const struct open_zip *zip)
{
    for (size_t i = 0; i < zip->count; i++) {
        char *name = arena_text(report->arena, zip->entries[i].name);
        size_t folder = text_starts_with(name, "META-INF/") ? strlen("META-INF/") : 0;
        for (char *at = name + folder; *at; at++)
            if (*at == '/')
                *at = '_';
        open_keep(report, name, zip->entries[i].content);
    }
}

void open_package(struct open_report *report, const struct open_rules *rules, struct bytes file,
                  struct open_parties *out)
{
    struct open_zip zip;
    struct open_signature signature;
    *out = (struct open_parties){"", "", ""};
    open_fact(report, "a document package (ASiC-E), %zu bytes", file.size);
    if (file.size > MAX_PACKAGE)
        open_wrong(report, "package", "more than 50 MB");
    if (!open_zip_read(report, file, &zip))
        return;
    check_mimetype(report, &zip);
    const struct open_entry *signatures = find_signatures(report, &zip);
    bool is_signed = signatures && open_xades_check(report, rules, &zip, signatures, &signature);
    open_manifest_check(report, &zip, is_signed ? &signature : NULL, out);
    open_list_check(report, &zip);
    keep_files(report, &zip);
}
