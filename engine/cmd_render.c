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
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Writes one page of a form as HTML, or its receipt as PDF, to standard output: to look\n"
    "at a form without a server. FORM is the form's folder. The same words give the same\n"
    "bytes when --today is given.\n"
    "\n"
    "Example: skjema render examples/hello --page 1 > page.html\n"
    "\n"
    "Ends with 0 when it is written, 1 when it could not be, 2 when these words are wrong.\n";

struct rendering {
    const char *folder;
    const char *page;     /* number from 1, word, "receipt"; NULL: the first page */
    const char *answers;  /* file, or NULL: none yet */
    const char *language; /* or NULL: the form's first */
    int64_t now;
};

static bool open_answers(struct arena *arena, const struct form *form,
                         const struct rendering *rendering, struct answers **out, struct error *err)
{
    struct bytes xml;
    if (!rendering->answers) {
        *out = answers_open(form, rendering->now);
        return true;
    }
    return files_read(arena, rendering->answers, ANSWERS_MAX_BYTES, &xml, err) &&
           answers_load(form, rendering->now, xml, out, err);
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

/* By its number, else by its word in the address. */
static const struct form_page *find_page(const struct form *form, const char *wanted)
{
    size_t count;
    const struct form_page *pages = form_pages(form, &count);
    if (!wanted)
        return &pages[0];
    char *end;
    long number = strtol(wanted, &end, 10);
    if (end != wanted && !*end)
        return number >= 1 && (size_t)number <= count ? &pages[number - 1] : NULL;
    return form_page_find(form, wanted);
}

static bool write_page(struct arena *arena, const struct frame *frame, struct answers *answers,
                       const char *word, struct bytes *out, struct error *err)
{
    const struct form_page *page = find_page(answers_form(answers), word);
    if (!page)
        return error_set(err, ERROR_MISSING, "the form has no page \"%s\"; it has: %s, receipt",
                         word, page_words(arena, answers_form(answers)));
    const char *title = form_show(answers_form(answers), arena, page->title, frame->language).text;
    struct step_link link = {.title = title, .address = "", .reachable = true};
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
    receipt.next =
        pdf_receipt_next(arena, answers_form(answers), frame->language, &receipt.next_count);
    return pdf_receipt_write(arena, &receipt, out, err);
}

static bool render(struct arena *arena, const struct config *config,
                   const struct rendering *rendering, struct bytes *out, struct error *err)
{
    CLEANUP(package_close) struct package *package = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    if (!package_open(rendering->folder, &package, err))
        return false;
    if (!package->form)
        return error_at(err, ERROR_INVALID, rendering->folder, 0,
                        "has mistakes: skjema lint tells which");
    if (!open_answers(arena, package->form, rendering, &answers, err))
        return false;
    struct frame_agency agency = {.name = config->agency_name,
                                  .number = config->agency_number,
                                  .address = config->agency_address,
                                  .phone = config->agency_phone,
                                  .email = config->agency_email};
    const char *language = rendering->language;
    size_t count;
    if (!language)
        language = form_languages(package->form, &count)[0];
    struct frame frame = {.language = form_language(package->form, language),
                          .agency = &agency,
                          .now = rendering->now};
    return text_equal(rendering->page, "receipt")
               ? write_receipt(arena, &frame, answers, out, err)
               : write_page(arena, &frame, answers, rendering->page, out, err);
}

/* Noon in Norway of a day as 2026-11-23. */
static bool read_day(const char *text, int64_t *out)
{
    int year, month, day, size = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &size) != 3 || text[size] ||
        strlen(text) != 10 || !clock_is_date(year, month, day))
        return false;
    int64_t noon = clock_days(year, month, day) * 86400 + 12 * 3600;
    *out = noon - clock_oslo(noon).offset_minutes * 60;
    return true;
}

int cmd_render(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    struct rendering rendering = {.now = clock_now()};
    const char *today = NULL;
    const struct words_option options[] = {
        {"answers", "FILE", "answers as XML: what a citizen has written or sent",
         &rendering.answers, NULL},
        {"page", "PAGE", "a number from 1, the page's word, or receipt; else the first",
         &rendering.page, NULL},
        {"language", "LANG", "nb, nn, se, en ...; else the form's first", &rendering.language,
         NULL},
        {"today", "DATE", "the day it is, as 2026-11-23", &today, NULL},
    };
    const struct words_command command = {
        "render", "FORM [--answers FILE] [--page PAGE] [--language LANG] [--today DATE]", about,
        options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (rest_count != 1 || (today && !read_day(today, &rendering.now))) {
        fprintf(stderr, "skjema render: %s. See: skjema render --help\n",
                rest_count != 1 ? "it takes one form's folder"
                                : "--today takes a day as 2026-11-23");
        return 2;
    }
    rendering.folder = words_folder(arena, rest[0]);
    struct bytes out;
    struct error err;
    if (!render(arena, &config, &rendering, &out, &err)) {
        fprintf(stderr, "skjema render: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    return fwrite(out.data, 1, out.size, stdout) == out.size ? 0 : 1;
}
