/* replay.c - gives a target the files of its corpus: for compilers without libFuzzer. What is found
 * ends the process, so the name of the file is written first. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        perror(path);
        exit(1);
    }
    fprintf(stderr, "%s\n", path);
    unsigned char *data = NULL;
    size_t size = 0;
    char chunk[4096];
    for (size_t read; (read = fread(chunk, 1, sizeof chunk, file));) {
        data = realloc(data, size + read);
        if (!data)
            abort();
        memcpy(data + size, chunk, read);
        size += read;
    }
    fclose(file);
    /* exactly as large as the input, so that a sanitizer sees a step past its end */
    LLVMFuzzerTestOneInput(data ? data : (const unsigned char *)"", size);
    free(data);
}

int main(int count, char **words)
{
    int given = 0;
    LLVMFuzzerInitialize(&count, &words);
    for (int i = 1; i < count; i++) {
        struct dirent **entries;
        int entry_count = scandir(words[i], &entries, NULL, alphasort);
        if (entry_count < 0) {
            perror(words[i]);
            return 1;
        }
        for (int k = 0; k < entry_count; k++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", words[i], entries[k]->d_name);
            if (entries[k]->d_name[0] != '.') {
                give(path);
                given++;
            }
            free(entries[k]);
        }
        free(entries);
    }
    printf("%d files\n", given);
    return given ? 0 : 1;
}
