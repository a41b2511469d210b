/* What answers as clamd: all it said until it closed. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/clamd.h"

#include <string.h>

void fuzz_one(struct bytes input)
{
    static const char clean[] = "stream: OK";
    struct clamd_verdict verdict = {.signature = "as before"};
    struct error err = {0};
    bool is_clean = input.size == sizeof clean && memcmp(input.data, clean, sizeof clean) == 0;
    if (!clamd_read_reply(input, &verdict, &err)) {
        fuzz_promise(!is_clean, "clean is clean", err.text);
        fuzz_promise(err.code == ERROR_LIMIT || err.code == ERROR_REFUSED ||
                         err.code == ERROR_UNAVAILABLE,
                     "no verdict is one of three", error_name(err.code));
        fuzz_promise(text_equal(verdict.signature, "as before"), "no verdict leaves none", NULL);
        return;
    }
    fuzz_promise(verdict.infected != is_clean, "nothing else is clean", verdict.signature);
    fuzz_promise(verdict.infected == (*verdict.signature != '\0'), "what is found has a name",
                 NULL);
    for (const char *at = verdict.signature; *at; at++)
        fuzz_promise(*at > ' ' && *at < 0x7F && *at != '"', "the name can stand in a log",
                     verdict.signature);
}
