/* cmd_lint.c - tells what is wrong in form folders, as file:line:column: text, or as JSON. */
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/words.h"
#include "forms/lint.h"
#include "forms/package.h"
#include "forms/publish.h"

#include <jansson.h>

#include <stdio.h>

enum { STATUS_CLEAN = 0, STATUS_WARNINGS = 1, STATUS_ERRORS = 2, STATUS_WORDS = 64 };

static const char about[] =
    "Tells what is wrong in forms, as file:line:column: error|warning: text [rule].\n"
    "FOLDER is a form's, or one with a folder for each form; without any, those of\n"
    "`skjema serve` (examples). The rules, with their reasons: forms/README.md.\n"
    "\n"
    "Example: skjema lint examples\n"
    "\n"
    "Ends with 0 when there is nothing to tell, 1 when there are warnings only, 2 when\n"
    "there is an error, 64 when these words are wrong.\n";

/* Everything about one form. A folder that cannot be read is a finding too: package.file. */
static void lint_folder(struct arena *arena, const char *folder, enum form_agency agency,
                        struct finding_list *findings)
{
    CLEANUP(package_close) struct package *package = NULL;
    struct error err;
    if (!package_open(folder, &package, &err)) {
        finding_add_at(findings, FINDING_ERROR, *err.file ? err.file : folder, 1, 1, "package.file",
                       "%s", err.text);
        return;
    }
    const char *file = arena_printf(arena, "%s/form.xml", folder);
    struct finding_list own; /* lint sorts what loading found into its place */
    finding_list_init(&own, arena);
    for (size_t i = 0; i < package->findings.count; i++)
        finding_add(&own, &package->findings.items[i]);
    lint_form(package->form, package->file, package->findings.count ? own.items[0].file : file,
              &own);
    if (package->form && !form_about(package->form)->agency_kind)
        (void)publish_check(package->form, file, agency, &own); /* else lint_form has asked */
    for (size_t i = 0; i < own.count; i++) {
        own.items[i].file = file; /* as it was named: editors open it from here */
        finding_add(findings, &own.items[i]);
    }
}

static void lint_named(struct arena *arena, const char *word, enum form_agency agency,
                       struct finding_list *findings)
{
    const char *folder = words_folder(arena, word);
    const char *const *inside;
    size_t count = 0;
    struct error err;
    if (!package_list(arena, folder, &inside, &count, &err) || !count)
        lint_folder(arena, folder, agency, findings);
    for (size_t i = 0; i < count; i++)
        lint_folder(arena, inside[i], agency, findings);
}

static void write_text(struct arena *arena, const struct finding_list *findings)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < findings->count; i++)
        finding_write(&findings->items[i], &out);
    fputs(buf_text(&out), stdout);
}

/* An array of objects, also when it is empty. */
static void write_json(const struct finding_list *findings)
{
    json_t *all = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        const char *level = finding->severity == FINDING_ERROR ? "error" : "warning";
        json_array_append_new(all,
                              json_pack("{s:s, s:i, s:i, s:s, s:s, s:s}", "file", finding->file,
                                        "line", finding->line, "column", finding->column, "level",
                                        level, "rule", finding->code, "text", finding->text));
    }
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

int cmd_lint(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bool json = false;
    const char *kind = "municipal";
    const struct words_option options[] = {
        {"json", NULL, "for editors: an array of {file, line, column, level, rule, text}", NULL,
         &json},
        {"agency-kind", "KIND", "state or municipal: as the installation's setting agency_kind",
         &kind, NULL},
    };
    const struct words_command command = {"lint", "[--json] [--agency-kind KIND] FOLDER...", about,
                                          options, COUNT(options)};
    const char **folders = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t folder_count;
    if (!words_take(arena, count, words, &command, NULL, folders, &folder_count))
        return STATUS_WORDS;
    bool state = text_equal(kind, "state");
    if (!state && !text_equal(kind, "municipal")) {
        fprintf(stderr, "skjema: --agency-kind is state or municipal, not %s\n", kind);
        return STATUS_WORDS;
    }
    if (!folder_count)
        folders[folder_count++] = "examples";

    struct finding_list findings;
    finding_list_init(&findings, arena);
    for (size_t i = 0; i < folder_count; i++)
        lint_named(arena, folders[i], state ? FORM_AGENCY_STATE : FORM_AGENCY_MUNICIPAL, &findings);
    finding_sort(&findings);
    if (json)
        write_json(&findings);
    else
        write_text(arena, &findings);
    return findings.errors ? STATUS_ERRORS : findings.count ? STATUS_WARNINGS : STATUS_CLEAN;
}
