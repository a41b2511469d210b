#include "render/static.h"

#include <assert.h>

#include "engine/base/text.h"
#include "render/static_table.h"

const struct static_file *static_find(const char *path)
{
    for (size_t i = 0; i < static_table_count; i++)
        if (text_equal(static_table[i].path, path))
            return &static_table[i];
    return NULL;
}

const char *static_path(const char *name)
{
    size_t i = 0;
    while (i < static_table_count && !text_equal(static_table[i].name, name))
        i++;
    assert(i < static_table_count);
    return static_table[i].path;
}

const struct static_file *static_files(size_t *count)
{
    *count = static_table_count;
    return static_table;
}
