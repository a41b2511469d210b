/* A file that may be a receipt: `skjema verify` reads it whole, whatever its signature is worth. */
#include "fuzz.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/verify/verify_receipt.h"

#include <string.h>

static bool holds(struct arena *arena, struct bytes input)
{
    const struct verify_question question = {.has_files = true};
    struct verify_report report;
    struct audit_head head;
    verify_report_init(&report, arena);
    verify_receipt(input, &question, &report, &head);
    fuzz_promise(report.count > 0, "something is said of every file", NULL);
    for (size_t i = 0; i < report.count; i++) {
        const struct verify_line *line = &report.lines[i];
        fuzz_promise(text_is_utf8(BYTES_OF(line->part)) && text_is_utf8(BYTES_OF(line->text)),
                     "what is said is text", line->text);
        fuzz_promise(!strpbrk(line->text, "\n\r\033"), "what is said is one line", line->text);
        fuzz_promise(line->good || !report.good, "what is wrong is not good as a whole", NULL);
    }
    return report.good;
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    if (!holds(arena, input))
        return;
    struct buf more;
    buf_init(&more, arena);
    buf_add(&more, input);
    buf_add_byte(&more, '\n');
    fuzz_promise(!holds(arena, buf_bytes(&more)), "nothing is added to what is signed", NULL);
}
