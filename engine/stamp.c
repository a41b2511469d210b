#include "engine/stamp.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* FNV-1a, 64 bits: nobody makes collisions here but by chance. */
static uint64_t mix(uint64_t stamp, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        stamp = (stamp ^ bytes[i]) * 0x100000001b3u;
    return stamp;
}

static uint64_t stamp_file(int folder, const char *name)
{
    struct stat status;
    if (fstatat(folder, name, &status, 0) != 0 || !S_ISREG(status.st_mode))
        return 0;
    uint64_t stamp = mix(0xcbf29ce484222325u, name, strlen(name));
    stamp = mix(stamp, &status.st_size, sizeof status.st_size);
    stamp = mix(stamp, &status.st_ino, sizeof status.st_ino);
    stamp = mix(stamp, &status.st_mtim.tv_sec, sizeof status.st_mtim.tv_sec);
    stamp = mix(stamp, &status.st_mtim.tv_nsec, sizeof status.st_mtim.tv_nsec);
    stamp = mix(stamp, &status.st_ctim.tv_sec, sizeof status.st_ctim.tv_sec);
    return mix(stamp, &status.st_ctim.tv_nsec, sizeof status.st_ctim.tv_nsec);
}

uint64_t stamp_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return 0;
    uint64_t stamp = 1; /* of an empty one; the sum does not depend on the order of reading */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        stamp += stamp_file(dirfd(folder), entry->d_name);
    closedir(folder);
    return stamp;
}
