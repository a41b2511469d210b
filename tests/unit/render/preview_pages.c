/* Writes every sample page and the static files below a folder, to be looked at in a browser:
 *   preview_pages FOLDER [LANGUAGE] && python3 -m http.server --directory FOLDER */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "render/static.h"
#include "samples.h"

static void make_folder(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        perror(folder);
        exit(1);
    }
}

static void write_file(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(content.data, 1, content.size, file) != content.size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int count, char **words)
{
    if (count < 2) {
        fprintf(stderr, "usage: preview_pages FOLDER [LANGUAGE]\n");
        return 2;
    }
    CLEANUP(arena_close) struct arena *arena = arena_open();
    make_folder(words[1]);
    make_folder(arena_printf(arena, "%s/statisk", words[1]));
    size_t file_count = 0;
    const struct static_file *files = static_files(&file_count);
    for (size_t i = 0; i < file_count; i++)
        write_file(arena_printf(arena, "%s%s", words[1], files[i].path), files[i].content);

    CLEANUP(package_close) struct package *package = samples_form();
    struct sample *samples = NULL;
    size_t sample_count = samples_make(arena, package->form, count > 2 ? words[2] : "nb", &samples);
    for (size_t i = 0; i < sample_count; i++)
        write_file(arena_printf(arena, "%s/%s.html", words[1], samples[i].name), samples[i].page);
    printf("%zu pages in %s\n", sample_count, words[1]);
    return 0;
}
