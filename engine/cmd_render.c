/* cmd_render.c - one form and its answers as HTML or PDF, to standard output: to look at a form
 * without a server. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/words.h"
#include "forms/answers.h"
#include "forms/package.h"
#include "render/pdf_receipt.h"
#include "render/step.h"

#include <stdio.h>

static const char usage[] =
    "usage: skjema render FOLDER html PAGE [ANSWERS.xml] | skjema render FOLDER pdf [ANSWERS.xml]";

static bool open_answers(struct arena *arena, const struct form *form, const char *file,
                         struct answers **out, struct error *err)
{
    struct bytes xml;
    if (!file) {
        *out = answers_open(form, clock_now());
        return true;
    }
    return files_read(arena, file, ANSWERS_MAX_BYTES, &xml, err) &&
           answers_load(form, clock_now(), xml, out, err);
}

/* "barnehage, husholdning": what may be asked for. */
static const char *page_words(struct arena *arena, const struct form *form)
{
    struct buf words;
    buf_init(&words, arena);
    size_t count;
    const struct form_page *pages = form_pages(form, &count);
    for (size_t i = 0; i < count; i++)
        buf_printf(&words, "%s%s", i ? ", " : "", pages[i].word);
    return buf_text(&words);
}

static bool write_page(struct arena *arena, const struct frame *frame, struct answers *answers,
                       const char *word, struct bytes *out, struct error *err)
{
    const struct form_page *page = form_page_find(answers_form(answers), word);
    if (!page)
        return error_set(err, ERROR_MISSING, "the form has no page \"%s\"; it has: %s", word,
                         page_words(arena, answers_form(answers)));
    struct step_link link = {.title = word, .address = "", .reachable = true};
    struct step step = {
        .answers = answers,
        .page = page,
        .progress = {.links = &link, .count = 1},
        .action = "",
    };
    *out = step_page(arena, frame, &step);
    return true;
}

static bool write_receipt(struct arena *arena, const struct frame *frame, struct answers *answers,
                          struct bytes *out, struct error *err)
{
    struct pdf_receipt receipt = {
        .agency = frame->agency,
        .reference = "SK-0000-000000",
        .received_at = frame->now,
        .person_name = "",
        .outline = outline_make(arena, answers_form(answers), answers, frame->language, NULL, 0),
    };
    return pdf_receipt_write(arena, &receipt, out, err);
}

static bool render(struct arena *arena, const struct config *config, const char **words,
                   size_t count, struct bytes *out, struct error *err)
{
    CLEANUP(package_close) struct package *package = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    if (!package_open(words[0], &package, err))
        return false;
    if (!package->form)
        return error_at(err, ERROR_INVALID, words[0], 0, "has mistakes: see skjema lint");
    bool html = text_equal(words[1], "html");
    size_t file_at = html ? 3 : 2;
    if (!open_answers(arena, package->form, count > file_at ? words[file_at] : NULL, &answers, err))
        return false;
    struct frame_agency agency = {config->agency_name, config->agency_number,
                                  config->agency_address, config->agency_phone,
                                  config->agency_email};
    struct frame frame = {
        .language = form_language(package->form, "nb"), .agency = &agency, .now = clock_now()};
    return html ? write_page(arena, &frame, answers, words[2], out, err)
                : write_receipt(arena, &frame, answers, out, err);
}

int cmd_render(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_read(arena, count, words, usage, &config, rest, &rest_count))
        return 2;
    bool html = rest_count >= 3 && text_equal(rest[1], "html");
    if (!html && !(rest_count >= 2 && text_equal(rest[1], "pdf"))) {
        fprintf(stderr, "%s\n", usage);
        return 2;
    }
    struct bytes out;
    struct error err;
    if (!render(arena, &config, rest, rest_count, &out, &err)) {
        fprintf(stderr, "skjema render: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    return fwrite(out.data, 1, out.size, stdout) == out.size ? 0 : 1;
}
