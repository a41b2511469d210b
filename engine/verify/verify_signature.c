#include "engine/verify/verify_signature.h"

#include "engine/base/clock.h"
#include "engine/base/cms_signer.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/receipt_parts.h"

#include <string.h>

#define RANGE "/ByteRange[0 "
#define CONTENTS "]/Contents<"

enum { RANGE_WIDTH = 10, NEAR_BYTES = 4096 };

struct found {
    size_t hole, after; /* where <...> begins, and what follows it */
    struct bytes der;
    int64_t at; /* /M */
};

/* ---- the one signature ---- */

static const unsigned char *last(struct bytes bytes, const char *words)
{
    const unsigned char *found = NULL, *end = bytes.data + bytes.size;
    for (const unsigned char *at = bytes.data;
         (at = memmem(at, (size_t)(end - at), words, strlen(words))); at++)
        found = at;
    return found;
}

/* "        12", to the left filled up with spaces. */
static bool read_width(const unsigned char *at, size_t expected)
{
    char text[RANGE_WIDTH + 1];
    size_t digits = 1;
    for (size_t n = expected; n >= 10; n /= 10)
        digits++;
    memset(text, ' ', sizeof text);
    for (size_t i = 0, n = expected; i < digits && i < RANGE_WIDTH; i++, n /= 10)
        text[RANGE_WIDTH - 1 - i] = (char)('0' + n % 10);
    return digits <= RANGE_WIDTH && memcmp(at, text, RANGE_WIDTH) == 0;
}

static bool read_ranges(const unsigned char *at, const struct found *found, size_t size)
{
    return read_width(at, found->hole) && at[RANGE_WIDTH] == ' ' &&
           read_width(at + RANGE_WIDTH + 1, found->after) && at[2 * RANGE_WIDTH + 1] == ' ' &&
           read_width(at + 2 * (RANGE_WIDTH + 1), size - found->after);
}

static int number_of(const char *digits, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++)
        number = 10 * number + (digits[i] - '0');
    return number;
}

/* "/M(D:20261123110000Z)" a little before the ranges. */
static int64_t read_time(struct arena *arena, struct bytes pdf, size_t before)
{
    size_t from = before > NEAR_BYTES ? before - NEAR_BYTES : 0;
    struct bytes near = {pdf.data + from, before - from};
    const unsigned char *found = last(near, "/M(D:");
    if (!found || (size_t)(near.data + near.size - found) < 21)
        return 0;
    const char *at = arena_text_of(arena, (struct bytes){found + 5, 16});
    if (strspn(at, "0123456789") != 14 || at[14] != 'Z' || at[15] != ')')
        return 0;
    struct clock_time time = {.year = number_of(at, 4),
                              .month = number_of(at + 4, 2),
                              .day = number_of(at + 6, 2),
                              .hour = number_of(at + 8, 2),
                              .minute = number_of(at + 10, 2),
                              .second = number_of(at + 12, 2)};
    bool real = time.month >= 1 && time.month <= 12 && time.day >= 1 && time.hour < 24 &&
                time.day <= clock_days_in_month(time.year, time.month) && time.minute < 60 &&
                time.second < 60;
    return real ? clock_seconds(time) : 0;
}

/* NULL: it is there, and covers all that is not itself; else why not. */
static const char *find(struct arena *arena, struct bytes pdf, struct found *out)
{
    const unsigned char *range = last(pdf, RANGE);
    size_t numbers = 3 * RANGE_WIDTH + 2, least = strlen(RANGE) + numbers + strlen(CONTENTS);
    if (!range)
        return "there is none: nothing shows who made this file, or that it is unchanged";
    size_t at = (size_t)(range - pdf.data), left = pdf.size - at;
    if (left < least || memcmp(range + least - strlen(CONTENTS), CONTENTS, strlen(CONTENTS)) != 0)
        return "it is not written as skjema writes it";
    out->hole = at + least - 1;
    const unsigned char *end = memchr(pdf.data + out->hole, '>', pdf.size - out->hole);
    if (!end)
        return "it does not end";
    out->after = (size_t)(end - pdf.data) + 1;
    if (!read_ranges(range + strlen(RANGE), out, pdf.size))
        return "it does not cover the whole file: something was added, or taken away";
    const char *hex =
        arena_text_of(arena, (struct bytes){pdf.data + out->hole + 1, out->after - out->hole - 2});
    bool is_lower = strspn(hex, "0123456789abcdef") == strlen(hex); /* as it is written */
    if (!is_lower || !codec_unhex(arena, hex, &out->der) || !cms_signer_is_strict(out->der))
        return "it was changed itself";
    out->at = read_time(arena, pdf, at);
    return out->at ? NULL : "it does not say when it was made";
}

/* ---- what was changed ---- */

/* Each part that is not as it was when the list of them was signed; how many. */
static size_t tell_parts(struct bytes pdf, struct verify_report *report)
{
    struct receipt_part *parts;
    size_t count, changed = 0;
    if (!receipt_parts_read(report->arena, pdf, &parts, &count)) {
        verify_report_bad(report, "list of parts", "it is not there, or was changed itself");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        struct crypto_sha256 now =
            crypto_sha256((struct bytes){pdf.data + parts[i].at, parts[i].size});
        if (memcmp(now.bytes, parts[i].sha256.bytes, sizeof now.bytes) == 0)
            continue;
        verify_report_bad(report, parts[i].name,
                          "changed after it was signed, between byte %zu and %zu", parts[i].at,
                          parts[i].at + parts[i].size);
        changed++;
    }
    return changed;
}

static void tell_broken(struct bytes pdf, const char *why, struct verify_report *report)
{
    size_t changed = tell_parts(pdf, report);
    verify_report_bad(report, "signature", "%s%s", why,
                      changed ? "" : "; what it was made of is unchanged");
}

static const char *name_of(struct arena *arena, const struct cms_signature *signature)
{
    return *signature->organisation ? arena_printf(arena, "%s (organisation number %s)",
                                                   signature->name, signature->organisation)
                                    : signature->name;
}

static void tell_signer(const struct cms_signature *signature, bool has_trust,
                        struct verify_report *report)
{
    const char *name = name_of(report->arena, signature);
    if (signature->verdict == CMS_TRUSTED)
        verify_report_good(report, "signer", "%s; vouched for by a certificate of --trust", name);
    else if (has_trust || !text_equal(signature->why, "nobody is trusted"))
        verify_report_bad(report, "signer", "says to be %s, and nobody vouches for it: %s", name,
                          signature->why);
    else
        verify_report_good(report, "signer",
                           "says to be %s; nobody vouches for it here: name who does with --trust",
                           name);
}

void verify_signature(struct bytes pdf, const struct cms_trust *trust, struct verify_report *report,
                      int64_t *signed_at)
{
    struct found found = {0};
    struct error err;
    struct cms_signature signature;
    *signed_at = 0;
    const char *why = find(report->arena, pdf, &found);
    if (why) {
        if (last(pdf, RANGE))
            tell_broken(pdf, why, report);
        else
            verify_report_bad(report, "signature", "%s", why);
        return;
    }
    *signed_at = found.at;
    const struct content content = content_of(pdf);
    const struct cms_part parts[] = {
        {0, (int64_t)found.hole},
        {(int64_t)found.after, (int64_t)(pdf.size - found.after)},
    };
    if (!cms_verify(report->arena, found.der, &content, parts, COUNT(parts), trust, found.at,
                    &signature, &err) ||
        signature.verdict == CMS_BROKEN) {
        tell_broken(pdf, "it is not of these bytes", report);
        return;
    }
    if (tell_parts(pdf, report))
        return; /* signed so: by somebody who does not know what parts are */
    verify_report_good(report, "signature", "covers the whole file, which is unchanged since %s",
                       clock_iso_utc(report->arena, found.at));
    tell_signer(&signature, trust != NULL, report);
}
