#include "engine/words.h"

#include "engine/base/text.h"
#include "engine/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void write_help(struct arena *arena, const char *usage)
{
    const char *group = NULL;
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    printf("%s\n\nsettings, as --name value or as a line `name = value` of --config FILE:\n",
           usage);
    for (size_t i = 0; i < count; i++) {
        const struct config_setting *s = &settings[i];
        if (s->group != group)
            printf("\n %s\n", s->group);
        group = s->group;
        printf("  %-22s %s [%s]\n", s->name, config_meaning(arena, s),
               *s->fallback ? s->fallback : "none");
    }
    exit(0);
}

static const struct config_setting *find_setting(const char *name)
{
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    for (size_t i = 0; i < count; i++)
        if (text_equal(settings[i].name, name))
            return &settings[i];
    return NULL;
}

static bool say(const struct error *err)
{
    fprintf(stderr, "skjema: %s", err->file);
    if (err->line)
        fprintf(stderr, ":%d", err->line);
    fprintf(stderr, "%s%s\n", *err->file ? ": " : "", err->text);
    return false;
}

static bool read_config_file(struct arena *arena, struct config *config, const char *path)
{
    struct bytes content;
    struct error err;
    if (!files_read(arena, path, CONFIG_FILE_BYTES, &content, &err) ||
        !config_read(config, arena, content, path, &err))
        return say(&err);
    return true;
}

struct word {
    const char *name, *value; /* value NULL: none was given */
};

/* "--name=value", or "--name" with the next word as value where the setting takes one. */
static struct word next_word(struct arena *arena, int count, char **words, int *at)
{
    const char *name = words[*at] + 2;
    const char *equals = strchr(name, '=');
    if (equals)
        return (struct word){arena_printf(arena, "%.*s", (int)(equals - name), name), equals + 1};
    const struct config_setting *setting = find_setting(name);
    bool is_switch = setting && text_equal(setting->unit, "yes or no");
    if (is_switch)
        return (struct word){name, "yes"};
    return (struct word){name, *at + 1 < count ? words[++*at] : NULL};
}

static bool set(struct arena *arena, struct config *config, struct word word)
{
    struct error err;
    if (!word.value) {
        fprintf(stderr, "skjema: --%s needs a value\n", word.name);
        return false;
    }
    return config_set(config, arena, word.name, word.value, &err) || say(&err);
}

bool words_read(struct arena *arena, int count, char **words, const char *usage,
                struct config *config, const char **rest, size_t *rest_count)
{
    *rest_count = 0;
    for (int i = 0; i < count; i++) {
        if (text_equal(words[i], "--help"))
            write_help(arena, usage);
        if (!text_equal(words[i], "--config"))
            continue;
        if (i + 1 == count) {
            fprintf(stderr, "skjema: --config needs a file\n");
            return false;
        }
        if (!read_config_file(arena, config, words[++i]))
            return false;
    }
    for (int i = 0; i < count; i++) {
        if (text_equal(words[i], "--config")) {
            i++;
        } else if (text_starts_with(words[i], "--")) {
            if (!set(arena, config, next_word(arena, count, words, &i)))
                return false;
        } else {
            rest[(*rest_count)++] = words[i];
        }
    }
    return true;
}

/* ---- Commands with words of their own ---- */

static void write_command_help(const struct words_command *command, bool takes_settings)
{
    printf("usage: skjema %s %s\n\n%s", command->name, command->usage, command->about);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct words_option *option = &command->options[i];
        char word[64];
        snprintf(word, sizeof word, "--%s%s%s", option->name, option->value ? " " : "",
                 option->value ? option->value : "");
        printf("%s  %-18s %s\n", i ? "" : "\n", word, option->meaning);
    }
    if (takes_settings)
        printf("  %-18s %s\n", "--config FILE",
               "settings, as skjema serve has them (also --name value)");
    exit(0);
}

static const struct words_option *find_option(const struct words_command *command, const char *word)
{
    size_t size = strcspn(word, "=");
    for (size_t i = 0; i < command->option_count; i++)
        if (strlen(command->options[i].name) == size &&
            strncmp(command->options[i].name, word, size) == 0)
            return &command->options[i];
    return NULL;
}

static bool wrong_word(const struct words_command *command, const char *word, const char *what)
{
    fprintf(stderr, "skjema %s: %s %s. See: skjema %s --help\n", command->name, word, what,
            command->name);
    return false;
}

/* --name at *at, which moves past its value. */
static bool take_option(const struct words_command *command, const struct words_option *option,
                        int count, char **words, int *at)
{
    const char *equals = strchr(words[*at], '=');
    if (!option->value) {
        if (equals)
            return wrong_word(command, words[*at], "takes no value");
        *option->is_given = true;
        return true;
    }
    if (!equals && *at + 1 == count)
        return wrong_word(command, words[*at], "needs a value");
    *option->text = equals ? equals + 1 : words[++*at];
    return true;
}

bool words_take(struct arena *arena, int count, char **words, const struct words_command *command,
                struct config *config, const char **rest, size_t *rest_count)
{
    char **others = ARENA_ARRAY(arena, (size_t)count + 1, char *);
    int other_count = 0;
    for (int i = 0; i < count; i++) {
        if (text_equal(words[i], "--help") || text_equal(words[i], "-h"))
            write_command_help(command, config != NULL);
        const struct words_option *option =
            text_starts_with(words[i], "--") ? find_option(command, words[i] + 2) : NULL;
        if (!option)
            others[other_count++] = words[i];
        else if (!take_option(command, option, count, words, &i))
            return false;
    }
    if (config)
        return words_read(arena, other_count, others, "", config, rest, rest_count);
    *rest_count = 0;
    for (int i = 0; i < other_count; i++) {
        if (text_starts_with(others[i], "-") && others[i][1])
            return wrong_word(command, others[i], "is not known");
        rest[(*rest_count)++] = others[i];
    }
    return true;
}

/* ---- Folders of forms ---- */

static bool is_dots(const char *name)
{
    return text_equal(name, ".") || text_equal(name, "..");
}

const char *words_folder(struct arena *arena, const char *word)
{
    static const char file[] = "form.xml";
    char *path = arena_text(arena, word);
    size_t size = strlen(path);
    if (text_equal(path, file))
        return words_folder(arena, ".");
    if (text_ends_with(path, "/form.xml"))
        path[size -= strlen(file)] = '\0';
    while (size > 1 && path[size - 1] == '/')
        path[--size] = '\0';
    const char *slash = strrchr(path, '/');
    char *real = is_dots(slash ? slash + 1 : path) ? realpath(path, NULL) : NULL;
    const char *folder = real ? arena_text(arena, real) : path; /* its last name is the form's id */
    free(real);
    return folder;
}
