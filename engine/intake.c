#include "engine/intake.h"

#include "engine/base/text.h"
#include "engine/intake_head.h"
#include "engine/intake_pdf.h"

#include <string.h>
#include <strings.h>

static const struct kind {
    const char *media_type, *file_type, *ending, *other_ending;
} kinds[] = {
    {"application/pdf", "pdf", ".pdf", ".pdf"},
    {"image/jpeg", "jpg", ".jpg", ".jpeg"},
    {"image/png", "png", ".png", ".png"},
};

/* What people have at hand, and how it can be brought into a form that is taken. */
static const struct {
    const char *ending;
    enum intake_verdict verdict;
} others[] = {
    {".heic", INTAKE_HEIC},    {".heif", INTAKE_HEIC},      {".doc", INTAKE_OFFICE},
    {".docx", INTAKE_OFFICE},  {".odt", INTAKE_OFFICE},     {".rtf", INTAKE_OFFICE},
    {".xls", INTAKE_OFFICE},   {".xlsx", INTAKE_OFFICE},    {".ods", INTAKE_OFFICE},
    {".ppt", INTAKE_OFFICE},   {".pptx", INTAKE_OFFICE},    {".odp", INTAKE_OFFICE},
    {".pages", INTAKE_OFFICE}, {".numbers", INTAKE_OFFICE},
};

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), end_length = strlen(ending);
    return length >= end_length && strcasecmp(name + length - end_length, ending) == 0;
}

static const struct kind *kind_of_name(const char *name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (has_ending(name, kinds[i].ending) || has_ending(name, kinds[i].other_ending))
            return &kinds[i];
    return NULL;
}

static enum intake_verdict why_not(const char *name)
{
    for (size_t i = 0; i < COUNT(others); i++)
        if (has_ending(name, others[i].ending))
            return others[i].verdict;
    return INTAKE_TYPE;
}

static bool is_declared(const char *declared, const struct kind *kind)
{
    return !*declared || strcasecmp(declared, "application/octet-stream") == 0 ||
           strcasecmp(declared, kind->media_type) == 0 ||
           (strcasecmp(declared, "image/jpg") == 0 && text_equal(kind->file_type, "jpg"));
}

static bool judge_picture(const struct kind *kind, const struct content *content,
                          struct intake *intake, struct error *err)
{
    uint64_t pixels;
    bool read = text_equal(kind->file_type, "png") ? intake_png_pixels(content, &pixels, err)
                                                   : intake_jpeg_pixels(content, &pixels, err);
    if (!read)
        return false;
    if (!pixels)
        intake->verdict = INTAKE_CONTENT;
    else if (pixels > INTAKE_MAX_PIXELS)
        intake->verdict = INTAKE_PIXELS;
    return true;
}

static bool judge_pdf(const struct content *content, const struct intake_rules *rules,
                      struct intake *intake, struct error *err)
{
    struct intake_pdf seen;
    if (!intake_pdf_look(content, &seen, err))
        return false;
    intake->active = seen.active;
    if (!seen.is_pdf)
        intake->verdict = INTAKE_CONTENT;
    else if (seen.encrypted)
        intake->verdict = INTAKE_LOCKED;
    else if (seen.active && rules->refuse_active)
        intake->verdict = INTAKE_ACTIVE;
    return true;
}

static bool judge(const char *name, const char *declared, const struct content *content,
                  const struct intake_rules *rules, struct intake *intake, struct error *err)
{
    if (content->size_bytes == 0) {
        intake->verdict = INTAKE_EMPTY;
        return true;
    }
    if (content->size_bytes > rules->max_bytes) {
        intake->verdict = INTAKE_SIZE;
        return true;
    }
    const struct kind *kind = kind_of_name(name);
    if (!kind) {
        intake->verdict = why_not(name);
        return true;
    }
    bool heic;
    if (!intake_is_heic(content, &heic, err))
        return false;
    if (heic || !is_declared(declared, kind)) {
        intake->verdict = heic ? INTAKE_HEIC : INTAKE_CONTENT;
        return true;
    }
    bool is_pdf = text_equal(kind->file_type, "pdf");
    if (!(is_pdf ? judge_pdf(content, rules, intake, err)
                 : judge_picture(kind, content, intake, err)))
        return false;
    if (intake->verdict == INTAKE_GOOD)
        intake->media_type = kind->media_type;
    return true;
}

bool intake_check(const char *name, const char *declared, const struct content *content,
                  const struct intake_rules *rules, struct intake *out, struct error *err)
{
    struct intake intake = {.verdict = INTAKE_GOOD, .media_type = ""};
    if (!judge(name, declared, content, rules, &intake, err))
        return false;
    *out = intake;
    return true;
}

const char *intake_message(enum intake_verdict verdict)
{
    static const char *const ids[] = {
        [INTAKE_GOOD] = "",
        [INTAKE_EMPTY] = "file.empty",
        [INTAKE_SIZE] = "file.size",
        [INTAKE_TYPE] = "file.type",
        [INTAKE_HEIC] = "file.heic",
        [INTAKE_OFFICE] = "file.office",
        [INTAKE_CONTENT] = "file.content",
        [INTAKE_PIXELS] = "file.pixels",
        [INTAKE_LOCKED] = "file.locked",
        [INTAKE_ACTIVE] = "file.active",
    };
    return ids[verdict];
}

const char *intake_file_type(const char *media_type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kinds[i].media_type, media_type))
            return kinds[i].file_type;
    return "";
}

const char *intake_media_type(const char *file_type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kinds[i].file_type, file_type) ||
            text_equal(kinds[i].ending + 1, file_type) ||
            text_equal(kinds[i].other_ending + 1, file_type))
            return kinds[i].media_type;
    return NULL;
}
