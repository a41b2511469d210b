#include "engine/base/error.h"

#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF_LIKE(5, 0)
static void fill(struct error *err, enum error_code code, const char *file, int line,
                 const char *format, va_list arguments)
{
    if (!err)
        return;
    *err = (struct error){.code = code, .line = line};
    if (file)
        snprintf(err->file, sizeof err->file, "%s", file);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    text_drop_broken(err->text);
}

bool error_at(struct error *err, enum error_code code, const char *file, int line,
              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(err, code, file, line, format, arguments);
    va_end(arguments);
    return false;
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(err, code, NULL, 0, format, arguments);
    va_end(arguments);
    return false;
}

static const struct {
    const char *name;
    int http_status;
    bool temporary;
} codes[] = {
    [ERROR_NONE] = {"none", 200, false},
    [ERROR_INVALID] = {"invalid", 422, false},
    [ERROR_DENIED] = {"denied", 403, false},
    [ERROR_UNSURE] = {"unsure", 403, false},
    [ERROR_MISSING] = {"missing", 404, false},
    [ERROR_CONFLICT] = {"conflict", 409, false},
    [ERROR_LIMIT] = {"limit", 413, true},
    [ERROR_TOO_OFTEN] = {"too_often", 429, true},
    [ERROR_UNAVAILABLE] = {"unavailable", 503, true},
    [ERROR_REFUSED] = {"refused", 502, false},
    [ERROR_BROKEN] = {"broken", 500, true},
};

int error_http_status(enum error_code code)
{
    return codes[code].http_status;
}

bool error_is_temporary(enum error_code code)
{
    return codes[code].temporary;
}

const char *error_name(enum error_code code)
{
    return codes[code].name;
}
