#include "engine/issuers.h"

#include "engine/base/text.h"
#include "engine/files.h"
#include "forms/locale.h"
#include "forms/mod11.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 4 * 1024 * 1024, CERTIFICATE_MAX_BYTES = 64 * 1024 };

void issuers_init(struct issuers *issuers, struct arena *arena)
{
    *issuers = (struct issuers){.arena = arena, .trust = cms_trust_open()};
}

void issuers_finish(struct issuers *issuers)
{
    struct issuers *newer = issuers->newer;
    cms_trust_close(&issuers->trust);
    while (newer) {
        struct issuers *gone = newer;
        newer = gone->newer;
        cms_trust_close(&gone->trust);
        struct arena *arena = gone->arena;
        arena_close(&arena);
    }
}

void issuers_renew(struct issuers *issuers, struct issuers *fresh)
{
    while (issuers->newer)
        issuers = issuers->newer;
    issuers->newer = fresh;
}

const struct issuers *issuers_now(const struct issuers *issuers)
{
    for (const struct issuers *newer; issuers && (newer = issuers->newer);)
        issuers = newer;
    return issuers;
}

static int by_number(const void *a, const void *b)
{
    return strcmp(((const struct issuer *)a)->number, ((const struct issuer *)b)->number);
}

static struct issuer *find(const struct issuers *issuers, const char *number)
{
    const struct issuer wanted = {.number = number};
    return issuers->count
               ? bsearch(&wanted, issuers->list, issuers->count, sizeof wanted, by_number)
               : NULL;
}

const struct issuer *issuers_find(const struct issuers *issuers, const char *number)
{
    issuers = issuers_now(issuers);
    return issuers && number ? find(issuers, number) : NULL;
}

static bool has_certificate(const struct issuer *issuer, const struct crypto_sha256 *fingerprint)
{
    for (size_t i = 0; i < issuer->certificate_count; i++)
        if (memcmp(&issuer->certificates[i], fingerprint, sizeof *fingerprint) == 0)
            return true;
    return false;
}

const struct issuer *issuers_signed_by(const struct issuers *issuers,
                                       const struct cms_signature *signature)
{
    if (signature->verdict != CMS_TRUSTED)
        return NULL;
    issuers = issuers_now(issuers);
    for (size_t i = 0; i < issuers->count; i++) {
        const struct issuer *issuer = &issuers->list[i];
        bool its_own =
            signature->anchor_is_signer || text_equal(signature->organisation, issuer->number);
        if (its_own && has_certificate(issuer, &signature->anchor))
            return issuer;
    }
    return NULL;
}

static bool is_same(const struct issuer *one, const struct issuer *other)
{
    bool same = text_equal(one->number, other->number) && text_equal(one->name, other->name) &&
                one->certificate_count == other->certificate_count;
    for (size_t i = 0; same && i < one->certificate_count; i++)
        same = has_certificate(other, &one->certificates[i]);
    return same;
}

bool issuers_are_same(const struct issuers *one, const struct issuers *other)
{
    one = issuers_now(one);
    other = issuers_now(other);
    bool same = one->count == other->count;
    for (size_t i = 0; same && i < one->count; i++)
        same = is_same(&one->list[i], &other->list[i]);
    return same;
}

/* ---- reading ---- */

/* One line: what it says, before anything is added. */
struct entry {
    char *number, *name, *certificates;
};

static char *part(struct arena *arena, char **rest, const char *until)
{
    char *text = *rest;
    size_t size = strcspn(text, until);
    *rest = text[size] ? text + size + 1 : text + size;
    text[size] = '\0';
    return text_trim(arena, text);
}

/* An empty line has no number. */
static bool read_entry(struct arena *arena, char *line, struct entry *out, struct error *err)
{
    line[strcspn(line, "#")] = '\0';
    if (!*text_trim(arena, line)) {
        *out = (struct entry){0};
        return true;
    }
    if (!strchr(line, '='))
        return error_set(err, ERROR_INVALID, "a line without '='");
    struct entry entry;
    entry.number = part(arena, &line, "=");
    entry.name = part(arena, &line, "|");
    entry.certificates = line;
    if (!mod11_is_orgnr(entry.number))
        return error_set(err, ERROR_INVALID, "\"%s\" is no organisation number", entry.number);
    if (!*entry.name)
        return error_set(err, ERROR_INVALID, "%s has no name", entry.number);
    *out = entry;
    return true;
}

static bool add_certificate(struct issuers *issuers, struct issuer *issuer, const char *path,
                            struct error *err)
{
    struct bytes pem;
    struct crypto_sha256 fingerprint;
    if (issuer->certificate_count == ISSUERS_CERTIFICATES_MAX)
        return error_set(err, ERROR_INVALID, "%s has more than %d certificates", issuer->number,
                         ISSUERS_CERTIFICATES_MAX);
    struct error why;
    if (!files_read(issuers->arena, path, CERTIFICATE_MAX_BYTES, &pem, &why) ||
        !cms_trust_add(issuers->trust, pem, path, &fingerprint, &why))
        return error_set(err, ERROR_INVALID, "the certificate %s: %s", path, why.text);
    issuer->certificates[issuer->certificate_count++] = fingerprint;
    return true;
}

static bool add_certificates(struct issuers *issuers, struct issuer *issuer, char *files,
                             const char *folder, struct error *err)
{
    char *rest = NULL;
    for (char *file = strtok_r(files, " \t\r", &rest); file;
         file = strtok_r(NULL, " \t\r", &rest)) {
        char *beside = arena_printf(issuers->arena, "%s/%s", folder, file);
        if (!add_certificate(issuers, issuer, *file == '/' ? file : beside, err))
            return false;
    }
    return true;
}

/* At its place by number. */
static struct issuer *insert(struct issuers *issuers, const char *number, const char *name)
{
    if (issuers->count == issuers->room) {
        size_t room = issuers->room ? 2 * issuers->room : 64;
        struct issuer *grown = ARENA_ARRAY(issuers->arena, room, struct issuer);
        if (issuers->count)
            memcpy(grown, issuers->list, issuers->count * sizeof *grown);
        issuers->list = grown;
        issuers->room = room;
    }
    size_t at = issuers->count++;
    for (; at && strcmp(issuers->list[at - 1].number, number) > 0; at--)
        issuers->list[at] = issuers->list[at - 1];
    issuers->list[at] = (struct issuer){.number = number, .name = name};
    return &issuers->list[at];
}

/* known: which were there before the file; the others stand in it once. */
static bool add_line(struct issuers *issuers, const struct issuers *known, char *line,
                     const char *folder, struct error *err)
{
    struct entry entry = {0};
    if (!read_entry(issuers->arena, line, &entry, err))
        return false;
    if (!entry.number)
        return true;
    struct issuer *issuer = find(issuers, entry.number);
    if (issuer && !issuers_find(known, entry.number))
        return error_set(err, ERROR_INVALID, "%s stands here twice", entry.number);
    if (!issuer && issuers->count == ISSUERS_MAX)
        return error_set(err, ERROR_INVALID, "more than %d organisations", ISSUERS_MAX);
    issuer = issuer ? issuer : insert(issuers, entry.number, entry.name);
    return add_certificates(issuers, issuer, entry.certificates, folder, err);
}

static struct issuers copy_of(const struct issuers *issuers)
{
    struct issuers copy = *issuers;
    copy.list = ARENA_ARRAY(issuers->arena, issuers->count, struct issuer);
    if (issuers->count)
        memcpy(copy.list, issuers->list, issuers->count * sizeof *copy.list);
    copy.room = issuers->count;
    return copy;
}

bool issuers_parse(struct issuers *issuers, struct bytes file, const char *file_name,
                   const char *folder, struct error *err)
{
    if (!text_is_utf8(file) || (file.size && memchr(file.data, 0, file.size)))
        return error_at(err, ERROR_INVALID, file_name, 0, "not UTF-8 text");
    struct issuers read = copy_of(issuers);
    int number = 1;
    for (char *line = arena_text_of(issuers->arena, file); line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        struct error why;
        if (!add_line(&read, issuers, line, folder, &why))
            return error_at(err, ERROR_INVALID, file_name, number, "%s", why.text);
        line = end ? end + 1 : NULL;
    }
    *issuers = read;
    return true;
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_printf(arena, "%.*s", (int)(slash - path), path) : ".";
}

bool issuers_read(struct issuers *issuers, const char *path, struct error *err)
{
    struct bytes file;
    return files_read(issuers->arena, path, FILE_MAX_BYTES, &file, err) &&
           issuers_parse(issuers, file, path, folder_of(issuers->arena, path), err);
}

/* ---- showing ---- */

const char *issuers_name(const struct issuers *issuers, const char *number, const char *told)
{
    const struct issuer *issuer = issuers_find(issuers, number);
    return issuer ? issuer->name : told ? told : "";
}

const char *issuers_show(struct arena *arena, const struct issuers *issuers, const char *number,
                         const char *told)
{
    const char *name = issuers_name(issuers, number, told);
    char *spaced = locale_organisation(arena, number);
    return *name ? arena_printf(arena, "%s (%s)", name, spaced) : spaced;
}
