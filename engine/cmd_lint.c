/* cmd_lint.c - tells what is wrong in form folders, as file:line: text. */
#include "engine/commands.h"
#include "engine/words.h"
#include "forms/lint.h"
#include "forms/package.h"

#include <stdio.h>

/* Errors found; the findings go to standard output, in order of lines. */
static size_t lint_folder(const char *folder)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(package_close) struct package *package = NULL;
    struct error err;
    if (!package_open(folder, &package, &err)) {
        printf("%s: error: %s\n", *err.file ? err.file : folder, err.text);
        return 1;
    }
    struct finding_list findings;
    finding_list_init(&findings, arena);
    for (size_t i = 0; i < package->findings.count; i++)
        finding_add(&findings, &package->findings.items[i]);
    lint_form(package->form, package->file, arena_printf(arena, "%s/form.xml", package->id),
              &findings);
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < findings.count; i++)
        finding_write(&findings.items[i], &out);
    fputs(buf_text(&out), stdout);
    return findings.errors;
}

int cmd_lint(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const char **folders = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t folder_count;
    if (!words_read(arena, count, words,
                    "usage: skjema lint FOLDER ...  (a form's, or one of forms)", &config, folders,
                    &folder_count))
        return 2;
    if (!folder_count)
        folders[folder_count++] = config.forms;
    size_t errors = 0;
    for (size_t i = 0; i < folder_count; i++) {
        const char *const *inside;
        size_t inside_count = 0;
        struct error err;
        bool many = package_list(arena, folders[i], &inside, &inside_count, &err) && inside_count;
        for (size_t k = 0; many && k < inside_count; k++)
            errors += lint_folder(inside[k]);
        if (!many)
            errors += lint_folder(folders[i]);
    }
    return errors ? 1 : 0;
}
