/* cmd_config.c - the settings: all of them as a file to begin with, and what is wrong in one. */
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/config_check.h"
#include "engine/files.h"
#include "engine/words.h"

#include <stdio.h>
#include <string.h>

static const char about[] =
    "  print      writes every setting as a file: what it means, its range, its default; with\n"
    "             --config those of that file that are not the default stand there as they are\n"
    "  check      tells everything that is wrong in a file of settings, as file:line: text: names\n"
    "             that are none, values out of their range, files that are not there, secrets "
    "that\n"
    "             others may read, what cannot work together, what is for trying out only. Run it\n"
    "             as the user that the site runs as.\n"
    "\n"
    "Example: skjema config check --config /etc/skjema/skjema.conf\n"
    "\n"
    "Ends with 0 when it is written or nothing but warnings was found, 1 when something is wrong\n"
    "in the file, 2 when these words are wrong or the file cannot be read.\n";

/* A meaning in lines of at most 80. */
static void write_comment(const char *text)
{
    enum { WIDTH = 78 };
    while (*text) {
        size_t size = strlen(text);
        if (size > WIDTH) {
            size = WIDTH;
            while (size && text[size] != ' ')
                size--;
            size = size ? size : strcspn(text, " ");
        }
        printf("# %.*s\n", (int)size, text);
        text += size + (text[size] == ' ');
    }
}

static void print_setting(struct arena *arena, const struct config *config,
                          const struct config_setting *setting)
{
    const char *value = config_value(arena, config, setting->name);
    bool is_default = text_equal(value, setting->fallback);
    putchar('\n');
    write_comment(config_meaning(arena, setting));
    printf("%s%s =%s%s\n", is_default ? "#" : "", setting->name, *value ? " " : "", value);
}

static int print(struct arena *arena, const struct config *config)
{
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    const char *group = "";
    printf(
        "# Settings of skjema: `name = value`, '#' begins a comment. What has a '#' before it is\n"
        "# the default. Look at the whole with: skjema config check --config FILE\n");
    for (size_t i = 0; i < count; i++) {
        if (settings[i].group != group)
            printf("\n\n# ---- %s ----\n", settings[i].group);
        group = settings[i].group;
        print_setting(arena, config, &settings[i]);
    }
    return 0;
}

static int check(struct arena *arena, struct bytes file, const char *path)
{
    struct config config;
    struct config_findings found;
    config_init(&config);
    config_check_file(arena, file, &config, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct config_finding *finding = &found.items[i];
        const char *severity = finding->is_warning ? "warning" : "error";
        if (finding->line)
            printf("%s:%d: %s: %s\n", path, finding->line, severity, finding->text);
        else
            printf("%s: %s: %s\n", path, severity, finding->text);
    }
    if (found.error_count)
        printf("%s: %zu %s\n", path, found.error_count,
               found.error_count == 1 ? "mistake" : "mistakes");
    else
        printf("%s: good\n", path);
    return found.error_count ? 1 : 0;
}

int cmd_config(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *path = NULL;
    const struct words_option options[] = {
        {"config", "FILE", "the file of settings", &path, NULL},
    };
    const struct words_command command = {"config", "print [--config FILE] | check --config FILE",
                                          about, options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, NULL, rest, &rest_count))
        return 2;
    bool is_check = rest_count == 1 && text_equal(rest[0], "check");
    if (!is_check && !(rest_count == 1 && text_equal(rest[0], "print"))) {
        fprintf(stderr, "skjema config: say print or check. See: skjema config --help\n");
        return 2;
    }
    if (is_check && !path) {
        fprintf(stderr, "skjema config check: --config FILE is missing\n");
        return 2;
    }
    struct bytes file = {0};
    struct error err;
    struct config config;
    config_init(&config);
    if ((path && !files_read(arena, path, CONFIG_FILE_BYTES, &file, &err)) ||
        (path && !is_check && !config_read(&config, arena, file, path, &err))) {
        fprintf(stderr, "skjema config: %s: %s\n", err.file, err.text);
        return 2;
    }
    return is_check ? check(arena, file, path) : print(arena, &config);
}
