#include "engine/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static void (*_Atomic on_loss)(const char *why);

void durable_on_loss(void (*lost)(const char *why))
{
    atomic_store(&on_loss, lost);
}

bool durable_file(int file)
{
    if (fsync(file) == 0)
        return true;
    int why = errno;
    void (*lost)(const char *) = atomic_load(&on_loss);
    if (lost && why != EINVAL)
        lost(strerror(why));
    errno = why;
    return false;
}

bool durable_folder(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool synced = durable_file(file);
    int why = errno;
    close(file);
    errno = why;
    return synced;
}

bool durable_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) + 1 : 1;
    if (size >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(folder, slash ? path : ".", size);
    folder[size] = '\0';
    return durable_folder(folder);
}
