#include "engine/words.h"

#include "folder.h"

#include <fcntl.h>
#include <sys/wait.h>

enum { MOST_WORDS = 16, SAID_BYTES = 32 * 1024 };

struct line {
    struct arena *arena;
    char *folder;
    struct config config;
    bool takes, takes_settings; /* words_take */
    const char *rest[MOST_WORDS];
    size_t rest_count;
    char said[SAID_BYTES]; /* on standard error */
};

static int set_up(void **state)
{
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    line->arena = arena_open();
    line->folder = folder_make(line->arena);
    config_init(&line->config);
    *state = line;
    return 0;
}

static int tear_down(void **state)
{
    struct line *line = *state;
    folder_remove(line->folder);
    arena_close(&line->arena);
    free(line);
    return 0;
}

/* A command with words of its own, when line->takes; else settings only. */
static const char *page;
static bool loud;
static const struct words_option options[] = {
    {"page", "PAGE", "which page", &page, NULL},
    {"loud", NULL, "says more", NULL, &loud},
};
static const struct words_command command = {"show", "FORM [--page PAGE] [--loud]",
                                             "Shows a page.\n", options, COUNT(options)};

static bool call(struct line *line, int count, char **words)
{
    if (!line->takes)
        return words_read(line->arena, count, words, "usage: x", &line->config, line->rest,
                          &line->rest_count);
    page = NULL;
    loud = false;
    return words_take(line->arena, count, words, &command,
                      line->takes_settings ? &line->config : NULL, line->rest, &line->rest_count);
}

/* Reads words with standard error in line->said. The words are separated by one space. */
static bool reads(struct line *line, const char *text)
{
    char *words[MOST_WORDS];
    int count = 0;
    char *rest = arena_text(line->arena, text);
    for (char *word; count < MOST_WORDS && (word = strsep(&rest, " "));)
        words[count++] = word;

    char *path = folder_write(line->arena, line->folder, "said", "");
    fflush(stderr);
    int before = dup(STDERR_FILENO), file = open(path, O_RDWR | O_CLOEXEC);
    dup2(file, STDERR_FILENO);
    bool good = call(line, count, words);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    ssize_t size = pread(file, line->said, sizeof line->said - 1, 0);
    line->said[size > 0 ? size : 0] = '\0';
    close(file);
    return good;
}

static void settings_are_taken_and_the_rest_is_kept_in_order(void **state)
{
    struct line *line = *state;

    assert_true(reads(line, "a.xml --listen_port 9000 b.xml --data=/var/skjema --sandbox c.xml"));

    assert_int_equal(line->config.listen_port, 9000);
    assert_string_equal(line->config.data, "/var/skjema");
    assert_true(line->config.sandbox);
    assert_int_equal(line->rest_count, 3);
    assert_string_equal(line->rest[0], "a.xml");
    assert_string_equal(line->rest[1], "b.xml");
    assert_string_equal(line->rest[2], "c.xml");
    assert_string_equal(line->said, "");
}

static void a_switch_can_be_turned_off_again(void **state)
{
    struct line *line = *state;

    assert_true(reads(line, "--sandbox --sandbox=no"));

    assert_false(line->config.sandbox);
}

static void words_win_over_the_file_wherever_they_stand(void **state)
{
    struct line *line = *state;
    char *path = folder_write(line->arena, line->folder, "site.conf",
                              "listen_port = 7000\nagency_name = Fjordvik\n");

    assert_true(reads(line, arena_printf(line->arena, "--listen_port 9000 --config %s", path)));

    assert_int_equal(line->config.listen_port, 9000);
    assert_string_equal(line->config.agency_name, "Fjordvik");
    assert_int_equal(line->rest_count, 0);
}

static void what_is_wrong_is_said_in_one_line(void **state)
{
    struct line *line = *state;
    char *path = folder_write(line->arena, line->folder, "site.conf", "\nlisten_port = x\n");
    const struct {
        const char *words, *named;
    } cases[] = {
        {"--listen_prot 9000", "listen_prot"},
        {"--listen_port 70000", "listen_port"},
        {"--listen_port", "listen_port"},
        {"--sandbox=perhaps", "sandbox"},
        {"--config", "--config"},
        {"--config /no/such/file", "/no/such/file"},
        {arena_printf(line->arena, "--config %s", path), arena_printf(line->arena, "%s:2", path)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(reads(line, cases[i].words));
        if (!strstr(line->said, cases[i].named))
            fail_msg("%s: \"%s\" does not name %s", cases[i].words, line->said, cases[i].named);
        assert_ptr_equal(strchr(line->said, '\n'), line->said + strlen(line->said) - 1);
    }
}

static void help_writes_every_setting_and_ends_well(void **state)
{
    struct line *line = *state;
    char *path = folder_write(line->arena, line->folder, "help", "");
    fflush(stdout);

    pid_t child = fork();
    if (child == 0) {
        dup2(open(path, O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        (void)!reads(line, "--help");
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    FILE *file = fopen(path, "re");
    line->said[fread(line->said, 1, sizeof line->said - 1, file)] = '\0';
    fclose(file);
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    assert_non_null(strstr(line->said, "usage: x"));
    for (size_t i = 0; i < count; i++)
        assert_non_null(strstr(line->said, settings[i].name));
}

static void a_command_takes_its_own_words_wherever_they_stand(void **state)
{
    struct line *line = *state;
    line->takes = true;

    assert_true(reads(line, "a --page 2 --loud b"));
    assert_string_equal(page, "2");
    assert_true(loud);
    assert_int_equal(line->rest_count, 2);
    assert_string_equal(line->rest[1], "b");
    assert_true(reads(line, "--page=om-deg"));
    assert_string_equal(page, "om-deg");
    assert_false(loud);
}

static void a_command_says_which_word_is_wrong_and_where_to_read_on(void **state)
{
    struct line *line = *state;
    line->takes = true;
    static const char *const cases[] = {"--pag 2", "--page", "--loud=yes", "-x", "--data here"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(reads(line, cases[i]));
        assert_non_null(strstr(line->said, "skjema show: -"));
        assert_non_null(strstr(line->said, "See: skjema show --help\n"));
    }
}

static void a_command_may_take_settings_too(void **state)
{
    struct line *line = *state;
    line->takes = line->takes_settings = true;

    assert_true(reads(line, "form --page 1 --data here"));

    assert_string_equal(page, "1");
    assert_string_equal(line->config.data, "here");
    assert_int_equal(line->rest_count, 1);
    assert_false(reads(line, "--pag 2"));
}

static void a_forms_folder_may_be_named_in_several_ways(void **state)
{
    struct line *line = *state;
    assert_string_equal(words_folder(line->arena, "examples/hello"), "examples/hello");
    assert_string_equal(words_folder(line->arena, "examples/hello//"), "examples/hello");
    assert_string_equal(words_folder(line->arena, "examples/hello/form.xml"), "examples/hello");
    assert_string_equal(words_folder(line->arena, "/"), "/");
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_string_equal(words_folder(line->arena, "."), here);
    assert_string_equal(words_folder(line->arena, "form.xml"), here);
    assert_string_equal(words_folder(line->arena, "./forms/.."), here);
}

#define WITH_LINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LINE(settings_are_taken_and_the_rest_is_kept_in_order),
        WITH_LINE(a_switch_can_be_turned_off_again),
        WITH_LINE(words_win_over_the_file_wherever_they_stand),
        WITH_LINE(what_is_wrong_is_said_in_one_line),
        WITH_LINE(help_writes_every_setting_and_ends_well),
        WITH_LINE(a_command_takes_its_own_words_wherever_they_stand),
        WITH_LINE(a_command_says_which_word_is_wrong_and_where_to_read_on),
        WITH_LINE(a_command_may_take_settings_too),
        WITH_LINE(a_forms_folder_may_be_named_in_several_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
