/* cmd_test.c - runs the cases beside forms, and tells what the forms do otherwise. */
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/line_diff.h"
#include "engine/try_case.h"
#include "engine/words.h"
#include "forms/package.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: skjema test [--update] FOLDER ...  (a form's, or one of forms)\n"
    "\n"
    "Tries the cases beside each form: FOLDER/cases/*.case. One line a case, what is otherwise\n"
    "than a case says, last \"N passed, N failed\". --update writes what the form does now into\n"
    "the cases instead: read the changes before you keep them.\n"
    "\n"
    "  # a comment\n"
    "  case A couple with one child               begins a case; what stands before the first\n"
    "                                             case of a file happens in each of them\n"
    "  what happens\n"
    "    today 2026-11-23                         the day (12.00, or: today 2026-11-23 14.30);\n"
    "                                             later in a case: comes back to the draft then\n"
    "    language nn\n"
    "    citizen Ingrid Fjeld, 02878520281        who it is, for the receipt\n"
    "    navn = Kari Solvang                      an answer; of choices the value or its words,\n"
    "    ytelser = aap, foreldrepenger            several with comma between\n"
    "    barn 2/fodt = 7.3.2022                   a field in a row, or in a group\n"
    "    tick bekreft        untick bekreft       a box\n"
    "    add barn            remove barn 2        a row\n"
    "    attach attest = Skatteattest             a document: uploaded, or from the postbox when\n"
    "        from 974761076 Skatteetaten          it says from whom\n"
    "        dated 2026-05-23\n"
    "    remove attest = Skatteattest\n"
    "    later attest                             the citizen will send it later\n"
    "    press Vis mer                            a button of the form's own; in a row:\n"
    "    press barn 2 = Kopier\n"
    "    known krr.email = kari@example.no        what a register says, for sk:prefill\n"
    "    cannot add barn                          before what shall not be possible\n"
    "\n"
    "  what shall be then\n"
    "    pages: barnehage, husholdning            the pages shown, in order\n"
    "    shown: partner      hidden: endring      fields; also required: optional:\n"
    "                                             readonly: writable:\n"
    "    rows barn: 2\n"
    "    value pris: 2040                         as it is kept and sent\n"
    "    reads pris: 2 040 kr                     as the citizen reads it\n"
    "    choices sivil:                           what can be chosen: value and words\n"
    "        gift: Jeg er gift\n"
    "    error fra: Skriv datoen for ny pris      the message at a field, or none\n"
    "    errors:                                  all of them, or none; of one page: errors PAGE:\n"
    "        navn: Skriv navn\n"
    "    sent:                                    what is sent, as XML\n"
    "    receipt:                                 the text of the receipt\n"
    "\n"
    "Example: skjema test examples\n"
    "\n"
    "Ends with 0 when all passed, 1 when one did not, 2 when these words are wrong.\n";

struct testing {
    struct frame_agency agency;
    bool update;
    int passed, failed;
};

/* ---- Telling ---- */

static void tell_difference(struct buf *out, const char *file,
                            const struct try_difference *difference)
{
    if (difference->why) {
        buf_printf(out, "    %s:%d: %s\n", file, difference->step->line, difference->why);
        return;
    }
    buf_printf(out, "    %s:%d: - the case says, + the form does\n", file, difference->step->line);
    line_diff_write(out, 6, difference->expected, difference->got);
}

static void tell_case(const struct testing *testing, const char *file,
                      const struct cases_case *what, const struct try_result *result)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct buf out;
    buf_init(&out, arena);
    size_t stopped = 0;
    for (size_t i = 0; i < result->count; i++)
        stopped += result->items[i].why != NULL;
    bool renewed = testing->update && !stopped && result->count;
    buf_printf(&out, "%s %s:%d: %s\n",
               renewed         ? "renewed"
               : result->count ? "FAILED "
                               : "passed ",
               file, what->line, what->title);
    for (size_t i = 0; i < result->count; i++)
        if (!testing->update || result->items[i].why)
            tell_difference(&out, file, &result->items[i]);
    fputs(buf_text(&out), stdout);
}

static void tell_findings(const struct finding_list *findings)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < findings->count; i++)
        finding_write(&findings->items[i], &out);
    fputs(buf_text(&out), stdout);
}

static void fail(struct testing *testing, const char *what, const char *why)
{
    testing->failed++;
    printf("FAILED  %s: %s\n", what, why);
}

/* ---- Renewing ---- */

/* What the form does, in the place of what the case said: with the indentation and the line ends
 * that stood there. */
static void write_renewed(struct buf *out, const char *line, size_t size, const char *got)
{
    size_t indent = strspn(line, " \t");
    const char *end = size && line[size - 1] == '\r' ? "\r\n" : "\n";
    while (*got) {
        size_t got_size = strcspn(got, "\n");
        if (got_size)
            buf_printf(out, "%.*s%.*s", (int)indent, line, (int)got_size, got);
        buf_add_text(out, end);
        got += got_size + (got[got_size] != 0);
    }
}

/* The file's text with the expectations that did not hold renewed. `renewed` is in order of lines.
 */
static struct bytes renew(struct arena *arena, const char *text,
                          const struct try_difference *const *renewed, size_t count)
{
    struct buf out;
    buf_init(&out, arena);
    size_t at = 0;
    for (int number = 1; *text; number++) {
        size_t size = strcspn(text, "\n");
        while (at < count && renewed[at]->step->last_line < number)
            at++;
        const struct cases_step *step = at < count ? renewed[at]->step : NULL;
        if (step && number == step->line)
            write_renewed(&out, text, size, renewed[at]->got);
        else if (!step || number < step->line)
            buf_printf(&out, "%.*s%s", (int)size, text, text[size] ? "\n" : "");
        text += size + (text[size] != 0);
    }
    return buf_bytes(&out);
}

static bool write_file(struct arena *arena, const char *path, struct bytes bytes)
{
    const char *beside = arena_printf(arena, "%s.new", path);
    FILE *file = fopen(beside, "wb");
    bool good = file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    if (file)
        good = fclose(file) == 0 && good;
    return good && rename(beside, path) == 0;
}

/* ---- Trying ---- */

static void try_cases(struct testing *testing, struct arena *arena, const struct form *form,
                      const struct cases_file *file, const char *text)
{
    size_t renewed_count = 0, most = 0;
    struct try_result *results = ARENA_ARRAY(arena, file->case_count, struct try_result);
    for (size_t i = 0; i < file->case_count; i++) {
        try_case(arena, form, &testing->agency, file, &file->cases[i], &results[i]);
        tell_case(testing, file->file, &file->cases[i], &results[i]);
        most += results[i].count;
    }
    const struct try_difference **renewed = ARENA_ARRAY(arena, most, const struct try_difference *);
    for (size_t i = 0; i < file->case_count; i++) {
        bool good = testing->update || !results[i].count;
        for (size_t k = 0; k < results[i].count; k++)
            if (results[i].items[k].why)
                good = false;
            else
                renewed[renewed_count++] = &results[i].items[k];
        testing->passed += good;
        testing->failed += !good;
    }
    if (testing->update && renewed_count &&
        !write_file(arena, file->file, renew(arena, text, renewed, renewed_count)))
        fail(testing, file->file, "cannot be written");
}

static void test_file(struct testing *testing, const struct form *form, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes text;
    struct error err;
    if (!files_read(arena, path, CASES_MAX_BYTES, &text, &err)) {
        fail(testing, path, err.text);
        return;
    }
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct cases_file file;
    cases_parse(text, path, form, arena, &file, &findings);
    if (!findings.errors) {
        try_cases(testing, arena, form, &file, arena_text_of(arena, text));
        return;
    }
    finding_sort(&findings);
    tell_findings(&findings);
    fail(testing, path, "is not understood, so none of its cases was tried");
}

static void test_form(struct testing *testing, const char *folder)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(package_close) struct package *package = NULL;
    struct error err;
    if (!package_open(folder, &package, &err)) {
        fail(testing, *err.file ? err.file : folder, err.text);
        return;
    }
    if (!package->form) {
        tell_findings(&package->findings);
        fail(testing, folder, "the form has errors");
        return;
    }
    const char *const *files;
    size_t count;
    if (!package_cases(arena, folder, &files, &count, &err)) {
        fail(testing, folder, err.text);
        return;
    }
    if (!count)
        printf("no cases: %s/cases has no file named *.case\n", folder);
    for (size_t i = 0; i < count; i++)
        test_file(testing, package->form, files[i]);
}

static void test_folder(struct testing *testing, struct arena *arena, const char *folder)
{
    char *name = arena_text(arena, folder);
    for (size_t size = strlen(name); size > 1 && name[size - 1] == '/'; size--)
        name[size - 1] = 0;
    const char *const *forms;
    size_t count = 0;
    struct error err;
    if (!package_list(arena, name, &forms, &count, &err) || !count)
        test_form(testing, name);
    for (size_t i = 0; i < count; i++)
        test_form(testing, forms[i]);
}

/* Takes out the word; true when it was there. */
static bool take_word(int *count, char **words, const char *word)
{
    int left = 0;
    for (int i = 0; i < *count; i++)
        if (!text_equal(words[i], word))
            words[left++] = words[i];
    bool found = left < *count;
    *count = left;
    return found;
}

int cmd_test(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    struct testing testing = {0};
    testing.update = take_word(&count, words, "--update");
    if (take_word(&count, words, "--help")) {
        fputs(usage, stdout);
        return 0;
    }
    const char **folders = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t folder_count;
    if (!words_read(arena, count, words, usage, &config, folders, &folder_count))
        return 2;
    if (!folder_count)
        folders[folder_count++] = config.forms;
    testing.agency = (struct frame_agency){.name = config.agency_name,
                                           .number = config.agency_number,
                                           .address = config.agency_address,
                                           .phone = config.agency_phone,
                                           .email = config.agency_email};
    for (size_t i = 0; i < folder_count; i++)
        test_folder(&testing, arena, folders[i]);
    printf("%d passed, %d failed\n", testing.passed, testing.failed);
    return testing.failed || !testing.passed ? 1 : 0;
}
