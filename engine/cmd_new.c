/* cmd_new.c - makes a form to begin with: a folder that lints clean and passes its cases. */
#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

extern const unsigned char starter_form[], starter_form_end[];
extern const unsigned char starter_case[], starter_case_end[];

enum { LONGEST_NAME = 64 };

static const char about[] =
    "Makes the folder NAME with a form to begin with: form.xml in bokmål and nynorsk with\n"
    "comments, and cases/eksempel.case for `skjema test`. Nothing that is there is written\n"
    "over. The last part of NAME is the form's address: small letters a-z, digits and -.\n"
    "\n"
    "Example: skjema new min-soknad\n"
    "\n"
    "Ends with 0 when it is made, 1 when it could not be, 2 when these words are wrong.\n";

/* The last name of a path; slashes at its end are taken off. */
static const char *last_name(char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        path[--size] = 0;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool check_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t good = strspn(name, allowed);
    if (!*name || strlen(name) > LONGEST_NAME) {
        fprintf(stderr, "skjema new: a form's name has 1 to %d characters\n", LONGEST_NAME);
        return false;
    }
    if (!name[good] && *name != '-')
        return true;
    const char *at = name[good] ? name + good : name, *after = at;
    (void)text_next(&after);
    fprintf(stderr,
            "skjema new: \"%s\" cannot be a form's name because of \"%.*s\": use small letters "
            "a-z, digits and -, e.g. min-soknad\n",
            name, (int)(after - at), at);
    return false;
}

static bool say(const char *path, const char *what)
{
    fprintf(stderr, "skjema new: %s: %s\n", path, what);
    return false;
}

static bool make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return true;
    return say(path, errno == EEXIST ? "is there already, and is left as it is" : strerror(errno));
}

/* The folder is new, so no file is written over. */
static bool write_file(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "wxe");
    if (!file)
        return say(path, strerror(errno));
    bool good = fwrite(content.data, 1, content.size, file) == content.size;
    good = fclose(file) == 0 && good;
    return good || say(path, strerror(errno));
}

/* The starter with the form's name where it says so. */
static struct bytes form_named(struct arena *arena, const char *name)
{
    static const char mark[] = "@NAME@";
    struct bytes starter = {starter_form, (size_t)(starter_form_end - starter_form)};
    const char *text = arena_text_of(arena, starter), *at = strstr(text, mark);
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out, (struct bytes){(const unsigned char *)text, (size_t)(at - text)});
    buf_add_text(&out, name);
    buf_add_text(&out, at + strlen(mark));
    return buf_bytes(&out);
}

static bool make(struct arena *arena, const char *folder, const char *name)
{
    char *cases = arena_printf(arena, "%s/cases", folder);
    struct bytes first = {starter_case, (size_t)(starter_case_end - starter_case)};
    return make_folder(folder) &&
           write_file(arena_printf(arena, "%s/form.xml", folder), form_named(arena, name)) &&
           make_folder(cases) && write_file(arena_printf(arena, "%s/eksempel.case", cases), first);
}

int cmd_new(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct words_command command = {.name = "new", .usage = "NAME", .about = about};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, NULL, rest, &rest_count))
        return 2;
    if (rest_count != 1) {
        fprintf(stderr, "skjema new: it takes one name. See: skjema new --help\n");
        return 2;
    }
    char *folder = arena_text(arena, rest[0]);
    const char *name = last_name(folder);
    if (!check_name(name))
        return 2;
    if (!make(arena, folder, name))
        return 1;
    printf("%s is made. Now:\n\n"
           "  skjema lint %s       what is wrong with it: nothing yet\n"
           "  skjema test %s       tries %s/cases\n"
           "  skjema outline %s    what it asks, to read through\n",
           folder, folder, folder, folder, folder);
    return 0;
}
